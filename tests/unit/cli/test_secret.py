"""Key material is fresh, long enough, private, and never overwritten."""

import base64
from pathlib import Path

import pytest

from agents.errors import UsageError
from agents.secret import new_secret


def test_key_material_is_a_private_line_of_32_random_bytes(tmp_path: Path) -> None:
    new_secret(tmp_path / "a")
    new_secret(tmp_path / "b")

    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode((tmp_path / "a").read_bytes())) == 32
    assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("precious", encoding="utf-8")

    with pytest.raises(UsageError, match="not overwritten"):
        new_secret(tmp_path / "a")

    assert (tmp_path / "a").read_text(encoding="utf-8") == "precious"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot write .*absent/a"):
        new_secret(tmp_path / "absent" / "a")
