"""What learning has to be told; values stand in `config/default.toml`, section `[learning]`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LearningSettings:
    """All workers need the same, for the fold of the control log depends on it.

    `challengers` are models of the catalogue that learn beside the one that decides. With `promote_by_rule` one that
    is better is promoted without a human. With `renew_after_drift` one that begins anew joins them when the hit rate
    has fallen or the model is often surprised, and is promoted so if it is better. After a drift exploration is
    multiplied by `drift_exploring` (1 or more) for `drift_exploring_s` of Kafka's time. Without `guard` nothing is held
    back from learning but contradictions.
    """

    challengers: tuple[str, ...] = ()
    promote_by_rule: bool = False
    renew_after_drift: bool = True
    guard: bool = True
    drift_exploring: float = 2.0
    drift_exploring_s: float = 28 * 86_400.0
