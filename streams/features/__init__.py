"""What is measured of one parcel: the raw `x` that models take, a plain dict of words and numbers.

`risk_features` needs the case alone. `HsMoments` adds how unusual its mass and prices are among the same goods, so it
remembers: one per shard, moved by every filing, labelled or not.
"""

from streams.features.moments import HsMoments
from streams.features.parcel import risk_features

__all__ = ["HsMoments", "risk_features"]
