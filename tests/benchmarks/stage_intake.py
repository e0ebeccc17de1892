"""What intake costs, in microseconds of CPU a record: `python tests/benchmarks/stage_intake.py`."""

import time
from collections.abc import Callable

from streams import topics
from streams.intake import IntakeShard, Limits, decode_manifest, decode_sensor_event
from streams.log import Effects, LogRecord

MANIFEST_500 = (
    b'{"schemaVersion":"1.0","messageId":"M-1","submittedAt":"2026-08-20T08:14:31Z",'
    b'"provider":{"id":"CNPOST","role":"POST"},"parcels":[{"itemIdType":"S10","itemId":"LZ551209644CN",'
    b'"exportCountry":"CN","destinationCountry":"KR","totalValue":{"amount":"38.90","currency":"EUR"},'
    b'"goodsItems":[{"sequenceNumber":1,"hsCode":"851830","originCountry":"CN","netMass":{"value":"0.21",'
    b'"unitCode":"KGM"},"value":{"amount":"38.90","currency":"EUR"}}],"declaration":{"declarationId":"56839011",'
    b'"officeId":"40","procedure":"B"}}]}'
)
MANIFEST_900 = (
    b'{"schemaVersion":"1.0","messageId":"CNPOST-20260820-000184","submittedAt":"2026-08-20T08:14:31Z",'
    b'"provider":{"id":"CNPOST","role":"POST"},"customsOffice":"DE004851","transport":{"modeOfTransport":"5",'
    b'"containerId":"MSKU4421908","sealNumber":"CN7741920"},"parcels":[{"itemIdType":"S10","itemId":"LZ551209644CN",'
    b'"exportCountry":"CN","destinationCountry":"DE","categoryOfItem":"SALE_OF_GOODS",'
    b'"consignor":{"name":"Brightway Electronics","address":{"lines":["88 Example Road"],"city":"Shanghai",'
    b'"country":"CN"}},"consignee":{"name":"Erika Mustermann","address":{"lines":["Beispielstrasse 12"],'
    b'"city":"Frankfurt","postcode":"60311","country":"DE"}},"platform":{"name":"ExampleMarket","sellerId":"S-48821"},'
    b'"numberOfPackages":1,"grossMass":{"value":"0.412","unitCode":"KGM"},'
    b'"totalValue":{"amount":"38.90","currency":"EUR"},"goodsItems":[{"sequenceNumber":1,'
    b'"description":"Wireless Bluetooth earphones","hsCode":"851830","originCountry":"CN","quantity":1,'
    b'"value":{"amount":"38.90","currency":"EUR"}}]}]}'
)
SENSOR_EVENT = (
    b'{"schemaVersion":"1.0","eventID":"84db923d-2a19-4eb0","eventTime":"2026-08-21T02:41:07Z","eventTypeCode":"MEAS",'
    b'"deviceID":"urn:epc:id:giai:4000001.111","deviceType":"COLD_CHAIN_LOGGER","sequence":18231,'
    b'"equipmentReference":"MSKU4421908","sensorReport":['
    + b",".join(b'{"type":"Temperature","value":%d.5,"uom":"CEL"}' % value for value in range(10))
    + b'],"publisher":"VISIBILITY"}'
)
AT_MS = 1_787_213_700_000


def cpu_us(work: Callable[[], object], times: int = 5_000, rounds: int = 5) -> float:
    """The best of some rounds, in microseconds of this process's CPU for one call of `work`."""
    return min(_round(work, times) for _ in range(rounds))


def _round(work: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times * 1e6


def intake(topic: str, value: bytes) -> Callable[[], Effects]:
    """One record of `topic` through a whole intake shard."""
    shard = IntakeShard(topic, 0, Limits(), bytes(32))
    batch = [LogRecord(0, 17, AT_MS, b"key", value)]

    def work() -> Effects:
        effects = Effects()
        shard.process(batch, effects)
        return effects

    return work


STAGES: dict[str, Callable[[], object]] = {
    "decode a manifest of 500 bytes": lambda: decode_manifest(MANIFEST_500),
    "decode a manifest of 900 bytes": lambda: decode_manifest(MANIFEST_900),
    "intake of a manifest of 900 bytes": intake(topics.MANIFESTS, MANIFEST_900),
    "decode a sensor event of ten readings": lambda: decode_sensor_event(SENSOR_EVENT),
    "intake of a sensor event of ten readings": intake(topics.SENSORS, SENSOR_EVENT),
}


def measure() -> dict[str, float]:
    """Microseconds of CPU of every stage."""
    return {name: cpu_us(work) for name, work in STAGES.items()}


if __name__ == "__main__":
    for stage, cost_us in measure().items():
        print(f"{cost_us:8.1f} µs  {stage}")  # noqa: T201 - a command's output
