"""Properties of intake over whatever bytes, JSON and spellings there may be."""

import json
import string
from copy import deepcopy
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.intake import decode_manifest, decode_outcome, decode_sensor_event
from streams.intake.decode import readable_parcels
from streams.intake.privacy import Pseudonyms
from streams.records.codes import Reject
from streams.topics import CASES, FEEDBACK, MANIFESTS, OUTCOMES, READINGS, REJECTED, SENSORS
from tests.intake_examples import (
    DECLARED_MANIFEST,
    MANIFEST,
    OUTCOME,
    PARCEL,
    SECRET,
    SENSOR_EVENT,
    bodies,
    take,
    with_parcels,
    written,
)

EXAMPLES = {MANIFESTS: MANIFEST, SENSORS: SENSOR_EVENT, OUTCOMES: OUTCOME}
NAMES = Pseudonyms(SECRET)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
TOPICS = st.sampled_from(sorted(EXAMPLES))


def places(tree: Any, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [way, *(place for step, value in inner for place in places(value, (*way, step)))]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good example with up to three values, anywhere in it, replaced by any JSON."""
    topic = draw(TOPICS)
    tree: Any = {"": deepcopy(EXAMPLES[topic])}
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([("", *place) for place in places(tree[""])]))
        place = tree
        for step in way:
            place = place[step]
        place[last] = draw(JSON)
    return topic, json.dumps(tree[""]).encode()


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode) | JSON.map(lambda tree: json.dumps(tree).encode()))
def test_decoding_is_total_over_bytes(raw: bytes) -> None:
    for decode in (decode_sensor_event, decode_outcome):
        assert all(fault.code in Reject for fault in decode(raw).faults)
    decode_manifest(raw)


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_a_record_is_accepted_or_refused_whatever_is_in_it(topic_and_raw: tuple[str, bytes]) -> None:
    topic, raw = topic_and_raw

    effects = take(topic, raw)

    accepted = [case for case in bodies(effects, CASES) if case["kind"] != "refusal"] + bodies(effects, READINGS)
    each = len(readable_parcels(json.loads(raw))) or 1 if topic == MANIFESTS else 1
    assert len(accepted) + len(written(effects, REJECTED)) in {1, each}
    assert sum(count for (metric, *_), count in effects.counts.items() if metric == "records") == 1
    for output in written(effects, REJECTED):
        assert output.value == raw if each == 1 else (output.value or b"") in raw


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=6))
def test_good_parcels_go_on_whatever_their_neighbours_are(good: list[bool]) -> None:
    parcels = [PARCEL if fine else PARCEL | {"itemId": "?"} for fine in good]

    effects = take(MANIFESTS, with_parcels(*parcels))

    kinds = [case["kind"] for case in bodies(effects, CASES)]
    assert kinds == ["filing" if fine else "refusal" for fine in good]
    assert [dict(output.headers)["dlq_index"] for output in written(effects, REJECTED)] == [
        str(n).encode() for n, fine in enumerate(good) if not fine
    ]
    [feedback] = bodies(effects, FEEDBACK)
    assert (feedback["accepted"], feedback["rejected"]) == (sum(good), len(good) - sum(good))


@settings(deadline=None)
@given(st.text(string.ascii_letters + string.digits + " .,-/äöüéß", min_size=1), st.data())
def test_pseudonyms_do_not_depend_on_case_space_and_punctuation(name: str, data: st.DataObject) -> None:
    noise = st.text(" .,-/'", max_size=3)
    spelt = "".join(data.draw(noise) + data.draw(st.sampled_from([sign, sign.upper()])) for sign in name)
    address = {"lines": ["Weg 1"], "city": "Ulm", "country": "DE"}

    assert NAMES.party({"name": name, "address": address}) == NAMES.party({"name": spelt, "address": address})


def shuffled(tree: Any, random: Random) -> Any:
    """The same JSON with the fields of every object in another order."""
    if isinstance(tree, dict):
        return {name: shuffled(tree[name], random) for name in random.sample(list(tree), len(tree))}
    return [shuffled(inner, random) for inner in tree] if isinstance(tree, list) else tree


@settings(deadline=None)
@given(st.sampled_from([MANIFEST, DECLARED_MANIFEST]), st.randoms(use_true_random=False))
def test_the_content_digest_ignores_the_order_of_fields(manifest: dict[str, Any], random: Random) -> None:
    [case], [other] = (bodies(take(MANIFESTS, tree), CASES) for tree in (manifest, shuffled(manifest, random)))

    assert other["content"] == case["content"]


@settings(deadline=None)
@given(st.integers(1, 10**15), st.integers(0, 3), st.text(string.ascii_letters, min_size=1, max_size=20))
def test_the_content_digest_ignores_the_spelling_of_numbers_and_the_message(
    thousandths: int, zeros: int, message_id: str
) -> None:
    amount = f"{thousandths // 1000}.{thousandths % 1000:03}"
    trimmed = amount.rstrip("0").rstrip(".") or "0"
    padded = trimmed if "." not in trimmed else (trimmed + "0" * zeros)[: trimmed.index(".") + 4]

    digests = {content_of(spelling, message_id) for spelling in (amount, trimmed, padded, json.loads(trimmed))}

    assert digests == {content_of(amount, "another message")}


def content_of(amount: str | float, message_id: str) -> str:
    parcel = PARCEL | {"totalValue": {"amount": amount, "currency": "EUR"}}
    [case] = bodies(take(MANIFESTS, with_parcels(parcel, messageId=message_id)), CASES)
    content: str = case["content"]
    return content
