"""Key material on disk, a line of base64 each, readable by its owner only; a second key while one takes over.

<key>               what pseudonyms and digests are made with
<former key>        between `rotate` and `drop`: names what it always named, and recognises what it has seen
draws: <key>        from the first `rotate` on: what lots are drawn with, for good
"""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from agents.errors import UsageError
from streams.decisions.lanes import draw_key

SECRET_BYTES = 32
DRAWS = b"draws:"


@dataclass(frozen=True, repr=False)
class Secret:
    """The keys of an engine; they show in no log. `former` is empty unless a change is under way.

    `draws` follows from the first key there was and outlives it: a lot once drawn stays drawn, also when a restart
    folds the log again. Nothing else can be learnt from it.
    """

    key: bytes
    former: bytes
    draws: bytes

    @classmethod
    def of(cls, key: bytes, former: bytes = b"", draws: bytes = b"") -> "Secret":
        """
        >>> Secret.of(b"new", b"old").draws == Secret.of(b"old").draws
        True
        """
        return cls(key, former, draws or draw_key(former or key))


def new_secret(file: Path) -> None:
    """Write fresh key material to a file that must not exist. Raises `UsageError`."""
    try:
        _write(file, [secrets.token_bytes(SECRET_BYTES)])
    except FileExistsError as error:
        raise UsageError(f"{file} exists and is not overwritten: its pseudonyms would lose their link") from error


def rotate_secret(file: Path) -> None:
    """Put a fresh key before the one in `file`, which stays valid. Raises `UsageError`, also amid another change."""
    secret = read_secret(file)
    if secret.former:
        raise UsageError(f"{file} is amid a change already (end it with: greenlane secret drop {file})")
    _replace(file, [secrets.token_bytes(SECRET_BYTES), secret.key], secret.draws)


def drop_secret(file: Path) -> None:
    """Take the former key out of `file`. Raises `UsageError` when there is none."""
    secret = read_secret(file)
    if not secret.former:
        raise UsageError(f"{file} holds no former key (begin a change with: greenlane secret rotate {file})")
    _replace(file, [secret.key], secret.draws)


def read_secret(file: Path) -> Secret:
    """The key material in a file `new_secret` wrote. Raises `UsageError`, and never quotes what it read."""
    try:
        lines = [line.strip() for line in file.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise UsageError(f"cannot read GREENLANE_SECRET_FILE {file}: {error.strerror}") from error
    keys = [_key(line, file) for line in lines if not line.startswith(DRAWS)]
    draws = [_key(line.removeprefix(DRAWS).strip(), file) for line in lines if line.startswith(DRAWS)]
    if not 1 <= len(keys) <= 2 or len(draws) > 1:
        raise UsageError(f"{file} holds {len(keys)} keys, one or two are needed")
    return Secret.of(*keys, **({"draws": draws[0]} if draws else {}))


def _key(line: bytes, file: Path) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise UsageError(f"{file} holds no base64 (make one with: greenlane secret new FILE)") from error
    if len(key) < SECRET_BYTES:
        raise UsageError(f"{file} holds {len(key)} bytes of key material, {SECRET_BYTES} are needed")
    return key


def _replace(file: Path, keys: list[bytes], draws: bytes) -> None:
    """All of it or nothing: a reader sees the file as it was or as it will be."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    _write(beside, keys, draws)
    beside.replace(file)


def _write(file: Path, keys: list[bytes], draws: bytes = b"") -> None:
    lines = [*map(base64.b64encode, keys), *([DRAWS + b" " + base64.b64encode(draws)] if draws else [])]
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as secret:
        secret.writelines(line + b"\n" for line in lines)
        secret.flush()
        os.fsync(secret.fileno())
