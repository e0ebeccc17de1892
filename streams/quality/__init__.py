"""When too much is refused: a publisher's bad release is seen within minutes, and named.

intake ─▶ tallies (by public topic) ─▶ shard.py ─▶ watch.py ──▶ alarms.py ─▶ alerts.v1
          (a record a slice)            (log,       (one topic:   (SYSTEM alerts,
                                         time)       windows.py)   in words)
"""

from streams.quality.settings import QualitySettings
from streams.quality.shard import QualityShard

__all__ = ["QualitySettings", "QualityShard"]
