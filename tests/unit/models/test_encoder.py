"""The streaming target encoder, against a plain re-telling of the recipe."""

from math import exp, isclose, log, log1p
from typing import Any

import pytest

from streams.models.encoder import TargetEncoder
from streams.models.tables import TABLES, Table, key_fields, words

PARCEL = {"hs": "851830", "importer": "p1", "origin": "CN", "mass_kg": 0.2, "price_eur": 10.0, "tax_rate": 8.0}


def taught(found: int, clean: int, **changes: Any) -> TargetEncoder:
    encoder = TargetEncoder()
    for y in [True] * found + [False] * clean:
        encoder.learn_one({**PARCEL, **changes}, y)
    return encoder


def test_the_recipe_has_38_tables_and_84_inputs() -> None:
    x = {**PARCEL, "z_mass": 1.0, "z_price": 1.0, "z_unit_price": 1.0}
    assert len(TABLES) == len({table.name for table in TABLES}) == 38
    assert len(taught(1, 1).transform_one(x)) == 84


def test_a_key_is_its_shrunk_log_odds_less_the_overall_ones() -> None:
    encoder = taught(3, 1)
    for _ in range(6):
        encoder.learn_one({**PARCEL, "importer": "p2"}, False)

    overall = (3 + 1) / (10 + 5)
    rate = (3 + 2.5 * overall) / (4 + 2.5)
    encoded = encoder.transform_one(PARCEL)

    assert isclose(encoded["importer"], log(rate / (1 - rate)) - log(overall / (1 - overall)))
    assert encoded["importer_n"] == log1p(4)


def test_a_key_never_labelled_says_nothing() -> None:
    encoded = taught(3, 1).transform_one({**PARCEL, "importer": "p9"})
    assert not {"importer", "importer_n", "importer_x_hs6"} & encoded.keys()
    assert "hs6" in encoded


def test_no_key_is_ever_certain() -> None:
    always, never = taught(5_000, 0), taught(0, 5_000)
    for encoder, limit in ((always, 1 - 1e-4), (never, 1e-4)):
        overall = (encoder.positives + 1) / (encoder.examples + 5)
        odds = encoder.transform_one(PARCEL)["hs6_x_mass_kg_x_price_eur"] + log(overall / (1 - overall))
        assert isclose(1 / (1 + exp(-odds)), limit, rel_tol=1e-9)


def test_missing_mass_counts_as_none_not_as_unknown() -> None:
    without = {name: value for name, value in PARCEL.items() if name != "mass_kg"}
    assert key_fields(without) == key_fields({**PARCEL, "mass_kg": 0.0})


def test_a_full_table_forgets_what_went_unlabelled_longest() -> None:
    encoder = TargetEncoder((Table(("importer",), 1.0),), max_keys=8)
    for number in (0, 1, 2, 3, 4, 5, 6, 7, 0, 8):  # 0 is labelled again before 8 asks for room
        encoder.learn_one({"importer": f"p{number}"}, True)

    kept = [number for number in range(9) if "importer" in encoder.transform_one({"importer": f"p{number}"})]

    assert kept == [0, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("feature", sorted(taught(1, 1).transform_one({**PARCEL, "z_mass": 1.0, "z_price": 1.0})))
def test_every_feature_has_words_for_an_officer(feature: str) -> None:
    assert "_" not in words(feature)
