"""Exactly-once shards on Faust: the rest of the code sees records of one partition come in and outputs go out."""

from agents.runtime.agent import Agent, Guards, Observer, Silent
from agents.runtime.exits import LayoutError, OffsetsLostError, SlotInUseError
from agents.runtime.station import group_name
from agents.runtime.worker import run

__all__ = [
    "Agent",
    "Guards",
    "LayoutError",
    "Observer",
    "OffsetsLostError",
    "Silent",
    "SlotInUseError",
    "group_name",
    "run",
]
