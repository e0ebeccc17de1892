"""One item's history, in order, from its first filing to its last outcome: the only place where decisions are made.

    cases[p] ─▶ shard.py ─▶ history.py ───────▶ deciding.py ─▶ judges.py
                (log, time,  (what a case does   (features,     (the model; after a restart
                 waiting)     to its item)        lane, reasons)  the decision made then)
                                  └─▶ turn.py: decisions, alerts, refusals, examples

`items.py` and `waiting.py` are what is remembered. Where do I add a kind of case? `history.py`. Something a decision
says? `streams/decisions/decision.py`. An input of the model? `streams/features/`.
"""

from streams.risk.settings import RiskSettings
from streams.risk.shard import RiskShard

__all__ = ["RiskSettings", "RiskShard"]
