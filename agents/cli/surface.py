"""Where the program meets a person: whatever goes wrong inside comes out as one line and an exit code."""

import os
import sys
import tomllib
import traceback
from typing import TYPE_CHECKING

from agents.errors import GreenlaneError, UsageError

if TYPE_CHECKING:
    from config.settings import Settings

INTERNAL = 70


def main() -> None:
    """Run the command line. Exit codes: 0 fine, 2 usage, 65 bad data, 69 no broker, 70 internal error."""
    from agents.cli.app import app

    try:
        app(prog_name="greenlane")
    except SystemExit as end:
        sys.exit(0 if reader_left(end) else end.code)
    except GreenlaneError as error:
        sys.exit(fail(str(error), error.exit_code))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user
        sys.exit(fail(f"internal error: {type(error).__name__}{where(error)}{hint()}", INTERNAL))


def reader_left(end: SystemExit) -> bool:
    """Whether whoever reads our output had enough of it (`| head -1`): that is no error."""
    try:
        sys.stdout.flush()
        left = isinstance(end.__context__, BrokenPipeError)
    except BrokenPipeError:
        left = True
    if left:  # what is still buffered has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return left


def fail(sentence: str, code: int) -> int:
    """Say what is wrong in one line on stderr; all of it with `GREENLANE_DEBUG=1`."""
    if os.environ.get("GREENLANE_DEBUG"):
        traceback.print_exc()
    sys.stderr.write(f"greenlane: {' '.join(sentence.split())}\n")
    return code


def where(error: BaseException) -> str:
    """The place of a bug. Its message stays inside: it may quote a record, and records hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" in {os.path.relpath(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""


def hint() -> str:
    return "" if os.environ.get("GREENLANE_DEBUG") else " (GREENLANE_DEBUG=1 shows the details)"


def settings() -> "Settings":
    """The settings, or one line that names the one that is wrong."""
    from pydantic import ValidationError

    from config.settings import load

    file = os.environ.get("GREENLANE_CONFIG")
    if file and not os.path.isfile(file):  # noqa: PTH113 - a string from outside, used once
        raise UsageError(f"GREENLANE_CONFIG names {file}, which is not a file")
    try:
        return load()
    except ValidationError as error:
        first = error.errors()[0]
        what = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"setting {'.'.join(map(str, first['loc']))}: {what}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is not TOML: {error}") from error
