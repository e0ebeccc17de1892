"""The model greenlane decides with: Bayesian logistic regression on target encodings that know how much to trust."""

from collections.abc import Iterable, Mapping
from math import log
from typing import Any, NamedTuple

import numpy as np
from river import base

from streams.models.encoder import PRIOR_EXAMPLES, PRIOR_POSITIVES, TargetEncoder
from streams.models.tables import SQUARES, TABLES
from streams.models.targeted import Targeted, probability
from streams.state import arrays

LEAST_INFORMATION = 1e-4  # of a label that could not surprise: keeps a step finite


class Prior(NamedTuple):
    """What is believed of a weight before any label: most likely `mean`, give or take the root of `variance`."""

    mean: float
    variance: float


OF_A_TABLE, OF_A_SQUARE, OF_ANOTHER_INPUT = Prior(0.15, 0.01), Prior(0.0, 0.02), Prior(0.0, 0.003)
OF_THE_BIAS = Prior(log(PRIOR_POSITIVES / (PRIOR_EXAMPLES - PRIOR_POSITIVES)), 1.0)


class BayesianLogisticRegression(base.Classifier):  # type: ignore[misc]  # river's classes are untyped to us
    """Logistic regression that keeps a normal distribution over its weights and moves it by each label's evidence.

    One label is one step of the extended Kalman filter: no learning rate, no passes. Inputs that say the same share
    what is learnt instead of counting it twice, which a gradient step cannot, so it takes far fewer labels than one;
    and labels are what inspections pay for. `forgetting` adds that share of the prior's variance back after every
    label, so that the newest 10,000 or so count: what is sure never gets too sure to change.

    (river's `BayesianLinearRegression` is for targets on a scale, not for yes and no.)

    Cost: 25 µs a label with 88 inputs, growing with their square. Memory: their square, 62 kB. Sums run in one order
    whatever the processor, so equal histories give equal bits.

    >>> model = BayesianLogisticRegression({"bias": Prior(0.0, 1.0), "risky": Prior(0.0, 1.0)})
    >>> for _ in range(20):
    ...     model.learn_one({"bias": 1.0, "risky": 1.0}, True)
    ...     model.learn_one({"bias": 1.0}, False)
    >>> {name: round(weight, 1) for name, weight in model.weights.items()}
    {'bias': -1.3, 'risky': 2.9}

    References
    ----------
    West, M., Harrison, P. J., Migon, H. S. (1985). Dynamic generalized linear models and Bayesian forecasting. JASA 80.
    Spiegelhalter, D., Lauritzen, S. (1990). Sequential updating of conditional probabilities. Networks 20(5).
    """

    def __init__(self, priors: Mapping[str, Prior], forgetting: float = 1e-5) -> None:
        self.priors = priors
        self.forgetting = forgetting
        self._mean = np.array([prior.mean for prior in priors.values()])
        self._variance = np.array([prior.variance for prior in priors.values()])
        self._covariance = np.diag(self._variance)
        self._tell()

    def predict_proba_one(self, x: Mapping[str, float]) -> dict[bool, float]:
        """river's word for it."""
        score = probability(sum(self.weights[name] * value for name, value in x.items()))
        return {False: 1 - score, True: score}

    def learn_one(self, x: Mapping[str, float], y: bool) -> None:  # noqa: FBT001  # river's signature
        """Move the weights as far as this label says and the earlier ones allow. Inputs without a prior are ignored."""
        inputs = np.array([x.get(name, 0.0) for name in self.weights])
        score = probability(float(np.add.reduce(self._mean * inputs)))
        information = max(score * (1 - score), LEAST_INFORMATION)
        # Row after row rather than `@`: BLAS adds in an order of its own on every processor.
        spread = np.add.reduce(self._covariance * inputs[:, np.newaxis], axis=0)
        doubt = 1 + information * float(np.add.reduce(spread * inputs))
        self._mean += spread * ((y - score) / doubt)
        self._covariance -= np.multiply.outer(spread, spread) * (information / doubt)
        self._covariance[np.diag_indices_from(self._covariance)] += self.forgetting * self._variance
        self._tell()

    def save(self) -> bytes:
        """What is believed of the weights now."""
        return arrays.pack({"mean": self._mean, "covariance": self._covariance})

    def load(self, saved: bytes) -> None:
        """Become what `save` told of. Raises `ValueError`."""
        packed, _ = arrays.unpack(saved)
        mean, covariance = packed["mean"].copy(), packed["covariance"].copy()
        if (mean.shape, covariance.shape) != (self._mean.shape, self._covariance.shape):
            raise ValueError("weights of other inputs were saved")
        self._mean, self._covariance = mean, covariance
        self._tell()

    def _tell(self) -> None:
        self.weights: dict[str, float] = dict(zip(self.priors, self._mean.tolist(), strict=True))


class TargetBayes(Targeted):
    """Probability that an inspection finds something, learnt from inspected parcels only.

    88 inputs: those of recipe C of the selection study, from 38 tables of outcomes, and four squares. What it takes to
    learn from few labels: how much one outcome under a key says is learnt for each table (`Shrinkage`), and the
    weights are Bayesian. Labels of chosen parcels only make it a probability *among such parcels*.

    Cost: 35 µs to score, 110 µs to learn. Memory: that of `TargetEncoder`.

    >>> model = TargetBayes()
    >>> for day in range(50):
    ...     model.learn_one({"hs": "851830", "seller": "p1"}, True)
    ...     model.learn_one({"hs": "851830", "seller": "p2"}, False)
    >>> [round(model.score_one({"hs": "851830", "seller": seller}), 2) for seller in ("p1", "p2", "p3")]
    [0.97, 0.0, 0.28]
    """

    _logistic: BayesianLogisticRegression

    def __init__(self, forgetting: float = 1e-5, max_keys: int = 32_768) -> None:
        self.forgetting = forgetting
        self.max_keys = max_keys
        self._encoder = TargetEncoder(TABLES, max_keys, learns_shrinkage=True, bends=True)
        self._logistic = BayesianLogisticRegression(dict(_priors(self._encoder.names)), forgetting)

    @property
    def _made_with(self) -> list[Any]:
        tables = [[*table.fields, table.shrinkage] for table in TABLES]
        priors = [[*prior] for prior in self._logistic.priors.values()]
        return ["target-bayes", self.forgetting, self.max_keys, priors, tables]


def _priors(names: Iterable[str]) -> Iterable[tuple[str, Prior]]:
    special = {**{table.name: OF_A_TABLE for table in TABLES}, **dict.fromkeys(SQUARES, OF_A_SQUARE)}
    for name in names:
        yield name, OF_THE_BIAS if name == "bias" else special.get(name, OF_ANOTHER_INPUT)
