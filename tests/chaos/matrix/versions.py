"""The engine as it was before, for rolling restarts: `GREENLANE_CHAOS_FORMER`, the newest tag, or some changes ago."""

import io
import os
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
ENGINE = ("agents", "streams", "config")
CHANGES_AGO = 10


def former_version(folder: Path) -> Path:
    """Unpack it; where it is."""
    packed = _git("archive", _former_name(), *ENGINE)
    where = folder / "former"
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(where, filter="data")
    return where


def no_former_version() -> str:
    """Why there is none; empty when there is."""
    try:
        return "" if _former_name() else "this checkout has no history to take a former version from"
    except (OSError, subprocess.CalledProcessError):
        return "this is no git checkout, so there is no former version"


def _former_name() -> str:
    if named := os.environ.get("GREENLANE_CHAOS_FORMER"):
        return named
    if tags := _git("tag", "--sort=-creatordate", "--merged").split():
        return tags[0].decode()
    return _git("rev-list", "-n", "1", f"--skip={CHANGES_AGO}", "HEAD", "--", *ENGINE).decode().strip()


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True).stdout
