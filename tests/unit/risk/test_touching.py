"""What risk passes on about decided parcels, to where all parcels of a delivery point or a seller meet."""

from collections.abc import Iterable
from typing import Any

import orjson

from streams.log import Output
from streams.patterns.parcels import Parcel
from streams.patterns.touches import PAGE, partition_of
from streams.topics import TOUCHES
from tests.risk_cases import START_MS, Log, amendment, cancel, filing, record


def addressed(item_id: str = "A1", price_eur: float = 20.0, **more: Any) -> dict[str, Any]:
    """A filing with a delivery point and a seller."""
    case = amendment(item_id, price_eur, **more) if more.pop("amends", False) else filing(item_id, price_eur, **more)
    parcel = case["parcel"] | {"deliveryPoint": "d1", "platform": {"sellerId": "s1"}}
    return case | {"parcel": parcel, "submitted": START_MS - 1_000}


def touches(outputs: Iterable[Output]) -> list[Parcel]:
    pages = [orjson.loads(output.value or b"") for output in outputs if output.topic == TOUCHES]
    return [Parcel._make(touch) for page in pages for touches in page.values() for touch in touches]


def test_a_decided_parcel_touches_its_delivery_point_and_its_seller():
    point, seller = touches(Log().take(addressed()))

    assert (point.entity, seller.entity) == ("deliveryPoint/d1", "seller/s1")
    assert (point.item, point.version, point.destination) == ("CARRIER_TRACKING/A1", 1, "DE")
    assert (point.name, point.seller, point.hs, point.cents) == ("p1", "s1", "851830", 2000)
    assert (point.goods, point.piece_cents) == ("", 2000)
    assert point.source == addressed()["source"]
    assert point._replace(entity="seller/s1") == seller


def test_the_time_of_a_touch_is_when_it_was_submitted_but_hardly_later_than_it_came():
    early, late = Log().take(addressed()), Log().take(addressed() | {"submitted": START_MS + 86_400_000})

    assert touches(early)[0].time_ms == START_MS - 1_000
    assert touches(late)[0].time_ms == START_MS + 300_000


def test_times_before_1970_are_as_old_as_can_be():
    [point, _] = touches(Log().take(addressed() | {"submitted": -1}))

    assert point.time_ms == 0


def test_a_filing_sent_twice_touches_once_and_a_changed_one_again_with_its_version():
    log = Log()
    log.take(addressed())

    assert touches(log.take(addressed(offset=1))) == []
    assert [touch.version for touch in touches(log.take(addressed(price_eur=30.0, amends=True)))] == [2, 2]


def test_neither_cancellation_nor_a_parcel_without_address_and_seller_touches_anybody():
    log = Log()
    log.take(addressed())

    assert touches(log.take(cancel())) == []
    assert touches(log.take(filing("B1"))) == []


def test_what_is_worth_nothing_known_counts_for_nothing():
    case = addressed()
    case["parcel"]["totalValue"] = {"amount": 9_000.0, "currency": "XAU"}

    assert touches(Log().take(case))[0].cents == 0


def test_a_manifest_of_hundreds_gives_few_records_each_in_the_partition_of_its_entities():
    log = Log(partitions=3)
    cases = [addressed(f"A{n}") for n in range(2 * PAGE)]
    for n, case in enumerate(cases):
        case["parcel"]["deliveryPoint"] = f"d{n % 50}"
    pages = [
        output for output in log.feed([record(n, case) for n, case in enumerate(cases)]) if output.topic == TOUCHES
    ]

    assert len(pages) <= 6
    for page in pages:
        entities = {touch.entity for touch in touches([page])}
        assert {partition_of(entity, 3) for entity in entities} == {page.partition}
    assert len(touches(pages)) == 4 * PAGE
