"""Bytes to checked records, or to the faults that keep them from being one. Total: no input makes it raise."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, get_args

from pydantic_core import SchemaValidator

from streams.intake import outcome_rules, parcel_rules, sensor_rules
from streams.intake.faults import Fault, check
from streams.intake.reading import read
from streams.records.fields import ITEM_ID
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
READABLE_ID = re.compile(ITEM_ID)


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
    tree = read(raw)
    if isinstance(tree, Fault):
        return JudgedManifest(Judged(None, None, (tree,)), [])
    message, faults = check(ENVELOPE, tree)
    if message is None:
        return JudgedManifest(Judged(tree, None, faults), [])
    function = message.get("messageFunction", ORIGINAL)
    parcels = [_parcel(declared, function, place) for place, declared in enumerate(message["parcels"])]
    return JudgedManifest(Judged(tree, message, ()), parcels)


def _parcel(declared: Any, function: str, place: int) -> Judged:
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
    tree = read(raw)
    if isinstance(tree, Fault):
        return Judged(None, None, (tree,))
    return _judge(tree, SENSOR_EVENT, sensor_rules.faults)


def decode_outcome(raw: bytes | None) -> Judged:
    """Check an inspection outcome; one of a formal declaration may be thinner."""
    tree = read(raw)
    if isinstance(tree, Fault):
        return Judged(None, None, (tree,))
    of_declaration = isinstance(tree, dict) and tree.get("itemIdType") == DECLARATION
    return _judge(tree, DECLARATION_OUTCOME if of_declaration else OUTCOME, outcome_rules.faults)


def _judge(tree: Any, shape: SchemaValidator, rules: Callable[[dict[str, Any]], Sequence[Fault]]) -> Judged:
    record, faults = check(shape, tree)
    if faults or (faults := rules(record)):
        return Judged(tree, None, faults)
    return Judged(tree, record, faults)


def readable_item(declared: Any) -> tuple[str, str] | None:
    """`itemIdType` (empty when it is none we know) and `itemId` of a parcel, if its `itemId` can be read at all."""
    if not isinstance(declared, dict):
        return None
    kind, value = declared.get("itemIdType"), declared.get("itemId")
    if not isinstance(value, str) or not READABLE_ID.fullmatch(value):
        return None
    return (kind, value) if isinstance(kind, str) and kind in ITEM_ID_TYPES else ("", value)


def readable_parcels(declared: Any) -> list[Any]:
    """The parcels of a message that is refused as a whole, as far as there are any to be seen."""
    found = declared.get("parcels") if isinstance(declared, dict) else None
    return found if isinstance(found, list) else []


def readable_provider(declared: Any) -> str | None:
    """The provider's id in a message that is refused as a whole."""
    provider = declared.get("provider") if isinstance(declared, dict) else None
    claimed = provider.get("id") if isinstance(provider, dict) else None
    return claimed if isinstance(claimed, str) and READABLE_ID.fullmatch(claimed) else None
