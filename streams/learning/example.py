"""What one inspection taught, as a record of the control log says it."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

WHO = ("office", "officer", "selectedBy")


class Example(NamedTuple):
    """A labelled parcel: `x` as it was at decision time, `y` whether something was found (None: withdrawn).

    `corrects` is true where the office says that it corrects an earlier report, `partial` where only papers were
    looked at and found in order. `officer` is a pseudonym; it, `office` and `selected_by` are empty where unknown.
    """

    decision_id: str
    x: dict[str, Any]
    y: bool | None
    office: str = ""
    officer: str = ""
    selected_by: str = ""
    corrects: bool = False
    partial: bool = False

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self | None:
        """The example in a control record; None where it is malformed.

        >>> Example.read({"decisionId": "dec-1", "x": {"hs": "851830"}, "y": True, "office": "DE004851"}).office
        'DE004851'
        """
        match said:
            case {"decisionId": str(decision_id), "x": dict(x), "y": (bool() | None) as y}:
                office, officer, selected_by = (str(said.get(name) or "") for name in WHO)
                corrects, partial = bool(said.get("supersedes")), bool(said.get("partial"))
                return cls(decision_id, x, y, office, officer, selected_by, corrects, partial)
        return None

    @property
    def chosen(self) -> bool:
        """Whether the model chose the parcel."""
        return self.selected_by == "RISK"

    @property
    def random(self) -> bool:
        """Whether the lot chose the parcel: labels nobody could steer."""
        return self.selected_by == "RANDOM"
