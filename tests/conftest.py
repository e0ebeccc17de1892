"""What tests share: one real broker, a namespace each, topics in it, and a way to read what was committed."""

import contextlib
import os
import shutil
import subprocess
import sys
import uuid
from collections import Counter
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
    if missing := lacking():
        pytest.skip(f"no local broker without {' and '.join(missing)}")
    from agents.broker import local

    with local() as node:
        yield node.address


def lacking() -> list[str]:
    """What a local broker needs and this machine has not; on CI it must be there."""
    return [name for name in ("java", "mvn") if not CI and not shutil.which(name)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Processes that test side by side (`pytest -n 4`) get one broker, of the process that outlives them all."""
    if "GREENLANE_TEST_BROKER" in os.environ or lacking():
        return
    from agents.broker import local

    until_the_end = contextlib.ExitStack()
    config.add_cleanup(until_the_end.close)
    os.environ["GREENLANE_TEST_BROKER"] = until_the_end.enter_context(local()).address


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, then those that talk to a broker, long before short: the long ones begin early."""
    of: dict[Path, Counter[str]] = {}
    for item in items:
        of.setdefault(item.path, Counter()).update({"tests", *(mark.name for mark in item.iter_markers())})
    items.sort(key=lambda item: (not of[item.path]["slow"], not of[item.path]["kafka"], -of[item.path]["tests"]))


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
    proofs = [text for report in passed(terminalreporter) for name, text in report.user_properties if name == "proof"]
    if proofs:
        terminalreporter.section("what the guards of the runtime are for")
        terminalreporter.write_line("\n".join(proofs))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """The last lines say in words what happened, for whoever runs this for the first time."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not hasattr(session.config, "workerinput") and (tests := passed(reporter)):
        reporter.write_line(in_words(tests, reporter))


def passed(reporter: Any) -> list[pytest.TestReport]:
    return [report for report in reporter.getreports("passed") if report.when == "call"]


def in_words(tests: list[pytest.TestReport], reporter: Any) -> str:
    """What ran and how it went."""
    with_broker = sum("kafka" in test.keywords for test in tests)
    ran = f"{len(tests)} tests passed: {len(tests) - with_broker} in memory, {with_broker} with a real Kafka broker."
    skipped, failed = reporter.getreports("skipped"), reporter.getreports("failed") + reporter.getreports("error")
    left_out = f" {len(skipped)} were left out, for the reasons in the lines SKIPPED." if skipped else ""
    broken = f" {len(failed)} FAILED: what each expected and found stands above, under its name." if failed else ""
    return ran + left_out + broken
