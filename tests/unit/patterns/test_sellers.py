"""Sellers: bursts, starts at volume, and one kind of goods at many values."""

from random import Random

import pytest

from streams.patterns.pace import DAY_MS, Pace
from tests.parcel_touches import Patterns, sold

HOUR, DAY = 60.0, 24 * 60.0


class Shop:
    """A seller that sends so many parcels a day."""

    def __init__(self, patterns: Patterns, seller: str = "s1", *, day: int = 0) -> None:
        self.patterns, self.seller, self.number, self.day = patterns, seller, 0, day

    def days(self, *parcels: int) -> None:
        """Days with so many parcels each, spread over the day."""
        for many in parcels:
            for n in range(many):
                at = self.day * DAY + n * DAY / many
                self.patterns.take(sold(f"{self.seller}-{self.number}", seller=self.seller, minutes=at))
                self.number += 1
            self.day += 1


@pytest.fixture
def patterns() -> Patterns:
    return Patterns()


def test_a_seller_that_sends_many_times_its_usual_number_is_told_once_and_no_parcel_is_held_for_it(patterns: Patterns):
    shop = Shop(patterns)
    shop.days(*[20] * 10, 400)
    [alert] = patterns.alerts()

    assert alert["reasons"][0]["code"] == "SELLER_BURST"
    assert alert["severity"] == "WARNING"
    assert alert["subject"] == {"sellerId": "s1"}
    assert "where 20 a day were usual over" in alert["title"]
    assert patterns.incidents() == []

    shop.days(20, 20, 20)
    assert [alert["state"] for alert in patterns.alerts("CLEARED")] == ["CLEARED"]


def test_a_sellers_ordinary_sale_day_is_quiet(patterns: Patterns):
    Shop(patterns).days(*[100] * 14, 400, 100, 100)

    assert patterns.raised() == []


def test_a_small_seller_that_has_a_good_day_is_quiet(patterns: Patterns):
    Shop(patterns).days(*[2] * 14, 60, 2)

    assert patterns.raised() == []


def test_a_burst_is_not_usual_the_day_after(patterns: Patterns):
    Shop(patterns).days(*[20] * 10, 1_000, 20, 20, 600)

    assert patterns.raised() == ["SELLER_BURST"] * 2


def test_what_goes_on_becomes_usual(patterns: Patterns):
    Shop(patterns).days(*[20] * 10, *[60] * 40, 200)

    assert patterns.raised() == [], "more than three times as many, but over weeks"


def test_new_versions_and_late_parcels_are_no_burst(patterns: Patterns):
    Shop(patterns).days(*[20] * 10)
    for n in range(500):
        patterns.take(sold(f"new-{n}", minutes=10 * DAY) | {"version": 2})
        patterns.take(sold(f"late-{n}", minutes=5 * DAY))

    assert patterns.raised() == []


def test_a_seller_that_starts_at_volume_is_told_where_sellers_have_been_known_for_a_month(patterns: Patterns):
    Shop(patterns).days(*[20] * 40)
    Shop(patterns, "s2", day=40).days(300)
    [alert] = patterns.alerts()

    assert alert["reasons"][0]["code"] == "NEW_SELLER_AT_VOLUME"
    assert alert["subject"] == {"sellerId": "s2"}
    assert alert["reasons"][0]["text"].endswith("hours ago.")
    assert patterns.incidents() == []


def test_sellers_that_an_engine_meets_on_its_first_days_are_not_new(patterns: Patterns):
    for number in range(3):
        Shop(patterns, f"s{number}", day=number).days(300, 300)

    assert patterns.raised() == []


def test_a_new_seller_that_starts_small_is_quiet(patterns: Patterns):
    Shop(patterns).days(*[20] * 40)
    Shop(patterns, "s2", day=40).days(150)

    assert patterns.raised() == []


def priced(
    patterns: Patterns, *prices_eur: float, goods: str = "gtin/4006381333931", each_minutes: float = HOUR
) -> None:
    for n, price in enumerate(prices_eur):
        patterns.take(sold(f"G{n}", goods=goods, value_eur=price, minutes=n * each_minutes))


def test_one_gtin_at_many_values_is_an_incident_with_little_weight(patterns: Patterns):
    priced(patterns, 9.0, 10.0, 60.0, 61.0)
    [alert], [incident] = patterns.alerts(), patterns.incidents()

    text = "4 parcels with goods with one GTIN declared at 10.00 to 60.00 EUR a piece within 3 hours."
    assert alert["reasons"] == [
        {"code": "GOODS_AT_MANY_VALUES", "source": "PATTERN", "text": text, "value": 6.0, "normal": 5.0}
    ]
    assert (incident["lane"], incident["weight"]) == ("YELLOW", 1.0)
    assert patterns.concerned() == ["G0", "G1", "G2", "G3"]


def test_goods_of_one_code_and_mass_at_many_values_may_be_two_articles_so_no_parcel_is_held(patterns: Patterns):
    priced(patterns, 9.0, 10.0, 60.0, 61.0, goods="711719/20")

    assert patterns.raised() == ["GOODS_AT_MANY_VALUES"]
    assert patterns.incidents() == []


def test_one_slip_of_the_pen_is_not_many_values(patterns: Patterns):
    priced(patterns, 10.0, 10.0, 11.0, 12.0, 1_000.0)

    assert patterns.raised() == []


def test_goods_whose_price_drifts_over_months_are_quiet(patterns: Patterns):
    for n in range(60):
        price = 10.0 * 1.05**n
        patterns.take(sold(f"G{n}", goods="gtin/4006381333931", value_eur=price, minutes=n * 3 * DAY))

    assert patterns.raised() == []


def test_thousands_of_parcels_at_one_price_do_not_hide_the_others(patterns: Patterns):
    priced(patterns, 10.0, 10.5, *[12.0] * 1_000, 70.0, 71.0, each_minutes=1)

    assert patterns.raised() == ["GOODS_AT_MANY_VALUES"]
    assert len(patterns.concerned()) == 6


def test_the_stated_false_alarm_rate_holds_where_days_vary_as_assumed():
    """Gamma-Poisson days with a coefficient of variation of a half, and their usual day learnt from 14 of them."""
    rng, usual, alarms, trials = Random(6), 40.0, 0, 4_000
    for _ in range(trials):
        days = [poisson(rng, usual * rng.gammavariate(4, 1 / 4)) for _ in range(15)]
        pace = Pace(0, 0, 0, [0] * 23 + [days[0]], usual=sum(days[1:]) / 14, days=14)
        alarms += pace.chance() < 0.01

    assert 0.002 * trials < alarms < 0.02 * trials, alarms


def poisson(rng: Random, mean: float) -> int:
    at, number = rng.expovariate(1.0), 0
    while at < mean:
        at, number = at + rng.expovariate(1.0), number + 1
    return number


def test_days_without_a_parcel_count_for_the_usual_pace():
    pace = Pace()
    for day in (0, 1, 2, 10):
        for _ in range(30):
            pace.count(day * DAY_MS)

    assert pace.usual == pytest.approx(60 / 9)
