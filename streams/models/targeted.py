"""What the models on target encodings share: an encoder, and a linear step after it."""

from collections.abc import Mapping
from math import exp, fsum
from typing import Any, Protocol

import orjson
from river import base

from streams.models.encoder import TargetEncoder
from streams.models.explained import Explained
from streams.state.parts import Part, understood

SUREST = 30.0  # log odds: beyond, a probability is 0 or 1 to all who read it


class LinearStep(Protocol):
    """Learns the weights of inputs; the log odds are their weighted sum."""

    @property
    def weights(self) -> Mapping[str, float]: ...
    def learn_one(self, x: dict[str, float], y: bool) -> None: ...  # noqa: FBT001  # river's signature
    def save(self) -> bytes: ...
    def load(self, saved: bytes) -> None: ...


def probability(log_odds: float) -> float:
    """
    >>> probability(0.0), round(probability(-2.0), 3)
    (0.5, 0.119)
    """
    return 1 / (1 + exp(-max(-SUREST, min(log_odds, SUREST))))


class Targeted(base.Classifier):  # type: ignore[misc]  # river's classes are untyped to us
    """Probability that an inspection finds something, a linear step after a target encoder.

    A subclass makes both, and says in `_made_with` of what.
    """

    _encoder: TargetEncoder
    _logistic: LinearStep

    def predict_proba_one(self, x: Mapping[str, Any]) -> dict[bool, float]:
        """river's word for it: {False: 1 - p, True: p}."""
        score = self.score_one(x)
        return {False: 1 - score, True: score}

    def score_one(self, x: Mapping[str, Any]) -> float:
        """Probability, 0 to 1, that an inspection finds something."""
        return self._score(self._encoder.transform_one(x))

    def explain_one(self, x: Mapping[str, Any]) -> Explained:
        """The score with its contributions, at hardly more than the price of the score."""
        features, evidence = self._encoder.explain_one(x)
        contributions = self._contributions(features)
        return Explained(probability(fsum(contributions.values())), contributions, features, evidence)

    def learn_one(self, x: Mapping[str, Any], y: bool) -> None:  # noqa: FBT001  # river's signature
        """Encode `x` with what was known before, let the linear step learn from that, then count the outcome."""
        self._learn(self._encoder.transform_one(x), x, y)

    def prequential_one(self, x: Mapping[str, Any], y: bool) -> float:  # noqa: FBT001  # river's signature
        """Score, then learn: both methods in one for history whose labels are known, encoding once."""
        features = self._encoder.transform_one(x)
        score = self._score(features)
        self._learn(features, x, y)
        return score

    def parts(self) -> Mapping[str, Part]:
        """Tables, weights, and the numbers it was made with."""
        return {
            "model": Part.json(self._made_with),
            "weights": Part(self._encoder.examples, self._logistic.save),
            **self._encoder.parts(),
        }

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Take over what such a model saved, before anything is learnt. Raises `ValueError`."""
        with understood():
            if orjson.loads(parts["model"]) != self._made_with:
                raise ValueError("a model made otherwise was saved")
            loaded = self.clone()
            loaded._encoder.load(parts)
            loaded._logistic.load(parts["weights"])
        self.__dict__.update(loaded.__dict__)  # all at once: what was malformed has changed nothing

    @property
    def _made_with(self) -> list[Any]:
        raise NotImplementedError

    def _contributions(self, features: Mapping[str, float]) -> dict[str, float]:
        weights = self._logistic.weights
        return {name: weights.get(name, 0.0) * value for name, value in features.items()}

    def _score(self, features: Mapping[str, float]) -> float:
        return probability(fsum(self._contributions(features).values()))

    def _learn(self, features: dict[str, float], x: Mapping[str, Any], y: bool) -> None:  # noqa: FBT001 - a label
        self._logistic.learn_one(features, y)
        self._encoder.learn_one(x, y)
