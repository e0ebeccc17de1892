"""Key material on disk: one line of base64, readable by its owner only."""

import base64
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
