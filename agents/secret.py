"""Key material on disk: one line of base64, readable by its owner only."""

import base64
import binascii
import os
import secrets
from pathlib import Path

from agents.errors import UsageError

SECRET_BYTES = 32


def new_secret(file: Path) -> None:
    """Write fresh key material to a file that must not exist. Raises `UsageError`."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{file} exists and is not overwritten: its pseudonyms would lose their link") from error
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as secret:
        secret.write(base64.b64encode(secrets.token_bytes(SECRET_BYTES)) + b"\n")


def read_secret(file: Path) -> bytes:
    """The key material in a file `new_secret` wrote. Raises `UsageError`, and never quotes what it read."""
    try:
        key = base64.b64decode(file.read_bytes().strip(), validate=True)
    except OSError as error:
        raise UsageError(f"cannot read GREENLANE_SECRET_FILE {file}: {error.strerror}") from error
    except binascii.Error as error:
        raise UsageError(f"{file} holds no base64 (make one with: greenlane secret new FILE)") from error
    if len(key) < SECRET_BYTES:
        raise UsageError(f"{file} holds {len(key)} bytes of key material, {SECRET_BYTES} are needed")
    return key
