"""Bayesian logistic regression: against the posterior it approximates, and against gradient steps on the same."""

from math import isclose, log
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from streams.learning import auc, calibration_error
from streams.models.bayes import BayesianLogisticRegression, Prior, TargetBayes
from streams.models.logistic import TargetLogistic
from streams.models.targeted import probability

PRIORS = {"bias": Prior(-1.0, 1.0), "a": Prior(0.0, 1.0), "b": Prior(0.0, 1.0)}
TRUE = {"bias": -0.5, "a": 1.2, "b": -0.7}
Examples = list[tuple[dict[str, float], bool]]


def drawn(count: int, weights: dict[str, float] = TRUE, seed: int = 1) -> Examples:
    rng = Random(seed)
    examples = []
    for _ in range(count):
        x = {"bias": 1.0, "a": rng.gauss(0, 1), "b": rng.gauss(0, 1)}
        examples.append((x, rng.random() < probability(sum(weights[name] * x[name] for name in x))))
    return examples


def learnt(examples: Examples, **parameters: float) -> BayesianLogisticRegression:
    model = BayesianLogisticRegression(PRIORS, **parameters)
    for x, y in examples:
        model.learn_one(x, y)
    return model


def most_likely(examples: Examples) -> list[float]:
    """The weights of highest posterior probability, found by scipy from all labels at once."""
    inputs, labels = np.array([list(x.values()) for x, _ in examples]), np.array([y for _, y in examples])
    means, variances = np.array(list(PRIORS.values())).T

    def unlikely(weights: Any) -> float:
        odds = inputs @ weights
        return float((np.logaddexp(0, odds) - labels * odds).sum() + ((weights - means) ** 2 / variances).sum() / 2)

    return list(minimize(unlikely, means).x)


def test_one_pass_ends_where_all_labels_at_once_would() -> None:
    examples = drawn(1_000)
    assert list(learnt(examples, forgetting=0.0).weights.values()) == pytest.approx(most_likely(examples), abs=0.1)


def test_doubt_shrinks_with_labels_as_the_information_in_them_says() -> None:
    examples = drawn(1_000)
    model = learnt(examples, forgetting=0.0)
    inputs = np.array([list(x.values()) for x, _ in examples])
    scores = np.array([model.predict_proba_one(x)[True] for x, _ in examples])
    information = np.eye(3) + (inputs * (scores * (1 - scores))[:, np.newaxis]).T @ inputs
    assert np.diag(model._covariance) == pytest.approx(np.diag(np.linalg.inv(information)), rel=0.25)


def test_two_inputs_that_say_the_same_share_what_one_would_learn() -> None:
    once, twice = (BayesianLogisticRegression({name: Prior(0.0, 1.0) for name in names}) for names in ("a", "ab"))
    for x, y in drawn(300, {"bias": 0.0, "a": 1.0, "b": 0.0}):
        once.learn_one({"a": x["a"]}, y)
        twice.learn_one({"a": x["a"], "b": x["a"]}, y)
    assert twice.weights["a"] == pytest.approx(twice.weights["b"])
    assert twice.weights["a"] + twice.weights["b"] == pytest.approx(once.weights["a"], rel=0.1)


@pytest.mark.parametrize(("forgetting", "followed"), [(0.001, True), (0.0, False)])
def test_it_follows_a_change_of_habits_only_if_it_forgets(forgetting: float, followed: bool) -> None:
    turned = {name: -weight for name, weight in TRUE.items()}
    model = learnt(drawn(5_000) + drawn(1_500, turned, seed=2), forgetting=forgetting)
    assert (model.weights["a"] < -0.6) == followed


def test_its_covariance_stays_symmetric_and_positive_however_long_it_learns() -> None:
    covariance = learnt(drawn(20_000))._covariance
    assert (covariance == covariance.T).all()
    assert np.linalg.eigvalsh(covariance).min() > 0


def test_an_input_out_of_all_proportion_leaves_numbers_finite() -> None:
    model = learnt([({"bias": 1.0, "a": 1e9, "b": -1e9}, True), ({"bias": 1.0, "a": 1e9}, False), *drawn(10)])
    assert np.isfinite(model._covariance).all()
    assert all(0 <= model.predict_proba_one(x)[True] <= 1 for x, _ in drawn(10, seed=4))


def test_weights_of_other_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match="other inputs"):
        BayesianLogisticRegression(PRIORS).load(BayesianLogisticRegression({"a": PRIORS["a"]}).save())


def imports(count: int, seed: int = 5) -> list[tuple[dict[str, Any], bool]]:
    """Consignments whose goods and origin decide how often they are fraudulent; nobody's name means anything."""
    rng = Random(seed)
    goods, origins = [{f"{kind}{n}": rng.gauss(0, 1) for n in range(12)} for kind in ("85183", "C")]
    examples = []
    for _ in range(count):
        hs, origin = rng.choice(list(goods)), rng.choice(list(origins))
        x = {"hs": hs, "origin": origin, "importer": f"i{rng.randrange(400)}", "seller": f"s{rng.randrange(400)}"}
        x |= {"office": f"o{rng.randrange(20)}", "mass_kg": rng.uniform(0.1, 20), "price_eur": rng.uniform(1, 500)}
        examples.append((x, rng.random() < probability(goods[hs] + origins[origin] - 1.5)))
    return examples


def test_few_labels_teach_it_more_than_gradient_steps_on_fixed_shrinkage() -> None:
    labels = [y for _, y in imports(2_000)][500:]
    ranked = {}
    for model in (TargetBayes(), TargetLogistic()):
        scores = [model.prequential_one(x, y) for x, y in imports(2_000)][500:]
        ranked[type(model)] = auc(scores, labels) or 0.0
        if isinstance(model, TargetBayes):
            assert calibration_error(scores, labels) < 0.05
    assert ranked[TargetBayes] > ranked[TargetLogistic] + 0.01


def test_contributions_add_up_to_the_log_odds_and_evidence_to_what_was_learnt() -> None:
    model, examples = TargetBayes(), imports(500)
    for x, y in examples:
        model.learn_one(x, y)
    x = examples[0][0]
    score, contributions, _, evidence = model.explain_one(x)
    same = [y for other, y in examples if other["origin"] == x["origin"]]
    assert isclose(sum(contributions.values()), log(score / (1 - score)), rel_tol=1e-6, abs_tol=1e-9)
    assert evidence["origin"] == (len(same), sum(same))


def test_a_new_model_says_one_in_five_as_its_tables_do() -> None:
    assert TargetBayes().score_one({}) == pytest.approx(0.2)
