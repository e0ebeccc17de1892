"""Key material is fresh, long enough, private, never overwritten, and changed without losing what it made."""

import base64
from pathlib import Path

import pytest

from agents.errors import UsageError
from agents.secret import Secret, drop_secret, new_secret, read_secret, rotate_secret


@pytest.fixture
def file(tmp_path: Path) -> Path:
    new_secret(tmp_path / "secret")
    return tmp_path / "secret"


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


def test_a_change_adds_a_key_keeps_the_former_one_and_ends_when_that_is_dropped(file: Path) -> None:
    before = read_secret(file)
    rotate_secret(file)
    amid = read_secret(file)
    drop_secret(file)
    after = read_secret(file)

    assert (before.former, amid.former, after.former) == (b"", before.key, b"")
    assert before.key != amid.key == after.key
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert base64.b64encode(before.key) not in file.read_bytes()


def test_lots_are_drawn_with_the_same_key_through_all_changes(file: Path) -> None:
    drawn = {read_secret(file).draws}
    for change in (rotate_secret, drop_secret, rotate_secret, drop_secret):
        change(file)
        drawn.add(read_secret(file).draws)

    assert len(drawn) == 1
    assert drawn.isdisjoint({read_secret(file).key})


def test_a_change_amid_a_change_is_refused(file: Path) -> None:
    rotate_secret(file)
    held = file.read_bytes()

    with pytest.raises(UsageError, match="amid a change"):
        rotate_secret(file)
    assert file.read_bytes() == held


def test_there_must_be_a_former_key_to_drop(file: Path) -> None:
    with pytest.raises(UsageError, match="no former key"):
        drop_secret(file)


@pytest.mark.parametrize("held", ["", "no base64!\n", "c2hvcnQ=\n", "draws: c2hvcnQ=\n"])
def test_what_is_no_key_is_refused_and_never_quoted(tmp_path: Path, held: str) -> None:
    (tmp_path / "bad").write_text(held, encoding="utf-8")

    with pytest.raises(UsageError) as refused:
        read_secret(tmp_path / "bad")

    assert not held or held.rsplit(maxsplit=1)[-1] not in str(refused.value)


def test_three_keys_are_too_many(file: Path) -> None:
    file.write_bytes(file.read_bytes() * 3)

    with pytest.raises(UsageError, match="3 keys"):
        read_secret(file)


def test_keys_show_nowhere(file: Path) -> None:
    rotate_secret(file)
    secret = read_secret(file)

    for key in (secret.key, secret.former, secret.draws):
        for spelt in (repr(key), key.hex(), base64.b64encode(key).decode()):
            assert spelt not in f"{secret!r} {secret} {vars(Secret)}"
