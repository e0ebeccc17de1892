"""How much ten million parcels of a million sellers weigh in one worker, and how soon it is back with them.

    python -m tests.benchmarks.memory [PARCELS]

Pure code: the cases are made up here and go through the risk shards of four partitions; nothing else of a worker runs,
but all of it is imported, and a model whose tables are full lies beside. The restart is a process of its own, which
reads the snapshot, the model's too, from files.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import cast

from agents import risk, worker  # noqa: F401 - what a worker weighs before the first parcel
from agents.secret import Secret
from config.settings import load
from streams.control import Control
from streams.features import risk_features
from streams.features.moments import Z_SCORES
from streams.log import Effects, LogRecord
from streams.models import RiskModel, build
from streams.risk import RiskShard

PARTITIONS, BATCH, STEPS = 4, 1_000, 20
MODEL = "model"
SELLERS = 10  # parcels of each
START_MS, PARCELS_PER_MS = 1_790_000_000_000, 2
LESSONS = 50_000  # of parcels that share next to nothing: so many fill every table that can get full
CASE = (
    '{{"kind":"filing","function":"9","source":{{"topic":"manifests.v1","partition":0,"offset":{n},"index":0}},'
    '"at":{at},"provider":"{provider}","messageId":"m-{n}","itemIdType":"S10","itemId":"LZ{n:09d}CN","office":"{office}",'
    '"submittedAt":"2026-08-20T08:14:31Z","content":"{content}","flags":[],"parcel":{{"exportCountry":"{country}",'
    '"destinationCountry":"DE","categoryOfItem":"SALE_OF_GOODS","consignee":{{"pseudonym":"p1{consignee}"}},'
    '"seller":{{"pseudonym":"p1{seller}"}},"grossMass":{{"value":{kg},"unitCode":"KGM"}},'
    '"totalValue":{{"amount":{eur},"currency":"EUR"}},"goodsItems":[{{"sequenceNumber":1,"hsCode":"{hs}",'
    '"originCountry":"CN","value":{{"amount":{eur},"currency":"EUR"}}}}],"transport":{{"modeOfTransport":"5",'
    '"containerId":"MSKU9070323"}}}}}}'
)


def resident_mb() -> float:
    """Of this process, now."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text(encoding="utf-8"))[0]) / 1024


def shards() -> list[RiskShard]:
    """Those of one worker that owns every partition. Scores cost nothing here: memory is what is measured."""
    control = Control(build(name="blocklist"))
    agent = risk.agent(load(), control, Secret.of(bytes(32)), partitions=PARTITIONS, engine="benchmark")
    return [cast("RiskShard", agent.shard(partition)) for partition in range(PARTITIONS)]


def taught() -> RiskModel:
    """The model of a worker that has learnt for years."""
    model, euro_rates = build(), load().euro_rates
    for case in map(json.loads, cases(0, LESSONS, LESSONS)):
        x = risk_features(case, euro_rates) | dict.fromkeys(Z_SCORES, 0.5)
        model.learn_one(x, case["itemId"][-3] in "12")
    return model


def cases(first: int, count: int, sellers: int) -> Iterator[bytes]:
    """Parcels whose words recur as they do in trade, and whose parties do not."""
    rng = Random(first)
    for n in range(first, first + count):
        digits = blake2b(b"%d" % n, digest_size=28).hexdigest()
        seller = blake2b(b"%d" % rng.randrange(sellers), digest_size=12).hexdigest()
        yield CASE.format(
            n=n,
            at=START_MS + n // PARCELS_PER_MS,
            provider=f"POST{rng.randrange(20)}",
            office=f"DE{int(rng.paretovariate(1)) % 200:06d}",
            country=rng.choice(("CN", "CN", "VN", "TR", "US", "GB", "IN")),
            content=digits[:32],
            consignee=digits[32:],
            seller=seller,
            kg=round(rng.lognormvariate(-0.5, 1.0), 3),
            eur=round(rng.lognormvariate(3.2, 1.0), 2),
            hs=f"{851830 + int(rng.paretovariate(0.7)) % 1_500}",
        ).encode()


