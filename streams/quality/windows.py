"""What one provider sent lately: a sliding count, in steps of engine time."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from streams.quality.settings import STEPS


@dataclass(slots=True)
class Slice:
    """What came in one step of the window; `refused` is by code."""

    step: int
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.accepted + self.refused.total()


@dataclass(slots=True)
class Window:
    """The newest slices of one provider, at most `STEPS` of them.

    >>> window = Window()
    >>> window.add(0, accepted=30, refused={"FIELD_FORMAT": 10}, most=100)
    >>> window.add(1, accepted=90, refused={}, most=100)
    >>> window.total, window.refused, window.share
    (130, 10, 0.07692307692307693)
    >>> window.forget(STEPS)
    >>> window.total, window.share
    (90, 0.0)
    """

    slices: deque[Slice] = field(default_factory=deque)
    total: int = 0
    refused: int = 0
    newest: tuple[int, int] = (0, 0)  # refusal: partition and offset of the record

    @property
    def share(self) -> float:
        """Refused among all, 0 of nothing."""
        return self.refused / self.total if self.total else 0.0

    def add(self, step: int, accepted: int, refused: dict[str, int], most: int) -> None:
        """Count in; then forget what is not needed to have the newest `most`."""
        if not self.slices or self.slices[-1].step != step:
            self.slices.append(Slice(step))
        self.slices[-1].accepted += accepted
        self.slices[-1].refused.update(refused)
        self._count(accepted + sum(refused.values()), sum(refused.values()))
        while self.total - self.slices[0].total >= most:
            self._drop()

    def forget(self, step: int) -> None:
        """Let time reach `step`: what lies a whole window back is over."""
        while self.slices and self.slices[0].step <= step - STEPS:
            self._drop()

    def codes(self) -> Counter[str]:
        """Refusals by code."""
        return sum((each.refused for each in self.slices), Counter[str]())

    def _drop(self) -> None:
        gone = self.slices.popleft()
        self._count(-gone.total, -gone.refused.total())

    def _count(self, total: int, refused: int) -> None:
        self.total += total
        self.refused += refused

    def packed(self) -> list[Any]:
        return [self.newest, [[each.step, each.accepted, each.refused] for each in self.slices]]

    @classmethod
    def unpacked(cls, packed: list[Any]) -> "Window":
        """The window that was packed."""
        (partition, offset), slices = packed
        window = cls(newest=(partition, offset))
        for step, accepted, refused in slices:
            window.slices.append(Slice(step, accepted, Counter(refused)))
            window._count(accepted + sum(refused.values()), sum(refused.values()))
        return window
