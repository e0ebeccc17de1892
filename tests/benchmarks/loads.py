"""Pre-encoded input: publishing it must cost next to nothing, for the machine is shared with what is measured."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import NamedTuple

import orjson

from agents.simulator.world import World
from streams.topics import MANIFESTS

READINGS = 10  # of one sensor event
DEVICES = 1_000


class Load(NamedTuple):
    """One record to publish; `key` names the item or the device."""

    key: bytes
    value: bytes


def manifests(number: int, seed: int = 1) -> list[Load]:
    """First filings of one parcel each, none with planted flaws, as the simulated border day has them."""
    world = World(seed, rate_per_s=5_000.0, start=datetime.now(UTC))
    return list(islice(_single_parcels(world), number))


def _single_parcels(world: World) -> Iterator[Load]:
    for happening in world:
        if happening.topic == MANIFESTS and not happening.codes and len(happening.truths) == 1:
            message = orjson.loads(happening.value)
            if message.get("messageFunction", "9") == "9" and len(message["parcels"]) == 1:
                yield Load(message["parcels"][0]["itemId"].encode(), happening.value)


def sensor_events(number: int, seed: int = 1) -> list[Load]:
    """Events of ten temperatures each from a thousand loggers in turn; most change by tenths of a degree."""
    rng, start = Random(seed), datetime.now(UTC) - timedelta(hours=2)
    return [_event(rng, n, start) for n in range(number)]


def _event(rng: Random, number: int, start: datetime) -> Load:
    sequence, device = divmod(number, DEVICES)
    name = f"urn:epc:id:giai:4000001.{device}"
    at = start + timedelta(seconds=10 * sequence)
    event = {
        "schemaVersion": "1.0",
        "eventID": f"event-{device}-{sequence}",
        "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventTypeCode": "MEAS",
        "deviceID": name,
        "deviceType": "COLD_CHAIN_LOGGER",
        "sequence": sequence,
        "equipmentReference": "MSKU4421908",
        "publisher": "VISIBILITY",
        "sensorReport": [
            {
                "type": "Temperature",
                "value": round(5 + math.sin(sequence / 40 + device) + rng.gauss(0, 0.2), 1),
                "uom": "CEL",
            }
            for _ in range(READINGS)
        ],
    }
    return Load(name.encode(), orjson.dumps(event))
