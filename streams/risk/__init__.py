"""One item's history, in order, from its first filing to its last outcome: the only place where decisions are made.

`shard.py` folds `cases[p]`; `items.py` and `waiting.py` are what it remembers; `judges.py` is where the model comes in,
and where, after a restart, the decision already made takes its place; `effects.py` writes what follows.
"""

from streams.risk.settings import RiskSettings
from streams.risk.shard import RiskShard

__all__ = ["RiskSettings", "RiskShard"]
