"""Whether a declared value can be true: what such goods usually cost, and what was declared before.

    parcel ─▶ checks.py ─▶ prices.py     under-invoicing (duty), over-invoicing (money laundering)
                      ├──▶ repeats.py    the same goods invoiced again, one value for everything
                      └──▶ findings.py   the sentence an officer reads

No label is needed: every filing moves what counts as normal, and is judged by what was normal before it. Kept per shard
from its even share of items, so who looks for pairs of items sees those of one shard only; what has to be seen whole,
one invoice in one place, is for an agent keyed by it.
"""

from streams.values.checks import Values
from streams.values.findings import Finding
from streams.values.settings import ValueSettings

__all__ = ["Finding", "ValueSettings", "Values"]
