"""Numbered slots: a stable identity towards Kafka, held by one process of a machine at a time."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.runtime.exits import SlotInUseError
from agents.runtime.station import Station


def runtime_dir() -> Path:
    """A folder of this user for files that mean nothing after a reboot."""
    base = os.environ.get("XDG_RUNTIME_DIR") or Path(tempfile.gettempdir()) / f"greenlane-{os.getuid()}"
    path = Path(base) / "greenlane"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@contextmanager
def held(station: Station) -> Iterator[None]:
    """Hold the slot while the block runs; the kernel lets go of it when the process ends, however it ends.

    Raises `SlotInUseError` when another process of this user holds it.
    """
    place = hashlib.sha256(f"{station.settings.broker}\n{station.instance}".encode()).hexdigest()[:16]
    with (runtime_dir() / f"slot-{place}.lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise SlotInUseError(
                f"slot {station.slot} of {station.settings.namespace} is in use by process {holder} "
                "(start this worker with another --slot)"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
