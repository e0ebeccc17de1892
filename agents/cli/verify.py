"""`greenlane verify`: whether every decision follows from the log."""

from typing import TYPE_CHECKING

import typer

from agents.cli.jsonl import AsJson, say
from agents.cli.surface import settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.verify import Verified

DIFFERS = 1


def verify(as_json: AsJson = False) -> None:
    """Fold all logs again and compare every decision, and every saved state, with what follows from them.

    Takes about as long as deciding took; workers may go on meanwhile. Needs the logs from their beginning, the key
    material of the workers and their configuration. Ends with 1 when something differs.

    Example: GREENLANE_SECRET_FILE=greenlane.secret greenlane verify
    """
    from agents.runtime.station import Station
    from agents.verify import verify as verified
    from agents.worker import engine

    chosen = settings()
    found = []
    for shard in verified(Station(chosen), engine(chosen)):
        found.append(shard)
        tell(shard, as_json=as_json)
    if not as_json:
        typer.echo(conclusion(found))
    raise typer.Exit(0 if all(shard.holds for shard in found) else DIFFERS)


def tell(shard: "Verified", *, as_json: bool) -> None:
    """One line for a shard, and one for each of its first differences."""
    if as_json:
        say(
            agent=shard.agent,
            partition=shard.partition,
            records=shard.records,
            answers=shard.answers,
            differing=shard.differing,
            otherVersions=shard.others,
            snapshot=shard.snapshot,
        )
        return
    typer.echo(
        f"{shard.agent}[{shard.partition}]: {shard.records:,} records folded, {shard.answers:,} decisions compared,"
        f" {shard.differing:,} differ; saved state: {shard.snapshot}"
    )
    for difference in shard.differences:
        typer.echo(f"  what record {difference.offset} led to differs in: {', '.join(difference.differs)}")


def conclusion(found: "Iterable[Verified]") -> str:
    """What it comes to, in one sentence or two."""
    shards = list(found)
    compared, differing = sum(shard.answers for shard in shards), sum(shard.differing for shard in shards)
    states = [shard.snapshot for shard in shards if shard.snapshot != "none"]
    others = sum(shard.others for shard in shards)
    versions = f" {others:,} were made by another version of the software, and are the same." if others else ""
    return (
        f"{compared - differing:,} of {compared:,} decisions follow from the log, bit for bit;"
        f" {states.count('equal')} of {len(states)} saved states do.{versions}"
    )
