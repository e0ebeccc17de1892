"""Cases that overtook the filing they are about: each waits for it a while, in the order of arrival."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

import orjson

from streams.state.parts import Part

PAGE = 1_024  # arrivals; those of one page who still wait are a part of a snapshot
PART = "waiting-"


class Waiting(NamedTuple):
    """A case (as it stood in the log) and the engine time at which it began to wait."""

    identity: str
    since_ms: int
    case: bytes


@dataclass(slots=True)
class WaitingRoom:
    """Bounded in number and bytes; who waits longest leaves first.

    >>> room = WaitingRoom(max_cases=1, max_bytes=100)
    >>> room.add("S10/A", 0, b"first"); room.add("S10/B", 0, b"second")
    >>> [waiting.case for waiting in room.overflow()]
    [b'first']
    """

    max_cases: int
    max_bytes: int
    arrivals: int = 0
    size_bytes: int = 0
    cases: OrderedDict[int, Waiting] = field(default_factory=OrderedDict)
    by_identity: dict[str, list[int]] = field(default_factory=dict)

    def add(self, identity: str, since_ms: int, case: bytes) -> None:
        self.arrivals += 1
        self.cases[self.arrivals] = Waiting(identity, since_ms, case)
        self.by_identity.setdefault(identity, []).append(self.arrivals)
        self.size_bytes += len(case)

    def of(self, identity: str) -> tuple[int, ...]:
        """The numbers of the cases that wait for an item, in order of arrival."""
        return tuple(self.by_identity.get(identity, ()))

    def leave(self, number: int) -> Waiting:
        waiting = self.cases.pop(number)
        self.size_bytes -= len(waiting.case)
        numbers = self.by_identity[waiting.identity]
        numbers.remove(number)
        if not numbers:
            del self.by_identity[waiting.identity]
        return waiting

    def overflow(self) -> Iterator[Waiting]:
        """Send out, longest waiting first, what there is no room for."""
        while len(self.cases) > self.max_cases or self.size_bytes > self.max_bytes:
            yield self.leave(next(iter(self.cases)))

    def expired(self, before_ms: int) -> Iterator[Waiting]:
        """Send out those who began to wait before `before_ms`."""
        while self.cases:
            oldest = next(iter(self.cases))
            if self.cases[oldest].since_ms >= before_ms:
                return
            yield self.leave(oldest)

    def parts(self) -> dict[str, Part]:
        """What is to be saved besides `arrivals`: who waits, by pages of arrivals."""
        pages = groupby(self.cases.items(), lambda arrived: arrived[0] // PAGE)
        return {f"{PART}{page}": Part.json([_said(*arrived) for arrived in cases]) for page, cases in pages}

    def load(self, parts: Mapping[str, bytes], arrivals: int) -> None:
        """Take over what was saved; raises `ValueError`."""
        said = [case for name in parts if name.startswith(PART) for case in orjson.loads(parts[name])]
        for number, identity, since_ms, case in sorted(said):
            self.arrivals = number - 1
            self.add(identity, since_ms, case.encode())
        self.arrivals = arrivals


def _said(number: int, waiting: Waiting) -> tuple[int, str, int, str]:
    return number, waiting.identity, waiting.since_ms, waiting.case.decode()