def fill(parcels: int) -> list[RiskShard]:
    """Take all parcels in, and print the curve."""
    remembering = shards()
    print(f"{'parcels':>12} {'resident MB':>12} {'µs a parcel':>12}")  # noqa: T201
    step = max(parcels // STEPS, BATCH)
    for taken in range(0, parcels, step):
        spent_s = sum(_take(remembering, first, parcels) for first in range(taken, taken + step, BATCH))
        print(f"{taken + step:12,} {resident_mb():12,.0f} {spent_s / step * 1e6:12.1f}", flush=True)  # noqa: T201
    return remembering


def _take(remembering: list[RiskShard], first: int, parcels: int) -> float:
    records = [LogRecord(0, first, 0, None, case) for case in cases(first, BATCH, max(parcels // SELLERS, 1))]
    shard = remembering[first // BATCH % PARTITIONS]
    began = time.thread_time()
    shard.process(records, Effects())
    return time.thread_time() - began


def save(remembering: list[RiskShard], model: RiskModel, folder: Path) -> None:
    """Write the snapshot, part by part, as one file a shard and one for the model; and how long each held up all."""
    for number, shard in enumerate(remembering):
        began = time.monotonic()
        parts = {name: content for name, content in shard.save().items() if content is not None}
        print(f"all parts of shard {number}: {time.monotonic() - began:.2f} s")  # noqa: T201
        write(parts, folder / str(number))
        shard.process([LogRecord(0, 0, 0, None, case) for case in cases(-BATCH, BATCH, BATCH)], Effects())
        began = time.monotonic()
        parts = {name: content for name, content in shard.save().items() if content is not None}
        size_mb = sum(map(len, parts.values())) / 1e6
        print(f"what {BATCH} more parcels changed: {time.monotonic() - began:.3f} s, {size_mb:.1f} MB")  # noqa: T201
    began = time.monotonic()
    write({name: part.encode() for name, part in model.parts().items()}, folder / MODEL)
    print(f"the model: {time.monotonic() - began:.2f} s")  # noqa: T201


def write(parts: Mapping[str, bytes], path: Path) -> None:
    directory = json.dumps([(name, len(content)) for name, content in parts.items()]).encode()
    with path.open("wb") as file:
        file.write(len(directory).to_bytes(8, "little") + directory)
        file.writelines(parts.values())


def restart(folder: Path) -> None:
    """What a new process does with the snapshot."""
    before_mb, began, restored, model = resident_mb(), time.monotonic(), shards(), build()
    model.load(_read(folder / MODEL))
    for number, shard in enumerate(restored):
        shard.load(_read(folder / str(number)))
    ready_s, items = time.monotonic() - began, sum(len(shard.items) for shard in restored)
    print(f"restart: {items:,} items in {ready_s:.1f} s; {before_mb:,.0f} MB before, {resident_mb():,.0f} MB after")  # noqa: T201


def _read(path: Path) -> Mapping[str, bytes]:
    with path.open("rb") as file:
        directory = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        return {name: file.read(size) for name, size in directory}


def main(parcels: int) -> None:
    print(f"imported: {resident_mb():,.0f} MB")  # noqa: T201
    model = taught()
    print(f"a model with full tables: {resident_mb():,.0f} MB")  # noqa: T201
    began, remembering = time.monotonic(), fill(parcels)
    items = sum(len(shard.items) for shard in remembering)
    print(f"{items:,} items remembered, {time.monotonic() - began:.0f} s")  # noqa: T201
    with tempfile.TemporaryDirectory() as folder:
        save(remembering, model, Path(folder))
        size_mb = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
        print(f"snapshot: {size_mb:,.0f} MB")  # noqa: T201
        remembering.clear()
        subprocess.run([sys.executable, "-m", "tests.benchmarks.memory", folder], check=True)


if __name__ == "__main__":
    argument = sys.argv[1] if len(sys.argv) > 1 else "10000000"
    main(int(argument)) if argument.isdecimal() else restart(Path(argument))
