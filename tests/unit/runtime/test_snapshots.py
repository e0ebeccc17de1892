"""What is written of a state, in which order, and what is not believed of it."""

import pytest

from agents.runtime.positions import Acted
from agents.runtime.snapshots import CHUNK_BYTES, Manifest, Part, Shelf, Start, UnusableError, Writer

BIG, SMALL = bytes(2 * CHUNK_BYTES), b"small"


class State:
    """Says what it is told to say."""

    def __init__(self, **changed: bytes | None) -> None:
        self.changed: dict[str, bytes | None] = changed
        self.loaded: dict[str, bytes] = {}

    def save(self) -> dict[str, bytes | None]:
        return self.changed

    def load(self, parts: dict[str, bytes]) -> None:
        self.loaded = dict(parts)


def writer(state: State) -> Writer:
    return Writer("risk", 3, state, {}, set())


def written(writer: Writer, position: int = 7) -> list[tuple[bytes | None, bytes | None]]:
    writer.begin(Start(position, 1, 2), Acted(5, 500))
    return [(output.key, output.value) for output in writer.left]


def shelf(*records: tuple[bytes | None, bytes | None]) -> Shelf:
    found = Shelf()
    for key, value in records:
        found.put(key or b"", value)
    return found


def test_chunks_come_first_then_the_manifest_then_what_it_no_longer_names() -> None:
    state = State(items=BIG, head=SMALL)
    saving = writer(state)
    first = written(saving)
    state.changed = {"items": SMALL, "head": None}

    second = written(saving)

    assert [value for _, value in first[:3]] == [BIG[:CHUNK_BYTES], BIG[CHUNK_BYTES:], SMALL]
    assert first[3] == (b"risk", Manifest.read(first[3][1]).write())
    assert [key for key, _ in second[1:2]] == [b"risk"]
    assert dict(second[2:]) == dict.fromkeys(key for key, _ in first[:3])


def test_what_did_not_change_is_not_written_again_and_stays_named() -> None:
    state = State(items=BIG, head=SMALL)
    saving = writer(state)
    before = written(saving)
    state.changed = {"head": b"other"}

    records = written(saving, 9)

    assert len(records) == 3  # the new head, the manifest, the end of the old head
    found = shelf(*before, *records)
    assert found.take("risk", Manifest.read(found.manifest)) == {"items": BIG, "head": b"other"}


def test_a_snapshot_cut_off_before_its_manifest_leaves_the_one_before_whole() -> None:
    state = State(items=BIG)
    saving = writer(state)
    before = written(saving)
    state.changed = {"items": SMALL}

    found = shelf(*before, *written(saving, 9)[:1])

    assert found.take("risk", Manifest.read(found.manifest)) == {"items": BIG}


def test_a_writer_that_loaded_goes_on_from_there_and_takes_orphans_away() -> None:
    before = shelf(*written(writer(State(items=BIG))), (b"risk/items/orphan/0", b"x"))
    state = State()
    saving = Writer("risk", 3, state, {}, set(before.keys))

    saving.load(before, Manifest.read(before.manifest))
    records = written(saving, 9)

    assert state.loaded == {"items": BIG}
    assert records[1:] == [(b"risk/items/orphan/0", None)]
    assert Manifest.read(records[0][1]).parts == {"items": Part.of(BIG)}


def test_a_manifest_never_names_what_does_not_stand_in_the_log() -> None:
    saving = Writer("risk", 3, State(), {"items": Part.of(BIG)}, set())

    with pytest.raises(UnusableError, match="neither written nor to be written"):
        written(saving)


def test_a_part_that_lacks_a_chunk_or_is_another_is_not_believed() -> None:
    records = written(writer(State(items=BIG)))
    manifest = Manifest.read(records[-1][1])

    with pytest.raises(UnusableError, match="a chunk of part items is missing"):
        shelf(*records, (records[1][0], None)).take("risk", manifest)
    with pytest.raises(UnusableError, match="part items is not what its digest says"):
        shelf(*records, (records[1][0], b"x")).take("risk", manifest)


@pytest.mark.parametrize("value", [None, b"", b"[]", b"{}", b'{"version":2}', b'{"version":1,"parts":{"a":1}}'])
def test_what_is_no_manifest_of_this_version_is_not_believed(value: bytes | None) -> None:
    with pytest.raises(UnusableError):
        Manifest.read(value)
