"""What `greenlane detect` says of the shared folders is worth what the issue asks for."""

from pathlib import Path

import pytest

from agents.cli.detect import live, scored
from tests.nab.__main__ import report
from tests.nab.corpus import Series, corpus
from tests.nab.scorer import FEW_MISSED, Scored, best


@pytest.fixture(scope="module")
def files(data_dir: Path) -> list[Series]:
    return list(corpus(data_dir / "nab"))


@pytest.fixture(scope="module")
def said(data_dir: Path, files: list[Series]) -> list[Scored]:
    """Every file through the command's own lines, a fresh detector each."""
    return [
        Scored([float(line.rsplit(",", 1)[1]) for line in scored(data_dir / "nab" / file.name, live())], file.windows)
        for file in files
    ]


def test_three_folders_score_at_least_65(said: list[Scored]) -> None:
    assert best(said).normalised >= 65
    assert best(said, FEW_MISSED).normalised >= 70


def test_that_is_far_more_than_alarms_without_looking(said: list[Scored]) -> None:
    def blind(file: Scored) -> Scored:
        return file._replace(scores=[float(row % 400 == 0) for row in range(len(file.scores))])

    assert best(said).normalised > 2 * best([blind(file) for file in said]).normalised


def test_the_report_names_every_folder(files: list[Series], said: list[Scored]) -> None:
    text = "\n".join(report(files, said))
    assert all(file.folder in text for file in files)
