"""The model greenlane decides with: order of learning, contributions, calibration."""

from collections import defaultdict
from math import exp, isclose, log, sqrt
from random import Random
from typing import Any

import pytest
from river import metrics

from streams.learning import auc, calibration_error
from streams.models.encoder import TargetEncoder
from streams.models.logistic import TargetLogistic
from streams.models.tables import TABLES

LEARNING_RATE, L2, START = 0.02, 0.001, 0.15


def imports(count: int, seed: int = 5) -> list[tuple[dict[str, Any], bool]]:
    """Consignments whose seller, and nothing else, decides how often they are fraudulent."""
    rng = Random(seed)
    rates = {f"s{number}": rng.random() ** 3 for number in range(30)}
    examples = []
    for _ in range(count):
        seller = rng.choice(list(rates))
        x = {
            "hs": rng.choice(["851830", "640411"]),
            "seller": seller,
            "importer": f"i{rng.randrange(500)}",
            "mass_kg": round(rng.uniform(0.1, 20), 1),
            "price_eur": round(rng.uniform(1, 500), 2),
        }
        examples.append((x, rng.random() < rates[seller]))
    return examples


def test_learning_is_the_recipe_a_gradient_step_on_what_was_known_then_the_tables() -> None:
    model, encoder = TargetLogistic(), TargetEncoder()
    weights: dict[str, float] = {"bias": log(1 / 4), **{table.name: START for table in TABLES}}
    squares: dict[str, float] = defaultdict(float)
    for x, y in imports(300):
        encoded = encoder.transform_one(x)
        score = 1 / (1 + exp(-sum(weights.get(name, 0.0) * value for name, value in encoded.items())))
        assert isclose(model.score_one(x), score, rel_tol=1e-9)

        model.learn_one(x, y)
        for name, value in encoded.items():
            gradient = (score - y) * value + L2 * weights.get(name, 0.0)
            squares[name] += gradient**2
            weights[name] = weights.get(name, 0.0) - LEARNING_RATE / sqrt(squares[name] + 1e-8) * gradient
        encoder.learn_one(x, y)


def test_a_label_does_not_leak_into_the_features_it_is_learnt_with() -> None:
    """All keys differ, so what an honest order learns from is silent: only the bias and the quantities may move."""
    model = TargetLogistic()
    for number in range(50):
        words = ("office", "procedure", "import_type", "use", "payment", "mode", "courier", "departure", "origin")
        parties = ("tax_type", "origin_indicator", "declarant", "importer", "seller")
        x: dict[str, Any] = dict.fromkeys((*words, *parties), f"only {number}")
        x |= {"hs": f"{number:02}{number:02}{number:02}", "mass_kg": 1.0 + number, "price_eur": 1.0 + number / 7}
        model.learn_one(x, number % 2 == 0)
    assert model._logistic.weights["importer_x_hs6"] == START


def test_contributions_add_up_to_the_log_odds() -> None:
    model = TargetLogistic()
    for x, y in imports(500):
        model.learn_one(x, y)
    for x, _ in imports(50, seed=6):
        score, contributions, *_ = model.explain_one(x)
        assert isclose(sum(contributions.values()), log(score / (1 - score)), rel_tol=1e-6, abs_tol=1e-9)


def test_probabilities_are_calibrated_one_step_ahead() -> None:
    model, loss, base_rate = TargetLogistic(), metrics.LogLoss(), metrics.LogLoss()
    examples = imports(4_000)
    scores = [model.prequential_one(x, y) for x, y in examples]
    late, labels = scores[2_000:], [y for _, y in examples[2_000:]]
    for score, y in zip(late, labels, strict=True):
        loss.update(y, score)
        base_rate.update(y, sum(labels) / len(labels))

    ranked = auc(late, labels)
    assert calibration_error(late, labels) < 0.05
    assert loss.get() < 0.85 * base_rate.get()
    assert ranked is not None
    assert ranked > 0.75


def test_a_new_model_says_one_in_five_as_its_tables_do() -> None:
    assert TargetLogistic().score_one(imports(1)[0][0]) == pytest.approx(0.2)


def test_a_clone_starts_from_nothing_with_the_same_parameters() -> None:
    model = TargetLogistic(learning_rate=0.5, max_keys=7)
    examples = imports(20)
    for x, y in examples:
        model.learn_one(x, y)
    clone = model.clone()
    assert (clone.learning_rate, clone.max_keys, clone.score_one(examples[0][0])) == (0.5, 7, pytest.approx(0.2))
