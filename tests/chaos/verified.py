"""The engine's own second look: whether its decisions and saved states follow from the logs (I3 and I6)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.outside.processes import run

LONG_S = 900.0


def verified(env: Mapping[str, str]) -> dict[tuple[str, int], dict[str, Any]]:
    """What `greenlane verify` says of each shard, by agent and partition."""
    done = run(env, "verify", "--json", timeout_s=LONG_S)
    if done.returncode not in {0, 1}:
        raise OSError(f"greenlane verify ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    shards = [json.loads(line) for line in done.stdout.splitlines()]
    return {(shard["agent"], shard["partition"]): shard for shard in shards}


def faults(shards: Mapping[tuple[str, int], dict[str, Any]]) -> list[str]:
    """A sentence for each shard that is not what its log leads to."""
    return [f"{agent}[{partition}]: {what}" for (agent, partition), shard in shards.items() for what in _wrong(shard)]


def _wrong(shard: Mapping[str, Any]) -> Iterator[str]:
    if shard["differing"]:
        yield f"{shard['differing']} decisions do not follow from the log"
    if "differs" in shard["snapshot"]:
        yield f"the saved state {shard['snapshot']}"
