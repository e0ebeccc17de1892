"""Child processes that never outlive us."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """In a new process: be killed when the parent ends, even by SIGKILL (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(command: Sequence[str], env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own (Ctrl-C is ours to pass on), writing to `log`."""
    with log.open("wb") as file:
        return subprocess.Popen(  # noqa: S603 - our own programs
            command,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, on purpose
        )


def end(process: subprocess.Popen[bytes], patience_s: float) -> int:
    """Ask a process to end, kill it when it does not, and return its exit code."""
    process.terminate()
    try:
        return process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
