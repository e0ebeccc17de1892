"""Checkers and JSON Schemas of all public records, compiled once."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import SchemaValidator

from streams import topics
from streams.records.alert import Alert
from streams.records.decision import RiskDecision
from streams.records.feedback import Feedback
from streams.records.manifest import ParcelManifest
from streams.records.outcome import DeclarationOutcome, InspectionOutcome
from streams.records.sensor import SensorEvent

RECORDS: dict[str, Any] = {
    topics.MANIFESTS: ParcelManifest,
    topics.SENSORS: SensorEvent,
    topics.OUTCOMES: InspectionOutcome | DeclarationOutcome,
    topics.DECISIONS: RiskDecision,
    topics.ALERTS: Alert,
    topics.FEEDBACK: Feedback,
}
"""The record of every public topic (`rejected.v1` carries what was refused, as it came)."""


@cache
def adapter(record: Any) -> TypeAdapter[Any]:
    """The compiled checker of a record type."""
    return TypeAdapter(record)


def validator(record: Any) -> SchemaValidator:
    """The innermost checker, for the hot path: `validator(Parcel).validate_python(tree)`."""
    found = adapter(record).validator
    if not isinstance(found, SchemaValidator):
        raise TypeError("pydantic runs with a plugin or deferred build: no plain SchemaValidator")
    return found


def check(record: Any, value: Any) -> None:
    """Raise `pydantic.ValidationError` unless `value` (parsed JSON) is a valid `record`.

    >>> from streams.records.feedback import Fix
    >>> check(Fix, {"code": "HS_CODE_FORMAT", "field": "/parcels/0", "message": "An HS code has 6, 8 or 10 digits."})
    """
    adapter(record).validate_python(value)


def json_schema(topic: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what a public topic carries.

    >>> json_schema("alerts.v1")["$id"]
    'urn:greenlane:alerts.v1'
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:greenlane:{topic}",
        **adapter(RECORDS[topic]).json_schema(),
    }
