"""The numbers the patterns shard runs with; their values stand in `config/default.toml`, section `[patterns]`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PatternSettings:
    """Bounds are per shard (one partition of `touches`), windows are event time in seconds."""
