"""Faults: the code and the place of what is wrong. Here pydantic's findings become codes of the contract."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails, SchemaValidator

from streams.records.codes import Reject
from streams.records.fields import SHAPES, TEXT, TIME

MAX_FAULTS = 50  # of one parcel; a fix list longer than that helps nobody
MAX_POINTER = 256  # characters; names of unknown fields are the sender's, and may be long

WITHOUT_ZONE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?")
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
NOT_FINITE = frozenset({"nan", "inf", "infinity"})
TIMES = frozenset({
    "submittedAt", "postedAt", "eventTime", "recordTime", "time", "sealedAt", "openedAt", "startedAt", "completedAt",
    "date",
})  # fmt: skip
READINGS = frozenset({"value", "minValue", "maxValue", "meanValue"})


BEFORE_THE_SCHEMA = frozenset({Reject.DUPLICATE_KEY, Reject.JSON_INVALID})  # any names may stand on the way to these
OF_A_PARCEL = re.compile(r"/parcels/[0-9]+(?=/|$)")


class Fault(NamedTuple):
    """One thing wrong: `field` is a JSON pointer, empty for the whole of what was judged."""

    code: Reject
    field: str = ""

    def under(self, pointer: str) -> "Fault":
        """The same fault, seen from further up."""
        return Fault(self.code, pointer + self.field)

    @property
    def public_field(self) -> str:
        """The pointer as others may see it: names of unknown fields are the sender's text, so a parent stands in.

        >>> Fault(Reject.DUPLICATE_KEY, "/parcels/2/Erika/age").public_field
        '/parcels/2'
        """
        if self.code in BEFORE_THE_SCHEMA:
            within = OF_A_PARCEL.match(self.field)
            return within[0] if within else ""
        return self.field.rpartition("/")[0] if self.code is Reject.FIELD_UNKNOWN else self.field


def check(validator: SchemaValidator, tree: Any) -> tuple[Any, Sequence[Fault]]:
    """The checked copy of `tree` and no faults, or None and the faults."""
    try:
        return validator.validate_python(tree), ()
    except ValidationError as found:
        return None, [_fault(error) for error in found.errors(include_url=False)[:MAX_FAULTS]]


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901).

    >>> pointer(["parcels", 2, "grossMass", "a/b"])
    '/parcels/2/grossMass/a~1b'
    """
    return (
        "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)[:MAX_POINTER]
        .encode(errors="replace")
        .decode()
    )


def _fault(error: ErrorDetails) -> Fault:
    return Fault(_code(error), pointer(error["loc"]))


def _code(error: ErrorDetails) -> Reject:
    kind, value = error["type"], error.get("input")
    if isinstance(value, float) and not isfinite(value):
        return Reject.NUMBER_NOT_FINITE
    if kind in BY_KIND:
        return BY_KIND[kind]
    if kind in LOOK_CLOSER:
        return LOOK_CLOSER[kind](error)
    return Reject(kind) if kind in Reject.__members__ else Reject.FIELD_TYPE


def _text_code(error: ErrorDetails) -> Reject:
    text, pattern = error["input"], error["ctx"]["pattern"]
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        return Reject.CONTROL_CHARACTER
    if not text or pattern == TEXT:  # only white space
        return Reject.FIELD_EMPTY
    if pattern == TIME and WITHOUT_ZONE.fullmatch(text):
        return Reject.TIME_NO_ZONE
    return SHAPES.get(pattern, Reject.FIELD_FORMAT)


def _type_code(error: ErrorDetails) -> Reject:
    """An epoch number is a time of the wrong form, and text or bool as a reading has a code of its own."""
    name, value = error["loc"][-1] if error["loc"] else "", error["input"]
    if name in TIMES and isinstance(value, int | float) and not isinstance(value, bool):
        return Reject.TIME_FORMAT
    if "sensorReport" in error["loc"] and name in READINGS:
        return Reject.READING_NOT_NUMBER
    return Reject.FIELD_TYPE


def _whole_code(error: ErrorDetails) -> Reject:
    """Whole numbers beyond 64 bits are read as floats."""
    value = error["input"]
    return Reject.NUMBER_RANGE if isinstance(value, float) and abs(value) >= 2**63 else Reject.FIELD_TYPE


def _list_code(error: ErrorDetails) -> Reject:
    value = error["input"]
    if not isinstance(value, str):
        return Reject.FIELD_TYPE
    return Reject.CODE_NOT_IN_LIST if value else Reject.FIELD_EMPTY


def _country_code(error: ErrorDetails) -> Reject:
    value = error["input"]
    if not isinstance(value, str):
        return Reject.FIELD_TYPE
    if not value:
        return Reject.FIELD_EMPTY
    return Reject.COUNTRY_UNKNOWN if re.fullmatch("[A-Z]{2}", value) else Reject.FIELD_FORMAT


def _number_code(error: ErrorDetails) -> Reject:
    value, limits = error["input"], error["ctx"]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return Reject.FIELD_TYPE
    text = str(value).strip().lower()
    if not text:
        return Reject.FIELD_EMPTY
    if text.lstrip("+-") in NOT_FINITE:
        return Reject.NUMBER_NOT_FINITE
    if isinstance(value, str) and not PLAIN_NUMBER.fullmatch(value):
        return Reject.FIELD_FORMAT
    number = Decimal(text)
    low = number.is_signed() or (limits["above_zero"] and number == 0)
    return Reject.NUMBER_RANGE if low or number >= 10 ** limits["whole_digits"] else Reject.NUMBER_PRECISION


BY_KIND = {
    "missing": Reject.FIELD_MISSING,
    "extra_forbidden": Reject.FIELD_UNKNOWN,
    "string_too_short": Reject.FIELD_EMPTY,
    "string_too_long": Reject.FIELD_TOO_LONG,
    "too_short": Reject.LIST_EMPTY,
    "too_long": Reject.LIST_TOO_LONG,
    "greater_than": Reject.NUMBER_RANGE,
    "greater_than_equal": Reject.NUMBER_RANGE,
    "less_than": Reject.NUMBER_RANGE,
    "less_than_equal": Reject.NUMBER_RANGE,
    "finite_number": Reject.NUMBER_NOT_FINITE,
}
"""What pydantic says, where its word is enough."""

LOOK_CLOSER: dict[str, Callable[[ErrorDetails], Reject]] = {
    "string_pattern_mismatch": _text_code,
    "string_type": _type_code,
    "float_type": _type_code,
    "int_type": _whole_code,
    "literal_error": _list_code,
    "COUNTRY": _country_code,
    "NUMBER": _number_code,
}
"""What pydantic says, where the value or the place decides; these last two are kinds of `streams.records.fields`."""
