"""Getting Kafka: what is missing is said in one sentence with the remedy, and a broken download leaves nothing."""

from pathlib import Path

import pytest

from agents.broker import jars
from agents.errors import EnvironmentLacksError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "greenlane"


def programs(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    """Make a PATH on which only these programs exist."""
    folder.mkdir()
    for name, script in scripts.items():
        folder.joinpath(name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        folder.joinpath(name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize(("missing", "there"), [("java", {}), ("mvn", {"java": "exit 0"})])
def test_a_missing_program_is_named_with_the_line_that_installs_it(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, there: dict[str, str]
) -> None:
    programs(tmp_path / "bin", monkeypatch, **there)

    with pytest.raises(EnvironmentLacksError, match=f"{missing} is not installed.*apt-get install"):
        jars.classpath()

    assert not list(cache.glob("kafka-*/"))


def test_a_download_that_fails_says_why_and_leaves_nothing(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(tmp_path / "bin", monkeypatch, java="exit 0", mvn="echo '[ERROR] Unknown host repo'; exit 1")

    with pytest.raises(EnvironmentLacksError, match="Unknown host repo"):
        jars.classpath()

    assert [path.name for path in cache.iterdir() if path.is_dir()] == []


def test_jars_are_fetched_once(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = 'for word; do case $word in -DoutputDirectory=*) mkdir "${word#*=}";; esac; done'
    programs(tmp_path / "bin", monkeypatch, java="exit 0", mvn=f"PATH=/usr/bin:/bin\n{fetch}")
    first = jars.classpath()
    (tmp_path / "bin" / "mvn").unlink()

    assert jars.classpath() == first == f"{cache}/kafka-{jars.version()}/*"


def test_what_goes_with_kafka_is_fetched_beside_it_in_the_same_version(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    fetch = f'echo "$@" > {told}; for word; do case $word in -DoutputDirectory=*) mkdir "${{word#*=}}";; esac; done'
    programs(tmp_path / "bin", monkeypatch, java="exit 0", mvn=f"PATH=/usr/bin:/bin\n{fetch}")

    assert jars.classpath("more", Path("more.xml")) == f"{cache}/more-{jars.version()}/*"
    assert f"-f more.xml dependency:copy-dependencies -Dkafka.version={jars.version()} " in told.read_text("utf-8")
