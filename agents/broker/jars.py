"""Apache Kafka's own jars, fetched once by Maven and kept in the user's cache."""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.errors import EnvironmentLacksError

POM = Path(__file__).with_name("pom.xml")
INSTALL = "apt-get install -y default-jdk-headless maven (or: brew install openjdk maven)"


def classpath(name: str = "kafka", pom: Path = POM) -> str:
    """The Java class path of Kafka, downloading about 60 MB when it is not in the cache yet.

    Another POM that uses `kafka.version` gives, under a name of its own, what else goes with the same Kafka.
    Raises `EnvironmentLacksError` when Java or Maven is missing or the download fails.
    """
    program("java")
    jars = cache() / f"{name}-{version()}"
    if not jars.is_dir():
        with locked(jars.with_suffix(".lock")):
            if not jars.is_dir():
                fetch(jars, pom)
    return f"{jars}/*"


def version() -> str:
    """The Kafka version the POM asks for.

    >>> version().split(".")[0]
    '4'
    """
    found = re.search(r"<kafka\.version>(.+)</kafka\.version>", POM.read_text(encoding="utf-8"))
    assert found, f"{POM} names no kafka.version"  # noqa: S101 - a broken installation, not a user's mistake
    return found[1]


def program(name: str) -> str:
    """The full path of a program, or one line that says how to get it."""
    if path := shutil.which(name):
        return path
    raise EnvironmentLacksError(f"{name} is not installed; get it with: {INSTALL}")


def cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "greenlane"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock: two processes that start together download once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fetch(jars: Path, pom: Path) -> None:
    """Collect the jars beside their place and move them there whole: a broken download leaves nothing."""
    with tempfile.TemporaryDirectory(dir=jars.parent, prefix="fetching-") as scratch:
        collected = Path(scratch, "jars")
        command = [program("mvn"), "-q", "-B", "-Dstyle.color=never", "-f", str(pom)]
        goal = ["dependency:copy-dependencies", f"-Dkafka.version={version()}", f"-DoutputDirectory={collected}"]
        done = subprocess.run([*command, *goal], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise EnvironmentLacksError(f"Maven could not get Apache Kafka: {first_error(done.stdout)}")
        collected.rename(jars)


def first_error(output: str) -> str:
    """What Maven complains about first, in one line.

    >>> first_error("[INFO] x\\n[ERROR] Could not resolve host\\n[ERROR] more")
    'Could not resolve host'
    """
    errors = (line.removeprefix("[ERROR]").strip() for line in output.splitlines() if "[ERROR]" in line)
    return next(errors, "no reason given")
