"""What every model of the catalogue keeps to, in river's terms and ours."""

import copy
import pickle
from random import Random
from typing import Any

import pytest
from river import checks

from streams.models import CATALOGUE, RiskModel
from streams.models.bayes import TargetBayes
from streams.models.blocklist import Blocklist
from streams.models.logistic import TargetLogistic

KINDS = {
    **CATALOGUE,
    "target-bayes, forgetful": lambda _seed: TargetBayes(forgetting=0.01, max_keys=8),
    "target-logistic, forgetful": lambda _seed: TargetLogistic(learning_rate=0.1, l2=0.0, start=0.3, max_keys=8),
    "blocklist, forgetful": lambda _seed: Blocklist(max_keys=2),
}
RIVER_CHECKS = (
    "learn_one",
    "shuffle_features_no_impact",
    "predict_one_pure",
    "emerging_features",
    "disappearing_features",
    "pickling",
    "clone_is_independent",
    "predict_one_before_any_learn",
    "no_state_aliasing_with_input",
    "seeding_is_idempotent",
)
Example = tuple[dict[str, Any], bool]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def model(kind: str) -> Any:
    return KINDS[kind](42)


def parcels(count: int, seed: int = 7) -> list[Example]:
    """Parcels of a few sellers and goods, some fraudulent, with zeros and empty words among them."""
    rng = Random(seed)
    return [parcel(rng) for _ in range(count)]


def parcel(rng: Random) -> Example:
    seller = rng.choice(["p1", "p2", "p3", ""])
    x = {
        "hs": rng.choice(["851830", "640411", "330300", ""]),
        "office": rng.choice(["DE004851", "NL000396"]),
        "origin": rng.choice(["CN", "VN", "TR"]),
        "importer": f"p{rng.randrange(100, 140)}",
        "seller": seller,
        "mass_kg": rng.choice([0.0, 0.2, 0.5, 3.25]),
        "price_eur": rng.choice([0.0, 10.0, 99.9, 1e9]),
        "tax_rate": rng.choice([0.0, 8.0]),
        "z_price": rng.uniform(-5, 5),
    }
    return x, rng.random() < (0.9 if seller == "p1" else 0.1)


def learnt(model: RiskModel, examples: list[Example]) -> RiskModel:
    for x, y in examples:
        model.learn_one(x, y)
    return model


@pytest.mark.parametrize("name", RIVER_CHECKS)
def test_what_river_asks_of_its_own_models(model: Any, name: str) -> None:
    getattr(checks.common, f"check_{name}")(model, parcels(60))


def test_scores_are_probabilities_before_and_after_learning(model: RiskModel) -> None:
    examples = parcels(200)
    assert all(0.0 <= model.score_one(x) <= 1.0 for x, _ in examples)
    learnt(model, examples)
    assert all(0.0 <= model.score_one(x) <= 1.0 for x, _ in [*examples, *parcels(50, seed=8)])


@pytest.mark.parametrize("examples", [0, 100])
def test_scoring_and_explaining_learn_nothing(model: RiskModel, examples: int) -> None:
    learnt(model, parcels(examples))
    before = pickle.dumps(model)
    for x, _ in parcels(20, seed=8):
        model.score_one(x)
        model.explain_one(x)
    assert pickle.dumps(model) == before


def test_no_verb_changes_what_it_is_given(model: RiskModel) -> None:
    for x, y in parcels(50):
        untouched = copy.deepcopy(x)
        model.score_one(x)
        model.explain_one(x)
        model.learn_one(x, y)
        model.prequential_one(x, y)
        assert x == untouched


def test_an_explanation_has_the_score_of_the_public_composition_to_the_bit(model: Any) -> None:
    for x, y in parcels(100):
        score = model.score_one(x)
        assert model.explain_one(x).score == score == model.predict_proba_one(x)[True]
        model.learn_one(x, y)


def test_contributions_name_features_only(model: RiskModel) -> None:
    learnt(model, parcels(100))
    explained = model.explain_one(parcels(1, seed=8)[0][0])
    assert explained.contributions.keys() == explained.features.keys()
    assert all(isinstance(value, float) for value in (*explained.contributions.values(), *explained.features.values()))


