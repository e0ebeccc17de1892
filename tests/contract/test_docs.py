"""What the documents say is what the engine does."""

import re
from pathlib import Path

import pytest

from streams import topics
from streams.intake.limits import Limits
from streams.intake.shard import IntakeShard
from streams.log import Effects, LogRecord
from streams.records.codes import Degraded, Flag, Reject

ROOT = Path(__file__).parents[2]
RECORDS = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"<!-- example: (\S+) -->\n```json\n(.*?)```", RECORDS, re.DOTALL)


@pytest.mark.parametrize(("topic", "text"), EXAMPLES)
def test_every_example_is_accepted_as_it_stands(topic: str, text: str) -> None:
    effects = Effects()

    IntakeShard(topic, 0, Limits(), bytes(32)).process(
        [LogRecord(0, 0, 1_787_000_000_000, None, text.encode())], effects
    )

    assert effects.counts["records", topic, "accepted"] == 1
    assert topics.REJECTED not in {output.topic for output in effects.outputs}


def test_there_is_an_example_for_every_input() -> None:
    assert {topic for topic, _ in EXAMPLES} == {topics.MANIFESTS, topics.SENSORS, topics.OUTCOMES}


@pytest.mark.parametrize("code", [*Reject, *Flag, *Degraded])
def test_every_code_is_explained_in_its_own_words(code: Reject | Flag | Degraded) -> None:
    assert f"| `{code}` | {code.sentence} |" in RECORDS


def test_the_readme_names_only_files_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:streams|agents|config|tests|docs)/[\w./-]*)`", readme))
    named |= set(re.findall(r"\]\(((?:docs/)?\w+\.md)\)", readme))

    assert {path for path in named if not (ROOT / path).exists()} == set()
