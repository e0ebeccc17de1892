"""Reading snapshots as they stand in their topic."""

from collections import defaultdict
from collections.abc import Callable

from confluent_kafka.admin import OffsetSpec

from agents.runtime.asking import Admin
from agents.runtime.logs import ends, reader, records
from agents.runtime.snapshots import Shelf
from agents.runtime.station import Station
from streams.topics import SNAPSHOTS

Shelves = defaultdict[str, Shelf]


async def shelves(
    station: Station, admin: Admin, partition: int, *, only: str = "", moved: Callable[[], None] = lambda: None
) -> Shelves:
    """What stands in `snapshots[partition]`, by agent; of `only` one if named. `moved` is called as reading gets on."""
    place = (station.topic(SNAPSHOTS), partition)
    found = Shelves(Shelf)
    if (end := (await ends(admin, [place], OffsetSpec.latest()))[place]) == 0:
        return found
    async with reader(station, place) as consumer:
        async for chunk in records(consumer, place, end):
            for record in chunk:
                agent = record.key.partition(b"/")[0].decode()
                if only in ("", agent):
                    found[agent].put(record.key, record.value)
            moved()
    return found
