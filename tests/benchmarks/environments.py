"""Competitors live in environments of their own: they pin other clients than we do."""

import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = {
    "quix": ("quixstreams==3.28.*", "orjson"),
    "bytewax": ("bytewax[kafka]==0.21.*", "orjson"),
}
PACKAGES = ("quixstreams", "bytewax", "faust-streaming", "confluent-kafka", "aiokafka", "orjson")


def python(name: str | None) -> Path:
    """The interpreter of an environment, made on first use; None is the one we run in."""
    if name is None:
        return Path(sys.executable)
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "greenlane" / "bench" / name
    program = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([program, "-m", "pip", "install", "--quiet", *REQUIREMENTS[name]], check=True)
        (folder / "complete").touch()
    return program


def versions(name: str | None) -> dict[str, str]:
    """What is installed there of the packages that matter."""
    code = (
        "from importlib.metadata import distributions\n"
        "for found in distributions(): print(found.metadata['Name'].lower(), found.version)"
    )
    lines = subprocess.run([python(name), "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    return {package: version for package, version in map(str.split, lines) if package in PACKAGES}
