"""What goes wrong at providers badly enough to be refused: each flaw with the reject code it must earn."""

from collections.abc import Callable
from random import Random
from typing import Any

import orjson

Fields = dict[str, Any]


def _bad_check_digit(parcel: Fields) -> None:
    item_id = parcel["itemId"]
    wrong = str((int(item_id[10]) + 1) % 10)
    parcel["itemId"] = item_id[:10] + wrong + item_id[11:]


def _unknown_field(parcel: Fields) -> None:
    parcel["weightInPounds"] = 3


def _no_consignee(parcel: Fields) -> None:
    del parcel["consignee"]


def _zero_mass(parcel: Fields) -> None:
    parcel["grossMass"]["value"] = "0"


def _country_in_three_letters(parcel: Fields) -> None:
    parcel["exportCountry"] = "CHN"


def _short_hs(parcel: Fields) -> None:
    parcel["goodsItems"][0]["hsCode"] = "8518"


def _text_for_number(parcel: Fields) -> None:
    parcel["numberOfPackages"] = "one"


def _no_goods(parcel: Fields) -> None:
    parcel["goodsItems"] = []


def _other_without_words(parcel: Fields) -> None:
    parcel["categoryOfItem"] = "OTHER"


PARCEL_FLAWS: tuple[tuple[str, Callable[[Fields], None]], ...] = (
    ("FIELD_UNKNOWN", _unknown_field),
    ("FIELD_MISSING", _no_consignee),
    ("NUMBER_RANGE", _zero_mass),
    ("FIELD_FORMAT", _country_in_three_letters),
    ("HS_CODE_FORMAT", _short_hs),
    ("FIELD_TYPE", _text_for_number),
    ("LIST_EMPTY", _no_goods),
    ("CATEGORY_EXPLANATION_MISSING", _other_without_words),
)
S10_FLAW = ("ITEM_ID_CHECK_DIGIT", _bad_check_digit)


def spoil_parcel(parcel: Fields, rng: Random) -> tuple[Fields, str]:
    """A copy of `parcel` with one flaw, and the code with which it must be refused."""
    flaws = (*PARCEL_FLAWS, S10_FLAW, S10_FLAW) if parcel["itemIdType"] == "S10" else PARCEL_FLAWS
    code, spoil = rng.choice(flaws)
    copy = orjson.loads(orjson.dumps(parcel))
    spoil(copy)
    return copy, code


def _cut_short(value: bytes) -> bytes:
    return value[: len(value) // 2]


def _latin_1(value: bytes) -> bytes:
    return value.replace(b"Example", b"Ex\xe4mple", 1) + b"\xff"


def _said_twice(value: bytes) -> bytes:
    return value.replace(b'{"schemaVersion":"1.0"', b'{"schemaVersion":"1.0","schemaVersion":"1.0"', 1)


def _future_version(value: bytes) -> bytes:
    return value.replace(b'"schemaVersion":"1.0"', b'"schemaVersion":"7.0"', 1)


def _local_time(value: bytes) -> bytes:
    return value.replace(b'Z"', b'"', 1)


MESSAGE_FLAWS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("JSON_INVALID", _cut_short),
    ("JSON_INVALID", _latin_1),
    ("DUPLICATE_KEY", _said_twice),
    ("CODE_NOT_IN_LIST", _future_version),
    ("TIME_NO_ZONE", _local_time),
)


def spoil_message(value: bytes, rng: Random) -> tuple[bytes, str]:
    """`value` with a flaw that costs the whole record, and the code with which it must be refused."""
    code, spoil = rng.choice(MESSAGE_FLAWS)
    return spoil(value), code
