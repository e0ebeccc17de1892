"""An invented border day: who sends what, who cheats, what the containers measure, and what officers find.

`World` is pure: equal seeds give equal days. `officers` turns decisions into inspections, `live` puts both on
Kafka. What is true about a parcel goes to a side file, never onto a topic: the engine has to find out.
"""

from agents.simulator.happenings import Happening, Truth
from agents.simulator.world import World

__all__ = ["Happening", "Truth", "World"]