def test_prequential_is_score_then_learn_to_the_bit(kind: str) -> None:
    apart, at_once = KINDS[kind](0), KINDS[kind](0)
    for x, y in parcels(200):
        score = apart.score_one(x)
        apart.learn_one(x, y)
        assert at_once.prequential_one(x, y) == score
    assert all(apart.explain_one(x) == at_once.explain_one(x) for x, _ in parcels(50, seed=8))


def test_a_pickled_model_goes_on_as_if_nothing_had_happened(model: RiskModel) -> None:
    learnt(model, parcels(100))
    copied: RiskModel = pickle.loads(pickle.dumps(model))  # noqa: S301  # our own bytes
    for x, y in parcels(50, seed=8):
        assert copied.prequential_one(x, y) == model.prequential_one(x, y)


def test_a_model_loaded_from_its_parts_goes_on_as_if_nothing_had_happened(kind: str) -> None:
    for examples in (0, 1, 100):
        model, loaded = learnt(KINDS[kind](0), parcels(examples)), KINDS[kind](0)
        loaded.load({name: part.encode() for name, part in model.parts().items()})
        assert contents(loaded) == contents(model)
        for x, y in parcels(50, seed=8):
            assert loaded.explain_one(x) == model.explain_one(x)
            loaded.learn_one(x, y)
            model.learn_one(x, y)
        assert contents(loaded) == contents(model)


def test_a_part_has_a_new_version_whenever_it_changes(kind: str) -> None:
    model = KINDS[kind](0)
    seen = {}
    for x, y in parcels(40):
        for name, part in model.parts().items():
            assert seen.setdefault((name, part.version), part.encode()) == part.encode()
        model.learn_one(x, y)


def test_what_another_model_learnt_is_refused_and_changes_nothing(kind: str) -> None:
    fresh = KINDS[kind](0)
    others = [learnt(make(0), parcels(30)) for name, make in KINDS.items() if name != kind]
    parts = contents(learnt(KINDS[kind](0), parcels(30)))
    for spoilt in (*map(contents, others), *({**parts, name: b"null"} for name in parts)):
        with pytest.raises(ValueError, match=r"."):
            fresh.load(spoilt)
    assert contents(fresh) == contents(KINDS[kind](0))


def contents(model: RiskModel) -> dict[str, bytes]:
    return {name: part.encode() for name, part in model.parts().items()}


def test_the_same_seed_and_log_give_the_same_model(kind: str) -> None:
    examples = parcels(100)
    one, other = learnt(KINDS[kind](3), examples), learnt(KINDS[kind](3), copy.deepcopy(examples))
    assert [one.score_one(x) for x, _ in examples] == [other.score_one(x) for x, _ in examples]


def test_any_feature_may_be_missing(model: RiskModel) -> None:
    learnt(model, parcels(50))
    for absent in parcels(1)[0][0]:
        x = {name: value for name, value in parcels(1, seed=8)[0][0].items() if name != absent}
        assert 0.0 <= model.prequential_one(x, True) <= 1.0
    assert 0.0 <= model.score_one({}) <= 1.0


def test_goods_found_again_and_again_score_higher_than_goods_never_found(model: RiskModel) -> None:
    bad = {"hs": "851830", "seller": "p1", "mass_kg": 0.2, "price_eur": 10.0}
    good = {"hs": "640411", "seller": "p2", "mass_kg": 0.5, "price_eur": 99.9}
    learnt(model, [(bad, True), (good, False)] * 20)
    assert model.score_one(bad) > model.score_one(good)


def test_memory_stops_growing_however_many_new_keys_come() -> None:
    for kind in ("target-bayes, forgetful", "target-logistic, forgetful", "blocklist, forgetful"):
        model = KINDS[kind](0)
        sizes = []
        for day in range(4):
            for n in range(100):
                number = day * 100 + n
                x = {"hs": f"{number:06}", "importer": f"p{number}", "mass_kg": number / 8, "price_eur": float(number)}
                model.learn_one(x, n % 2 == 0)
            sizes.append(len(pickle.dumps(model)))
        assert sizes[3] < 1.2 * sizes[0]
