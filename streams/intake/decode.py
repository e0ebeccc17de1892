"""Bytes to checked records, or to the faults that keep them from being one. Total: no input makes it raise."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from pydantic_core import SchemaValidator

from streams.intake import outcome_rules, parcel_rules, sensor_rules
from streams.intake.faults import MAX_FAULTS, Fault, check
from streams.intake.privacy import Pseudonyms
from streams.intake.reading import read
from streams.records.manifest import Envelope
from streams.records.outcome import DeclarationOutcome, InspectionOutcome
from streams.records.parcel import CancelledParcel, DeclaredParcel, ItemIdType, Parcel
from streams.records.schema import validator
from streams.records.sensor import SensorEvent

ENVELOPE, PARCEL, DECLARED_PARCEL, CANCELLED_PARCEL, SENSOR_EVENT, OUTCOME, DECLARATION_OUTCOME = map(
    validator,
    (Envelope, Parcel, DeclaredParcel, CancelledParcel, SensorEvent, InspectionOutcome, DeclarationOutcome),
)

ORIGINAL, AMEND, REPLACE, CANCEL = "9", "4", "5", "1"
DECLARATION = "DECLARATION"
ITEM_ID_TYPES = get_args(ItemIdType)
IN_A_PARCEL = re.compile(r"/parcels/([0-9]+)(?:/|$)")
READABLE_ID = re.compile(r"[A-Za-z0-9._:/+-]{1,35}")


class Judged(NamedTuple):
    """`declared` as parsed; `record` its checked copy (amounts are floats), None where there are `faults`."""

    declared: Any
    record: dict[str, Any] | None
    faults: Sequence[Fault]


class JudgedManifest(NamedTuple):
    """A manifest: the message as such, and its parcels, each judged on its own; a faulty message has none."""

    message: Judged
    parcels: list[Judged]


def decode_manifest(raw: bytes | None) -> JudgedManifest:
    """Check a manifest. Pointers of parcels' faults start at the message: `/parcels/2/grossMass/value`.

    >>> decode_manifest(b"[]").message.faults
    [Fault(code=<Reject.FIELD_TYPE: 'FIELD_TYPE'>, field='')]
    """
    tree, unreadable = read(raw)
    of_parcels, of_message = _apart(unreadable) if unreadable else ({}, unreadable)
    if of_message:
        return JudgedManifest(Judged(tree, None, of_message[:MAX_FAULTS]), [])
    message, faults = check(ENVELOPE, tree)
    if message is None:
        return JudgedManifest(Judged(tree, None, faults), [])
    function = message.get("messageFunction", ORIGINAL)
    parcels = [_parcel(sent, function, place, of_parcels.get(place)) for place, sent in enumerate(message["parcels"])]
    return JudgedManifest(Judged(tree, message, ()), parcels)


def _apart(faults: Sequence[Fault]) -> tuple[Mapping[int, list[Fault]], list[Fault]]:
    """Which of `faults` are a parcel's own, by its number, and which concern the message as such."""
    of_parcels, of_message = defaultdict[int, list[Fault]](list), list[Fault]()
    for fault in faults:
        within = IN_A_PARCEL.match(fault.field)
        (of_parcels[int(within[1])] if within else of_message).append(fault)
    return of_parcels, of_message


def _parcel(declared: Any, function: str, place: int, unreadable: Sequence[Fault] | None) -> Judged:
    if unreadable:
        return Judged(declared, None, unreadable[:MAX_FAULTS])
    judged = _judge(declared, _shape(declared, function), parcel_rules.faults)
    if judged.faults:
        return judged._replace(faults=[fault.under(f"/parcels/{place}") for fault in judged.faults])
    return judged


def _shape(declared: Any, function: str) -> SchemaValidator:
    if function == CANCEL:
        return CANCELLED_PARCEL
    return DECLARED_PARCEL if isinstance(declared, dict) and "declaration" in declared else PARCEL


def decode_sensor_event(raw: bytes | None) -> Judged:
    """Check a sensor event."""
    tree, unreadable = read(raw)
    if unreadable:
        return Judged(tree, None, unreadable[:MAX_FAULTS])
    return _judge(tree, SENSOR_EVENT, sensor_rules.faults)


def decode_outcome(raw: bytes | None) -> Judged:
    """Check an inspection outcome; one of a formal declaration may be thinner."""
    tree, unreadable = read(raw)
    if unreadable:
        return Judged(tree, None, unreadable[:MAX_FAULTS])
    of_declaration = isinstance(tree, dict) and tree.get("itemIdType") == DECLARATION
    return _judge(tree, DECLARATION_OUTCOME if of_declaration else OUTCOME, outcome_rules.faults)


def _judge(tree: Any, shape: SchemaValidator, rules: Callable[[dict[str, Any]], Sequence[Fault]]) -> Judged:
    record, faults = check(shape, tree)
    if faults or (faults := rules(record)):
        return Judged(tree, None, faults)
    return Judged(tree, record, faults)


def readable_item(declared: Any, pseudonyms: Pseudonyms) -> tuple[str, str] | None:
    """`itemIdType` (empty when it is none we know) and `itemId` of a refused parcel, if it says any.

    >>> readable_item({"itemIdType": "S10", "itemId": "LZ551209644XX"}, Pseudonyms(bytes(32)))
    ('S10', 'LZ551209644XX')
    """
    if not isinstance(declared, dict):
        return None
    kind, value = declared.get("itemIdType"), declared.get("itemId")
    if not isinstance(value, str) or not value.strip():
        return None
    return kind if isinstance(kind, str) and kind in ITEM_ID_TYPES else "", pseudonyms.item_id(value)


def readable_parcels(declared: Any) -> list[Any]:
    """The parcels of a message that is refused as a whole, as far as there are any to be seen."""
    found = declared.get("parcels") if isinstance(declared, dict) else None
    return found if isinstance(found, list) else []


def claimed_provider(declared: Any) -> str:
    """Whom a manifest names as its provider, "" where it names none; nobody has checked what it is.

    >>> claimed_provider({"provider": {"id": "CNPOST"}}), claimed_provider([])
    ('CNPOST', '')
    """
    provider = declared.get("provider") if isinstance(declared, dict) else None
    claimed = provider.get("id") if isinstance(provider, dict) else None
    return claimed if isinstance(claimed, str) else ""


def readable_provider(claimed: str) -> str:
    """The provider named in a message that is refused as a whole, where that looks like an id."""
    return claimed if READABLE_ID.fullmatch(claimed) else ""
