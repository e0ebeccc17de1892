"""Reasons are sentences with a figure that is true, and with what would be normal."""

import random

import pytest

from streams.decisions.lanes import Choice
from streams.decisions.reasons import reasons
from streams.decisions.verdict import Verdict
from streams.models import Explained, build

X = {"hs": "851830", "office": "DE004851", "origin": "CN", "departure": "CN", "mass_kg": 0.4, "price_eur": 20.0}
RED = Choice("RED", "RISK", 1.0)


def verdict(explained: Explained) -> Verdict:
    return Verdict(round(explained.score, 6), RED, explained.contributions, explained.features, explained.evidence)


def test_a_learnt_reason_quotes_the_inspections_exactly() -> None:
    model, rng, found, seen = build(), random.Random(1), 0, 0
    for number in range(400):
        bad_seller = number % 10 == 0
        y = rng.random() < (0.8 if bad_seller else 0.1)
        model.learn_one(
            {**X, "hs": rng.choice(["611020", "330499"]), "seller": "s1" if bad_seller else f"t{number}"}, y
        )
        seen, found = seen + bad_seller, found + (y and bad_seller)
    usual = (model._encoder.positives + 1) / (model._encoder.examples + 5)

    told = reasons({**X, "seller": "s1"}, RED, verdict(model.explain_one({**X, "seller": "s1"})), [], usual)

    (of_seller,) = [reason for reason in told if reason["code"] == "RATE_SELLER"]
    assert of_seller["text"] == (
        f"Same seller: {found} of {seen} inspections ({found / seen:.0%}) found something;"
        f" of all inspections: {usual:.0%}."
    )
    assert of_seller["value"] == round(found / seen, 4)
    assert of_seller["normal"] == round(usual, 4)
    assert of_seller["contribution"] > 0.05


def test_an_unusual_price_is_told_in_deviations() -> None:
    explained = Explained(0.4, {"z_unit_price": 0.3}, {"z_unit_price": -3.14})

    (reason,) = reasons(X, RED, verdict(explained), [], 0.2)

    assert reason["text"] == (
        "The declared price per kilogram is below what is usual for goods code 851830: "
        "3.1 standard deviations away, within 2 is normal."
    )
    assert (reason["value"], reason["normal"], reason["source"]) == (-3.14, 0.0, "MODEL")


def test_keys_are_named_with_what_is_not_personal() -> None:
    name = "hs6_x_unit_price_1"
    explained = Explained(0.9, {name: 2.0}, {name: 3.0}, {name: (11, 10)})

    (reason,) = reasons({**X, "importer": "p-secret"}, RED, verdict(explained), [], 0.2)

    assert reason["text"].startswith("Same goods code 851830 and price per kilogram 50 EUR: 10 of 11 inspections (91%)")


def test_what_repeats_the_same_inspections_is_told_once() -> None:
    kinds = ("hs2", "hs4", "hs6")
    same = Explained(
        0.6, {"hs2": 0.3, "hs4": 0.29, "hs6": 0.28}, dict.fromkeys(kinds, 1.2), dict.fromkeys(kinds, (19, 9))
    )
    assert [reason["code"] for reason in reasons(X, RED, verdict(same), [], 0.2)] == ["RATE_HS2"]


@pytest.mark.parametrize(
    "explained",
    [
        Explained(0.5, {}, {}),
        Explained(0.5, {"bias": 0.4}, {"bias": 1.0}),
        Explained(0.5, {"hs6_n": 0.4}, {"hs6_n": 5.0}, {"hs6": (147, 140)}),
        Explained(0.5, {"z_price": 0.4}, {"z_price": 0.1}),
        Explained(0.5, {"seller": 0.4}, {"seller": -2.0}, {"seller": (19, 0)}),
    ],
    ids=["nothing", "constant", "count", "hardly unusual", "clean record"],
)
def test_where_nothing_can_be_put_in_words_the_risk_itself_is_told(explained: Explained) -> None:
    (reason,) = reasons(X, RED, verdict(explained), [], 0.2)

    assert reason["code"] == "RISK_SCORE"
    assert "50.0%" in reason["text"]


def test_green_needs_no_reason() -> None:
    green = Choice("GREEN", "NONE", 0.01)
    assert reasons(X, green, verdict(Explained(0.1, {}, {})), ["VALUE_ZERO"], 0.2) == []


def test_an_unknown_flag_does_not_stop_a_decision() -> None:
    told = reasons(X, RED, verdict(Explained(0.5, {}, {})), ["FLAG_OF_TOMORROW"], 0.2)
    assert [reason["code"] for reason in told] == ["RISK_SCORE"]
