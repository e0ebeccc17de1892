"""What holds for every agent of the engine, by itself: an agent added to `agents.worker.all_agents` is tested here."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.runtime import Agent
from agents.secret import Secret
from agents.worker import all_agents
from config.settings import load
from streams import topics
from streams.control import Control
from streams.log import Effects, LogRecord, Output, Saved
from streams.models import build
from tests.parcel_touches import page, parcel

SECRET = Secret.of(bytes(range(32)))
AT_MS = 1_787_000_000_000
DOCUMENT = (Path(__file__).parents[2] / "docs" / "records.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"<!-- example: (\S+) -->\n```json\n(.*?)```", DOCUMENT, re.DOTALL)
PURCHASE = [page(parcel(f"P{n}", value_eur=149.0, minutes=n)) for n in range(4)]
"""One parcel or device touches an entity and nothing comes of it; this is a purchase in four parcels."""
POISON = (
    None,
    b"",
    b"\x00",
    b"\xff\xfe",
    b"[" * 10_000,
    b"{}",
    b"null",
    b'{"parcels":[null]}',
    b'{"a":1,"a":2}',
    b"NaN",
)


def agents() -> list[Agent]:
    return all_agents(load(intake={"reject_least_records": 1}), Control(build()), SECRET, partitions=4)


def logged(values: Sequence[bytes | None]) -> list[LogRecord]:
    return [LogRecord(0, offset, AT_MS + offset, None, value) for offset, value in enumerate(values)]


def inputs(topic: str) -> list[LogRecord]:
    """A short history of a topic: each example twice, and, on public topics, poison in between."""
    public = [text.encode() for name, text in EXAMPLES if name == topic]
    if public:
        return logged([*public, *POISON, *public])
    values = [output.value for output in upstream(topic) if output.topic == topic]
    return logged([*values, *(PURCHASE if topic == topics.TOUCHES else ())] * 2)


def upstream(topic: str) -> Iterator[Output]:
    """What the agents before the one that reads `topic` write: agents are listed as records flow."""
    for agent in takewhile(lambda agent: agent.source != topic, agents()):
        yield from run(agent, inputs(agent.source)).outputs


def run(agent: Agent, records: Sequence[LogRecord]) -> Effects:
    effects = Effects()
    agent.shard(0).process(records, effects)
    return effects


def tallied(effects: Effects) -> Counter[tuple[str, ...]]:
    """What the tallies say in all: there is one for each slice, so how many there are is a matter of the cut."""
    counted: Counter[tuple[str, ...]] = Counter()
    for tally in (orjson.loads(output.value or b"") for output in effects.outputs if output.topic == topics.TALLIES):
        counted.update({(tally["topic"], provider): number for provider, number in tally["accepted"].items()})
        counted.update({(tally["topic"], provider, code): number for provider, code, number, _ in tally["refused"]})
    return counted


def touched(effects: Effects) -> list[tuple[int | None, Any]]:
    """All touches, in order, each with its partition: how many stand in one record is a matter of the cut too."""
    pages = [output for output in effects.outputs if output.topic == topics.TOUCHES]
    kinds = [(page.partition, *kind) for page in pages for kind in orjson.loads(page.value or b"").items()]
    found = [(partition, kind, touch) for partition, kind, touches in kinds for touch in touches]
    return sorted(found, key=lambda touch: touch[:2])


def uncut(effects: Effects) -> list[Output]:
    return [output for output in effects.outputs if output.topic not in {topics.TALLIES, topics.TOUCHES}]


@pytest.fixture(params=[agent.name for agent in agents()])
def agent(request: pytest.FixtureRequest) -> Agent:
    return next(agent for agent in agents() if agent.name == request.param)


def test_names_and_sources_are_its_own() -> None:
    names, sources = [agent.name for agent in agents()], [agent.source for agent in agents()]

    assert len(set(names)) == len(names)
    assert len(set(sources)) == len(sources)


def test_it_says_what_it_does_and_reads_a_known_topic(agent: Agent) -> None:
    assert agent.help.endswith(".")
    assert {agent.source, agent.answers or topics.CASES} <= {topic.name for topic in topics.TOPICS}


def test_something_comes_of_its_inputs(agent: Agent) -> None:
    assert run(agent, inputs(agent.source)).outputs


def test_it_writes_to_known_topics_only(agent: Agent) -> None:
    written = {output.topic for output in run(agent, inputs(agent.source)).outputs}

    assert written <= {topic.name for topic in topics.TOPICS}


def test_equal_histories_give_equal_effects(agent: Agent) -> None:
    records = inputs(agent.source)

    assert run(agent, records) == run(agent, records)


def test_it_does_not_matter_how_a_history_is_cut_into_batches(agent: Agent) -> None:
    records, effects, shard = inputs(agent.source), Effects(), agent.shard(0)
    for record in records:
        shard.process([record], effects)
    whole = run(agent, records)

    assert tallied(effects) == tallied(whole)
    assert touched(effects) == touched(whole)
    assert replace(effects, outputs=uncut(effects)) == replace(whole, outputs=uncut(whole))


def test_public_events_carry_ids_that_occur_once(agent: Agent) -> None:
    outputs = run(agent, inputs(agent.source)).outputs
    ids = [dict(output.headers)["ce_id"] for output in outputs if output.topic in topics.EVENTS]

    assert len(set(ids)) == len(ids)


def after(saved: Mapping[str, bytes], changes: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """The parts of a snapshot to which what changed has been added."""
    return {name: content for name, content in {**saved, **changes}.items() if content is not None}


def test_a_shard_loaded_from_a_snapshot_goes_on_as_if_it_had_never_ended(agent: Agent) -> None:
    if not agent.stateful:
        pytest.skip("keeps no state")
    records = inputs(agent.source)
    for length in range(len(records) + 1):
        saved_shard, loaded, twin = (agent.shard(0) for _ in range(3))
        goes_on, went_on = Effects(), Effects()
        saved_shard.process(records[:length], Effects())
        saved = after({}, saved_shard.save())
        loaded.load(saved)
        assert loaded.save() == {}, "what was loaded counts as told"

        loaded.process(records[length:], goes_on)
        loaded.tick(10_000_000, goes_on)
        twin.process(records[:length], Effects())
        twin.process(records[length:], went_on)
        twin.tick(10_000_000, went_on)

        assert goes_on == went_on
        assert after(saved, loaded.save()) == after({}, twin.save())


def test_a_snapshot_of_another_version_is_refused_and_changes_nothing(agent: Agent) -> None:
    if not agent.stateful:
        pytest.skip("keeps no state")
    live, fresh, empty = (agent.shard(0) for _ in range(3))
    live.process(inputs(agent.source), Effects())
    saved = after({}, live.save())
    for name, content in saved.items():
        for spoilt in (b"", b"[]", b"{}", b"null", content[: len(content) // 2]):
            with pytest.raises(ValueError, match=r"."):
                fresh.load({**saved, name: spoilt})
    with pytest.raises(ValueError, match=r"."):
        fresh.load({})

    assert fresh.save() == empty.save()


def test_a_shard_folded_again_goes_on_as_the_one_that_was(agent: Agent) -> None:
    if not agent.stateful:
        pytest.skip("keeps no state")
    records, (live, restored), effects = inputs(agent.source), (agent.shard(0), agent.shard(0)), Effects()
    past, future = records[: len(records) // 2], records[len(records) // 2 :]
    live.process(past, effects)
    answers = [LogRecord(0, 0, AT_MS, *output[1:4]) for output in effects.outputs if output.topic == agent.answers]

    for record in past:
        cause = str(record.offset).encode()
        restored.replay(record, [answer for answer in answers if dict(answer.headers).get("cause") == cause])
    went_on, goes_on = Effects(), Effects()
    live.process(future, went_on)
    restored.process(future, goes_on)

    assert goes_on == went_on
    assert went_on != run(agent, future), "a shard without a past does the same: this proves nothing"


def test_what_keeps_state_can_be_saved(agent: Agent) -> None:
    if not agent.stateful:
        pytest.skip("keeps no state")
    shard = agent.shard(0)

    assert isinstance(shard, Saved), "every restart would fold everything"
    assert not any("/" in name for name in shard.save())
