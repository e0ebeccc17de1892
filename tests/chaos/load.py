"""What is published during the chaos: all kinds of filings, good and bad, each saying in a header what is due to it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.outside.kafka import Send
from tests.outside.records import BAD_MANIFESTS, a_manifest, a_parcel, a_sensor_event, an_outcome, as_bytes

OFFICES = ("DE004851", "NL000854", "FR003460")
PROVIDERS = ("SWIFTLINE", "MARKTWELT", "POSTCN")
HS_CODES = ("851830", "851713", "610910", "640411", "950300", "330499", "420222")
LARGE = {"a 10 MB record", "900 kB that are not JSON"}  # seldom, or there would be nothing else to move
SMALL_FLAWS = [name for name in BAD_MANIFESTS if name not in LARGE]
AMENDED_AFTER, REPEATED_AFTER, CANCELLED_AFTER, INSPECTED_AFTER = 20, 6, 10, 3  # filings later


def kind(number: int) -> str:
    """What the filing of this number is."""
    if number % 97 == 5:
        return "bad"
    if number % 50 == 7:
        return "mixed"
    due = {11: ("amend", AMENDED_AFTER), 33: ("repeat", REPEATED_AFTER), 17: ("cancel", CANCELLED_AFTER)}
    name, after = due.get(number % 40, ("plain", 0))
    return name if number >= 40 and _is_plain(number - after) else "plain"


def _is_plain(number: int) -> bool:
    return number % 97 != 5 and number % 50 != 7 and number % 40 not in {11, 33, 17}


def load(namespace: str, count: int) -> Iterator[Send]:
    """`count` filings with what belongs to them. Records of one item have one key, so they keep their order."""
    for number in range(count):
        yield from happenings(namespace, number)


def happenings(namespace: str, number: int) -> Iterator[Send]:
    """The filing of this number, and what else happens at that time."""
    yield filing(namespace, number)
    if number % 25 == INSPECTED_AFTER and kind(number - INSPECTED_AFTER) == "plain":
        outcome = as_bytes(_inspected(number - INSPECTED_AFTER))
        yield Send(f"{namespace}.outcomes.v1", outcome, b"", (("expect", b"accept"),))
    if number % 10 == 0:
        yield _sensor(namespace, number // 10)


def decisions_due(count: int) -> int:
    """How many decisions `load` of this size must lead to."""
    per_kind = {"plain": 1, "amend": 1, "mixed": 2, "bad": 0, "repeat": 0, "cancel": 0}
    return sum(per_kind[kind(number)] for number in range(count))


def filing(namespace: str, number: int) -> Send:
    """A manifest that says in its header what is due to it."""
    topic = f"{namespace}.manifests.v1"
    match kind(number):
        case "bad":
            code, value = _bad(number)
            return Send(topic, value, f"bad{number}".encode(), (("expect", f"reject:{code}".encode()),))
        case "mixed":
            parcels = [_parcel(number, suffix) for suffix in "abc"]
            parcels[1]["weightInPounds"] = 3
            return _send(topic, number, _manifest(number, *parcels), "decide,reject:FIELD_UNKNOWN,decide")
        case "amend":
            item = number - AMENDED_AFTER
            changed = _manifest(item, _parcel(item, numberOfPackages=2), messageFunction="5", messageId=f"M{number}")
            return _send(topic, item, changed, "decide")
        case "repeat":
            item = number - REPEATED_AFTER
            return _send(topic, item, _manifest(item, _parcel(item), messageId=f"M{number}"), "repeat")
        case "cancel":
            item = number - CANCELLED_AFTER
            named = {"itemIdType": "CARRIER_TRACKING", "itemId": f"C{item}"}
            return _send(topic, item, _manifest(item, named, messageFunction="1", messageId=f"M{number}"), "cancel")
        case _:
            return _send(topic, number, _manifest(number, _parcel(number)), "decide")


def _send(topic: str, item: int, manifest: dict[str, Any], expect: str) -> Send:
    return Send(topic, as_bytes(manifest), f"C{item}".encode(), (("expect", expect.encode()),))


def _bad(number: int) -> tuple[str, bytes | None]:
    turn = number // 97
    large = turn % 100 == 50
    name = sorted(LARGE)[turn // 100 % 2] if large else SMALL_FLAWS[turn % len(SMALL_FLAWS)]
    return _made(name)


@cache
def _made(name: str) -> tuple[str, bytes | None]:
    code, make = BAD_MANIFESTS[name]
    return code, make()


def _manifest(item: int, *parcels: dict[str, Any], **changes: Any) -> dict[str, Any]:
    provider = {"id": PROVIDERS[item % 3], "role": "PLATFORM"}
    return a_manifest(*parcels, provider=provider, customsOffice=OFFICES[item % 3], **changes)


def _parcel(item: int, suffix: str = "", **changes: Any) -> dict[str, Any]:
    parcel = a_parcel(f"C{item}{suffix}", **changes)
    amount = {"amount": f"{5 + item * 7919 % 400}.50", "currency": "EUR"}
    goods = {**parcel["goodsItems"][0], "hsCode": HS_CODES[item % 7], "value": amount}
    return parcel | {"totalValue": amount, "goodsItems": [goods]}


def _inspected(item: int) -> dict[str, Any]:
    if HS_CODES[item % 7] != "851713":
        return an_outcome(f"C{item}")
    finding = {"category": "UNDERVALUATION", "severity": "SERIOUS"}
    return an_outcome(f"C{item}", result="NON_CONFORM", disposition="DETAINED", findings=[finding])


def _sensor(namespace: str, number: int) -> Send:
    device, bad = f"urn:dev:{number % 20}", number % 100 == 50
    event = a_sensor_event(device, number // 20, **({"equipmentReference": "CSQU3054384"} if bad else {}))
    expect = b"reject:CONTAINER_ID_CHECK_DIGIT" if bad else b"accept"
    return Send(f"{namespace}.sensors.v1", as_bytes(event), device.encode(), (("expect", expect),))
