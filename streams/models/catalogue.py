"""Every model by name. An entry here inherits all tests of tests/contract/test_every_model.py."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from streams.models.bayes import TargetBayes
from streams.models.blocklist import Blocklist
from streams.models.explained import Explained
from streams.models.logistic import TargetLogistic
from streams.state.parts import Part


class RiskModel(Protocol):
    """What the engine asks of a model. `x` is what `streams.features` makes; it is never changed."""

    def score_one(self, x: Mapping[str, Any]) -> float:
        """Probability, 0 to 1, that an inspection finds something. Works before any learning; never learns."""

    def explain_one(self, x: Mapping[str, Any]) -> Explained:
        """The same score, with what it came from. Never learns."""

    def learn_one(self, x: Mapping[str, Any], y: bool) -> None:  # noqa: FBT001  # river's signature
        """Learn from one inspected parcel: `x` as it was at decision time, `y` whether something was found."""

    def prequential_one(self, x: Mapping[str, Any], y: bool) -> float:  # noqa: FBT001  # river's signature
        """`score_one`, then `learn_one`, to the bit, but cheaper: for history whose labels are known."""

    def parts(self) -> Mapping[str, Part]:
        """All it has learnt, to be saved; each part with a version that changes when it does."""

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Take over what a model made alike saved, before anything is learnt: to the bit. Raises `ValueError`."""


DEFAULT = "target-bayes"
# Builders take a seed. None of these models draws lots; one that does must be reproducible from it.
CATALOGUE: Mapping[str, Callable[[int], RiskModel]] = {
    DEFAULT: lambda _seed: TargetBayes(),
    "target-logistic": lambda _seed: TargetLogistic(),
    "blocklist": lambda _seed: Blocklist(),
}


def build(seed: int = 0, name: str = DEFAULT) -> RiskModel:
    """A model that knows nothing yet. Raises `KeyError` for a name not in the catalogue.

    >>> round(build().score_one({"hs": "851830"}), 6)
    0.2
    """
    return CATALOGUE[name](seed)
