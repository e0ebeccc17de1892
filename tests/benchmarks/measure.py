"""Broker side of a measurement: topics, a pre-encoded load, what is there afterwards, and what a process used."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PARTITIONS = 4
TICK_S = os.sysconf("SC_CLK_TCK")


class Count(NamedTuple):
    """What a topic holds: committed records, the time (s) of the broker's append of the last and of that in the middle,
    different keys."""

    records: int
    last_append_s: float
    middle_append_s: float
    keys: int


def make_topic(broker: str, name: str, partitions: int = PARTITIONS) -> None:
    """A topic whose timestamps are the broker's, so that contenders do not time themselves."""
    config = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "4194304"}
    admin = AdminClient({"bootstrap.servers": broker, "log_level": 0})
    admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(30)


def a_record(number: int) -> bytes:
    """About 473 bytes of JSON, as thin single-parcel manifests are."""
    return orjson.dumps(
        {
            "schemaVersion": "1.0",
            "messageId": f"CNPOST-20260820-{number:06d}",
            "messageFunction": "9",
            "submittedAt": "2026-08-20T08:14:31Z",
            "provider": {"id": "CNPOST", "role": "POST"},
            "parcels": [
                {
                    "itemIdType": "S10",
                    "itemId": f"LZ{number % 100_000_000:08d}9CN",
                    "categoryOfItem": "SALE_OF_GOODS",
                    "grossMass": {"value": 0.31 + number % 7, "unit": "KGM"},
                    "consignor": {"name": "Shenzhen Bright Trading", "country": "CN"},
                    "goods": [
                        {
                            "description": "wireless headphones, over ear, black, 2",
                            "hsCode": "851830",
                            "value": 12.5,
                            "currency": "USD",
                        }
                    ],
                }
            ],
        }
    )


def fill(broker: str, topic: str, records: Iterable[tuple[bytes, bytes]]) -> None:
    """Publish (key, value) pairs as fast as they go, and wait until the broker has them."""
    producer = Producer(
        {
            "bootstrap.servers": broker,
            "compression.type": "lz4",
            "linger.ms": 20,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for number, (key, value) in enumerate(records):
        producer.produce(topic, value, key)
        if number % 1000 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0, "the broker did not take the load"


def ends(consumer: Consumer, topic: str, partitions: int = PARTITIONS) -> int:
    """Sum of the ends of all partitions: moves while something is appended, transaction markers included."""
    return sum(consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1] for p in range(partitions))


def reader(broker: str, **more: Any) -> Consumer:
    """An independent consumer that sees committed records only."""
    return Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": f"count-{time.time_ns()}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            **more,
        }
    )


def count(broker: str, topic: str, partitions: int = PARTITIONS) -> Count:
    """Read a topic `read_committed` to its end."""
    consumer = reader(broker)
    consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    appended_ms, ended, keys = [0], 0, set()
    while ended < partitions:
        for message in consumer.consume(10_000, timeout=0.5):
            if message.error():
                ended += 1
            else:
                appended_ms.append(message.timestamp()[1])
                keys.add(message.key())
    consumer.close()
    appended_ms.sort()
    records = len(appended_ms) - 1
    return Count(records, appended_ms[-1] / 1000, appended_ms[records // 2] / 1000, len(keys))


def cpu_s(pid: int) -> float:
    """User and system time (s) that a process has used so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK_S
