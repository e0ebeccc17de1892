"""What tests share: one real broker, a namespace each, topics in it, and a way to read what was committed."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from confluent_kafka import Message

from agents.access import Access
from agents.reading import committed
from agents.topics import create, full_name
from config.settings import Settings, load

CI = bool(os.environ.get("CI"))


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The address of one Apache Kafka node for the whole session (`GREENLANE_TEST_BROKER`: use that one)."""
    if address := os.environ.get("GREENLANE_TEST_BROKER"):
        yield address
        return
    if not CI and (missing := [name for name in ("java", "mvn") if not shutil.which(name)]):
        pytest.skip(f"no local broker without {' and '.join(missing)}")
    from agents.broker import local

    with local() as node:
        yield node.address


@pytest.fixture
def namespace() -> str:
    """A prefix of topics, groups and transactional ids that no other test has."""
    return f"test-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Key material, the same in every test."""
    path = tmp_path / "secret"
    path.write_text("dGhlIHNhbWUgMzIgYnl0ZXMgaW4gZXZlcnkgdGVzdCE=\n", encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def settings(broker: str, namespace: str, secret_file: Path) -> Settings:
    """Settings of a worker or command that uses the session's broker and the test's namespace."""
    return load(broker=broker, namespace=namespace, secret_file=secret_file, metrics_port=0)


@pytest.fixture
def topics(settings: Settings) -> Callable[..., list[str]]:
    """Create all topics of the namespace: `topics()` or `topics(partitions=2)`."""

    def make(partitions: int = 4) -> list[str]:
        return create(settings, partitions)

    return make


@pytest.fixture
def read_committed(broker: str, namespace: str) -> Callable[..., list[Message]]:
    """Read a topic (`read_committed("decisions.v1")`): every committed record up to the last stable offset."""

    def read(topic: str) -> list[Message]:
        return list(committed(Access(broker), full_name(namespace, topic)))

    return read


@pytest.fixture
def greenlane(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., CompletedProcess[bytes]]:
    """Run the command line as a user does: `greenlane("topics", "create")` has an exit code, stdout and stderr.

    It talks to the session's broker in the test's namespace where the test asks for `settings` before, else to
    nobody. `environment=` adds variables, `input=` is standard input.
    """
    env = {name: text for name, text in os.environ.items() if not name.startswith("GREENLANE_")}
    env |= {"XDG_STATE_HOME": str(tmp_path / "state"), "COLUMNS": "100", "GREENLANE_BROKER": "127.0.0.1:1"}
    if "settings" in request.fixturenames:
        chosen: Settings = request.getfixturevalue("settings")
        env |= {"GREENLANE_BROKER": chosen.broker, "GREENLANE_NAMESPACE": chosen.namespace}

    def run(*arguments: str, environment: dict[str, str] | None = None, **options: Any) -> CompletedProcess[bytes]:
        command = [sys.executable, "-m", "agents.cli", *arguments]
        return subprocess.run(
            command, env=env | (environment or {}), capture_output=True, check=False, timeout=90, **options
        )

    return run


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The public data sets; without them a test skips, or fails where `GREENLANE_REQUIRE_DATA=1`."""
    path = Path(os.environ.get("GREENLANE_DATA", Path(__file__).parents[1] / "../shared/data")).resolve()
    if not path.is_dir():
        end = pytest.fail if os.environ.get("GREENLANE_REQUIRE_DATA") == "1" else pytest.skip
        end(f"no public data sets at {path} (set GREENLANE_DATA)")
    return path


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests have proved in figures (`record_property("proof", …)`): a passing test would keep it quiet."""
    passed = [report for report in terminalreporter.getreports("passed") if report.when == "call"]
    proofs = [text for report in passed for name, text in report.user_properties if name == "proof"]
    if proofs:
        terminalreporter.section("what the guards of the runtime are for")
        terminalreporter.write_line("\n".join(proofs))
