"""docs/gateways.md, run as it is printed."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from streams.vocabularies.detections import DETECTIONS, SEALS, Codes
from streams.vocabularies.units import SENML

TEXT = (Path(__file__).parents[2] / "docs" / "gateways.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"<!-- file: (?P<file>\S+) -->\n```json\n(?P<content>.*?)```\n\n"
    r"<!-- command, exit code (?P<code>\d+) -->\n```sh\ngreenlane (?P<command>[^\n]*)\n```\n\n"
    r"<!-- stdout -->\n```json\n(?P<stdout>.*?)```\n(\n<!-- stderr -->\n```json\n(?P<stderr>.*?)```)?",
    re.DOTALL,
)
EXAMPLES = [found.groupdict("") for found in EXAMPLE.finditer(TEXT)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["file"])
def test_every_example_prints_what_it_says(
    greenlane: Callable[..., CompletedProcess[bytes]], tmp_path: Path, example: dict[str, str]
) -> None:
    (tmp_path / example["file"]).write_text(example["content"], encoding="utf-8")

    done = greenlane(*shlex.split(example["command"]), cwd=tmp_path)

    assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (
        int(example["code"]),
        example["stdout"],
        example["stderr"],
    )


def test_there_is_an_example_for_every_vocabulary() -> None:
    assert [example["command"].split()[1] for example in EXAMPLES] == ["epcis", "dcsa", "senml"]


def told(code: str | None) -> str:
    return f"`{code}`" if code else "a reading"


@pytest.mark.parametrize(("name", "codes"), DETECTIONS.items())
def test_the_table_of_detections_is_complete(name: str, codes: Codes) -> None:
    [row] = [line for line in TEXT.splitlines() if line.startswith("| ") and f"`{name}`" in line]
    assert row.endswith(f"| {told(codes.true)} | {told(codes.false)} |")


def test_seals_and_units_are_told() -> None:
    assert {f"`{seal}/<number>`" for seal in SEALS} <= set(re.findall(r"`[^`]*`", TEXT))
    assert {f"`{unit}`" for unit in SENML if unit} <= set(re.findall(r"`[^`]*`", TEXT))
