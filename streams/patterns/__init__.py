"""Patterns that no single parcel and no single device shows: one entity, whatever it is, seen in one place.

    risk ────┐                                                           ┌─▶ alerts.v1 (PATTERN, SENSOR)
             ├─▶ touches (by entity) ─▶ shard.py ─▶ a view of each kind ─┤
    sensors ─┘   (touches.py)           (log, time)  (view.py)           └─▶ control (incidents)

Where do I add a kind of entity? A view of its own (`view.View`), and a line in `shard.views`.
"""

from streams.patterns.settings import PatternSettings
from streams.patterns.shard import PatternsShard

__all__ = ["PatternSettings", "PatternsShard"]
