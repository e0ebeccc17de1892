"""From bytes to SensorEvents: which vocabularies there are, and how a document in one is read."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from streams.intake.faults import Fault
from streams.intake.reading import read
from streams.vocabularies import epcis, senml
from streams.vocabularies.dcsa import Dcsa
from streams.vocabularies.draft import Event, Found, Setting

Mapper = Callable[[Any, Setting], Iterator[Found]]

VOCABULARIES: Mapping[str, Callable[[], Mapper]] = {
    "epcis": lambda: epcis.events,
    "dcsa": lambda: Dcsa().events,
    "senml": lambda: senml.events,
}
"""What makes a mapper for one stream of documents: DCSA's remembers what may be withdrawn."""


class Translated(NamedTuple):
    """The SensorEvents in a document, and what in it is none."""

    events: list[Event]
    rejects: list[Fault]


def translated(raw: bytes, mapper: Mapper, setting: Setting) -> Translated:
    """The SensorEvents of a document, and the faults of what is none, each once. Total: no input makes it raise.

    >>> translated(b"{", VOCABULARIES["senml"](), Setting()).rejects
    [Fault(code=<Reject.JSON_INVALID: 'JSON_INVALID'>, field='')]
    """
    tree, unreadable = read(raw)
    if unreadable:
        return Translated([], list(unreadable))
    found = list(mapper(tree, setting))
    events = [event for event in found if not isinstance(event, Fault)]
    return Translated(events, list(dict.fromkeys(fault for fault in found if isinstance(fault, Fault))))
