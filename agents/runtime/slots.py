"""Numbered slots: a stable identity towards Kafka, held by one process of a machine at a time."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.runtime.exits import SlotInUseError


def runtime_dir() -> Path:
    """A folder of this user for files that mean nothing after a reboot."""
    base = os.environ.get("XDG_RUNTIME_DIR") or Path(tempfile.gettempdir()) / f"greenlane-{os.getuid()}"
    path = Path(base) / "greenlane"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def slot_name(namespace: str, slot: int) -> str:
    """The transactional id and the group instance of a slot.

    >>> slot_name("customs", 0)
    'customs-0'
    """
    return f"{namespace}-{slot}"


@contextmanager
def held(broker: str, namespace: str, slot: int) -> Iterator[None]:
    """Hold the slot while the block runs; the kernel lets go of it when the process ends, however it ends.

    Raises `SlotInUseError` when another process of this user holds it.
    """
    place = hashlib.sha256(f"{broker}\n{namespace}\n{slot}".encode()).hexdigest()[:16]
    with (runtime_dir() / f"slot-{place}.lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise SlotInUseError(
                f"slot {slot} of {namespace} is in use by process {file.read().strip() or 'unknown'} "
                "(start this worker with another --slot)"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
