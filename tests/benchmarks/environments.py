"""What contenders run in: competitors pin other clients than we do, and one of them is Java."""

import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple, Protocol

from agents.broker import jars

# What suits it best on few cores: no helper threads, and so much room that collecting costs little.
JVM = ("-XX:+UseSerialGC", "-Xms1g", "-Xmx1g", "-Xmn512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error")


class Environment(Protocol):
    """Where a contender's script can run."""

    def command(self, script: Path) -> list[str]:
        """What runs a script there; the environment is made on first use, with an error where that fails."""

    def version(self) -> str:
        """Name and version of the runtime in it."""


class Python(NamedTuple):
    """A virtual environment in which a package runs; without requirements the one we run in."""

    package: str
    requirements: tuple[str, ...] = ()

    def command(self, script: Path) -> list[str]:
        return [self._interpreter(), str(script)]

    def version(self) -> str:
        code = f"from importlib.metadata import version; print(version({self.package!r}))"
        told = subprocess.run([self._interpreter(), "-c", code], capture_output=True, text=True, check=True)
        return f"{self.package} {told.stdout.strip()}"

    def _interpreter(self) -> str:
        if not self.requirements:
            return sys.executable
        folder = jars.cache() / "bench" / self.package
        program = folder / "bin" / "python"
        if not (folder / "complete").exists():
            venv.create(folder, clear=True, with_pip=True)
            subprocess.run([program, "-m", "pip", "install", "--quiet", *self.requirements], check=True)
            (folder / "complete").touch()
        return str(program)


class Java(NamedTuple):
    """The jars that a POM names, Kafka's in the version of the broker; a script is compiled as it starts."""

    package: str
    pom: Path

    def command(self, script: Path) -> list[str]:
        jars.program("javac")  # some machines can run Java and not compile it
        return [jars.program("java"), *JVM, "-cp", jars.classpath(self.package, self.pom), str(script)]

    def version(self) -> str:
        told = subprocess.run([jars.program("java"), "--version"], capture_output=True, text=True, check=True)
        return f"{self.package} {jars.version()}, {' '.join(told.stdout.split()[:2])}"
