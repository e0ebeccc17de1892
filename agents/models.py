"""Who decides, and who would: read from and appended to the control log."""

from typing import Any

from agents.control_log import ControlTopic
from agents.errors import UsageError
from agents.reading import committed
from agents.worker import fold
from config.settings import Settings
from streams.control import Control
from streams.log import LogRecord

LONGEST = 256  # characters of a reason


def folded(settings: Settings) -> Control:
    """The fold of all that stands in the control log now; ticks are left out, for they teach nothing.

    Takes as long as learning took: some tenths of a millisecond an example. Raises `UsageError`, `UnreachableError`.
    """
    control = fold(settings)
    for message in committed(*ControlTopic.of(settings)):
        if (value := message.value()) != b'{"kind":"tick"}':
            _, at_ms = message.timestamp()
            control.fold(LogRecord(0, message.offset(), at_ms, message.key(), value))
    return control


def promote(settings: Settings, name: str, *, by: str, why: str) -> str:
    """Let `name` decide from now on; the name of the model that decided. Raises `UsageError`, `UnreachableError`."""
    contest = folded(settings).lessons.contest
    if name == contest.champion:
        raise UsageError(f"{name} decides already")
    if name not in contest.models:
        raise UsageError(f"{name} has learnt nothing here: name it in learning.challengers (see: greenlane model show)")
    _say(settings, {"kind": "promotion", "model": name, "by": by, "why": why})
    return contest.champion


def roll_back(settings: Settings, *, by: str, why: str) -> tuple[str, str]:
    """Let the model decide that did before; the names of the one that did and of the one that will."""
    contest = folded(settings).lessons.contest
    before = contest.champion
    if not contest.roll_back():
        raise UsageError(f"{before} has decided from the beginning: there is nothing to go back to")
    _say(settings, {"kind": "promotion", "rollback": True, "by": by, "why": why})
    return before, contest.champion


def release(settings: Settings, office: str, *, learn: bool, by: str, why: str) -> int:
    """Believe an office again, and learn what was held back of it or drop it; how many examples that was."""
    lessons = folded(settings).lessons
    held = lessons.held_of(office)
    if not held and not lessons.doubted(office):
        raise UsageError(f"nothing of {office} is held back (see: greenlane model held)")
    _say(settings, {"kind": "release", "office": office, "learn": learn, "by": by, "why": why})
    return len(held)


def _say(settings: Settings, told: dict[str, Any]) -> None:
    for name in ("by", "why"):
        if not 0 < len(told[name]) <= LONGEST:
            raise UsageError(f"--{name} needs 1 to {LONGEST} characters")
    ControlTopic.of(settings).require().append(told["kind"], told)
