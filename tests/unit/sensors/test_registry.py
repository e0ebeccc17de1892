"""Who keeps a device: a fold that answers for any moment, forgets nobody for another, and takes nothing malformed."""

from collections.abc import Iterable
from typing import Any

import pytest

from streams.sensors import registry
from streams.sensors.registry import Devices
from streams.state.changes import MAX_CHANGES
from streams.state.members import Place

SAID: dict[str, Any] = {"kind": "device", "deviceID": "D1", "publisher": "ACME", "registered": True}
CARGO = {"commodity": "frozen fish", "lowest_cel": -25, "highest_cel": -18.0, "excursion_s": 1_800, "defrost_s": 2_400}
WHOLE = SAID | {
    "deviceType": "SMART_CONTAINER",
    "share": {"until": "2026-12-01T00:00:00Z", "with": ["PORT"], "for": "handling of damage"},
    "permittedPlaces": ["NLRTM", "DEHAM"],
    "door": {"mayOpenAt": ["NLRTM"]},
    "cargo": CARGO,
    "expected_s": 600,
}
DECEMBER_MS = 1_796_083_200_000  # 2026-12-01T00:00:00Z


def device(device_id: str, **more: Any) -> dict[str, Any]:
    return SAID | {"deviceID": device_id} | more


def told(*records: Any, every_ms: int = 1_000) -> Devices:
    """A registry that was told one record each `every_ms` of engine time."""
    devices = Devices()
    assert taken(devices, records, every_ms) == [True] * len(records)
    return devices


def taken(devices: Devices, records: Iterable[Any], every_ms: int = 1_000) -> list[bool]:
    return [devices.fold(said, Place(n, n * every_ms, 0)) for n, said in enumerate(records)]


def contents(devices: Devices) -> dict[str, bytes]:
    return {name: part.encode() for name, part in devices.parts().items()}


def publisher(devices: Devices, *at: float) -> str | None:
    found = devices.of("D1", *at)
    return found.publisher if found else None


def test_a_registration_is_in_force_from_the_first_tick_after_it() -> None:
    devices = told(SAID, SAID | {"publisher": "BLUE"}, SAID | {"registered": False})

    at_ticks = [publisher(devices, now_ms) for now_ms in (0, 1, 1_000, 1_001, 2_000, 2_001)]

    assert at_ticks == [None, "ACME", "ACME", "BLUE", "BLUE", None]
    assert publisher(devices) is None


def test_what_a_device_was_at_a_tick_does_not_depend_on_what_was_said_later() -> None:
    records = [SAID | {"publisher": f"P{n}"} for n in range(MAX_CHANGES)]
    then = [publisher(told(*records[: n + 1]), n * 1_000 + 1) for n in range(MAX_CHANGES)]

    assert [publisher(told(*records), n * 1_000 + 1) for n in range(MAX_CHANGES)] == then


def test_what_a_registration_does_not_repeat_is_gone() -> None:
    found = told(WHOLE, SAID).of("D1")

    assert found
    assert found.said == SAID


def test_alerts_are_shared_for_what_happened_before_the_scope_ends() -> None:
    found = told(WHOLE).of("D1")

    assert found
    assert found.readers(DECEMBER_MS - 1) == ["ACME", "PORT"]
    assert found.readers(DECEMBER_MS) == ["ACME"]


@pytest.mark.parametrize(
    "malformed",
    [
        {"kind": "device"},
        SAID | {"deviceID": ""},
        SAID | {"deviceID": "x" * 257},
        SAID | {"publisher": "Example Visibility BV"},
        SAID | {"registered": "yes"},
        SAID | {"deviceType": "TOASTER"},
        SAID | {"share": {"with": ["PORT"], "for": "damage"}},
        SAID | {"share": {"with": [], "for": "damage", "until": "2026-12-01T00:00:00Z"}},
        SAID | {"share": {"with": ["PORT"], "for": "damage", "until": "soon"}},
        SAID | {"permittedPlaces": ["Rotterdam"]},
        SAID | {"cargo": CARGO | {"lowest_cel": 5.0}},
        SAID | {"cargo": CARGO | {"highest_cel": float("inf")}},
        SAID | {"expected_s": 0},
    ],
)
def test_what_is_malformed_changes_nothing(malformed: Any) -> None:
    devices = told(WHOLE)

    assert not devices.fold(malformed, Place(9, 9_000, 0))
    assert contents(devices) == contents(told(WHOLE))


def test_fields_of_a_later_version_are_passed_over() -> None:
    assert publisher(told(SAID | {"firmware": "9.1"})) == "ACME"


def test_nobody_is_forgotten_for_another_except_who_was_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MAX_DEVICES", 3)
    devices = told(*map(device, ("A", "B", "C")))
    assert not devices.fold(device("D"), Place(3, 3_000, 0))

    withdrawn = [device(name, registered=False) for name in ("B", "A")]
    assert taken(devices, [*withdrawn, device("D"), device("A"), device("E")]) == [True, True, True, True, False]

    assert sorted(found.said["deviceID"] for found in devices) == ["A", "C", "D"]
    assert devices.sizes() == {"devices": 3}


def test_withdrawing_whom_nobody_registered_is_ignored() -> None:
    assert not Devices().fold(device("D1", registered=False), Place(0, 0, 0))


def test_what_was_saved_is_loaded_bit_for_bit_and_goes_on_alike() -> None:
    saved = told(*(device(f"D{n}", publisher=f"P{n % 7}") for n in range(500)), WHOLE, device("D3", registered=False))
    loaded = told(device("GONE"))
    loaded.load(contents(saved))
    assert contents(loaded) == contents(saved)

    for devices in (saved, loaded):
        assert devices.fold(device("D4", publisher="NEW"), Place(600, 600_000, 0))

    assert contents(loaded) == contents(saved)
    assert len(loaded) == len(saved) == 500
    assert loaded.publishers == saved.publishers == {*(f"P{n}" for n in range(7)), "ACME", "PORT", "NEW"}


def test_a_change_writes_one_bucket_of_a_snapshot_anew() -> None:
    devices = told(*(device(f"D{n}") for n in range(2_000)))
    before = {name: part.version for name, part in devices.parts().items()}
    devices.fold(device("D7", publisher="NEW"), Place(2_000, 0, 0))

    changed = [name for name, part in devices.parts().items() if before[name] != part.version]

    assert len(changed) == 2
    assert "devices" in changed, "the head, which names all publishers"


@pytest.mark.parametrize(
    "saved", [{}, {"devices": b"[0,[],[]]"}, {"devices": b"[1,[],[]]", "devices-00": b"[[[0,7]]]"}]
)
def test_a_malformed_save_is_an_error_that_the_fold_takes_for_one(saved: dict[str, bytes]) -> None:
    devices = told(WHOLE)

    with pytest.raises((ValueError, KeyError)):
        devices.load(saved)

    assert contents(devices) == contents(told(WHOLE))


def test_a_device_that_is_a_pseudonym_in_readings_cannot_be_registered() -> None:
    said = {"kind": "device", "deviceID": "Erika Mustermann", "publisher": "ACME", "registered": True}
    assert registry.registered(said) is None
    assert registry.registered(said | {"deviceID": "urn:epc:id:giai:4000001.111"}) is not None
