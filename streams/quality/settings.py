"""What the quality shard has to be told; values stand in `config/default.toml`, section `[intake]`."""

from dataclasses import dataclass

STEPS = 10  # a window moves on in so many steps


@dataclass(frozen=True, slots=True)
class QualitySettings:
    """A share (0..1) of refusals above `share_limit` is too much, once `least_records` were counted.

    A window holds the last `window_s` of engine time, or the newest `window_records` if those are fewer. For each
    public topic `max_providers` are counted by name. With `stop` the engine stands still while an alert is open.
    """

    share_limit: float = 0.05
    window_s: float = 600.0
    window_records: int = 20_000
    least_records: int = 200
    max_providers: int = 500
    stop: bool = False

    def step(self, now_ms: int) -> int:
        """The step of the window that engine time is in."""
        return int(now_ms * STEPS / (self.window_s * 1000))
