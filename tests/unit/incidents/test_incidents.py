"""The fold of incidents: what is understood, what is found again, and what is forgotten."""

from typing import Any

import pytest

from streams.incidents import Incidents, IncidentSettings
from streams.incidents.member import MOST_OF_ONE, PAGE
from streams.state.members import Place
from tests.incident_cases import CONTAINER, DOOR, cleared, raised

HERE = f"equipment/{CONTAINER}"


def folded(*told: dict[str, Any], every_ms: int = 1_000, **settings: Any) -> Incidents:
    """What these add up to, each at an offset and a time of its own."""
    incidents = Incidents(IncidentSettings(**settings))
    for offset, said in enumerate(told):
        incidents.fold(said, Place(offset, offset * every_ms, offset))
    return incidents


def ids(found: Any) -> list[str]:
    return [incident.incident_id for incident in found]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"state": "OVER"},
        {"lane": "GREEN"},
        {"weight": 7.0},
        {"weight": float("nan")},
        {"weight": "3"},
        {"links": {}},
        {"links": {"itemIds": []}},
        {"links": {"itemIds": [{"itemIdType": "PASSPORT", "itemId": "A1"}]}},
        {"links": {"itemIds": [{"itemId": "A1"}] * 1_001}},
        {"reason": {"code": "SEAL_OPENED", "source": "SENSOR"}},
        {"reason": {"code": "SEAL_OPENED", "source": "HEARSAY", "text": "t"}},
        {"eventTimeMs": -1},
        {"incidentId": ""},
        {"by": "Jane Doe"},
        {"severity": "INFO"},
    ],
)
def test_a_malformed_incident_changes_nothing_and_is_told_as_ignored(spoilt: dict[str, Any]) -> None:
    incidents = Incidents()

    assert not incidents.fold(raised() | spoilt, Place(0, 0, 0))
    assert not incidents.fold(cleared("inc-unknown"), Place(1, 0, 0))
    assert (len(incidents), list(incidents.of(HERE, 9))) == (0, [])


def test_fields_of_a_later_version_are_passed_over() -> None:
    assert len(folded(raised() | {"colour": "blue"})) == 1


def test_an_incident_on_equipment_that_no_parcel_names_is_kept_until_one_does() -> None:
    incidents = folded(raised("inc-1"), *(raised(f"inc-{n}", receptacleId="R") for n in range(2, 50)))

    assert ids(incidents.of(HERE, 1_000)) == ["inc-1"]


def test_what_was_known_at_a_position_stays_known_as_of_it() -> None:
    incidents = folded(raised("inc-1"), raised("inc-2", reason=DOOR), cleared("inc-1"))

    assert [ids(incidents.of(HERE, at)) for at in range(4)] == [[], ["inc-1"], ["inc-1", "inc-2"], ["inc-2"]]


def test_an_incident_can_begin_again_after_it_was_over() -> None:
    incidents = folded(raised(), cleared(), raised())

    assert [len(ids(incidents.of(HERE, at))) for at in range(1, 4)] == [1, 0, 1]
    assert len(list(incidents)) == 1


def test_each_stretch_of_time_has_its_own_and_together_they_have_all() -> None:
    incidents = folded(*(raised(f"inc-{n}") for n in range(10)))

    assert ids(incidents.newly(0, 3_000)) == ["inc-0", "inc-1", "inc-2"]
    assert ids(incidents.newly(3_000, 99_000)) == [f"inc-{n}" for n in range(3, 10)]
    assert ids(incidents.newly(99_000, 100_000)) == []


@pytest.mark.parametrize("bound", [{"max_incidents": 20}, {"max_links": 20}, {"keep_s": 4.0}])
def test_the_oldest_leave_whichever_bound_is_reached(bound: dict[str, Any]) -> None:
    incidents = folded(*(raised(f"inc-{n}") for n in range(300)), safe_s=1.0, **bound)

    assert incidents.sizes() == {"incidents": 5, "incident links": 5}
    assert ids(incidents.of(HERE, 1_000)) == [f"inc-{n}" for n in range(295, 300)]
    assert ids(incidents.newly(0, 999_000)) == [f"inc-{n}" for n in range(295, 300)]
    assert incidents.figures() == {("open_incidents", "YELLOW"): 0.0, ("open_incidents", "RED"): 5.0}
    loaded = Incidents()
    loaded.load({name: part.encode() for name, part in incidents.parts().items()})
    assert list(loaded) == list(incidents)


def test_one_incident_beyond_all_bounds_is_forgotten_at_once() -> None:
    incidents = folded(raised(itemIds=[{"itemId": f"A{n}"} for n in range(10)]), max_links=5)

    assert incidents.sizes() == {"incidents": 0, "incident links": 0}


def test_an_item_whose_type_is_not_said_takes_one_link() -> None:
    assert folded(raised(itemIds=[{"itemId": "A1"}, {"itemId": "A2"}])).sizes()["incident links"] == 2


def test_a_flood_of_one_source_is_ignored_and_displaces_nothing_of_a_day() -> None:
    incidents = folded(*(raised(f"inc-{n}") for n in range(5)), max_incidents=20)

    assert not incidents.fold(raised("inc-more"), Place(9, 86_400_000, 9))
    assert ids(incidents.of(HERE, 1_000)) == [f"inc-{n}" for n in range(5)]
    assert incidents.fold(raised("inc-other") | {"origin": "SEALNET"}, Place(10, 86_400_000, 10))
    assert incidents.fold(raised("inc-officer") | {"by": "risk-unit"}, Place(11, 86_400_000, 11))
    assert incidents.fold(raised("inc-next-day"), Place(12, 86_400_001, 12))
    assert ids(incidents.of(HERE, 1_000))[0] == "inc-1", "the oldest of this source, no other"


def test_agents_together_leave_officers_all_their_room_and_the_one_with_most_gives_way() -> None:
    day_ms, incidents = 86_400_000, Incidents(IncidentSettings(max_incidents=16))
    assert incidents.fold(raised("inc-officer") | {"by": "risk-unit"}, Place(0, 0, 0))
    for number in range(8):
        origin = "ABCDEEEF"[number] if number < 7 else "F"
        incidents.fold(raised(f"inc-{number}") | {"origin": origin}, Place(1 + number, 1_000 * number, 0))
    for number in range(8, 12):
        late = Place(1 + number, 3 * day_ms + number, 0)
        assert incidents.fold(raised(f"inc-{number}") | {"origin": f"G{number}"}, late)

    kept = ids(incidents.of(HERE, 1_000))
    assert kept[0] == "inc-officer"
    assert len(kept) == 1 + 8
    assert "inc-4" not in kept, "E had two"
    assert kept[-4:] == [f"inc-{number}" for number in range(8, 12)]


def test_names_that_anybody_may_invent_take_no_room_from_registered_devices_nor_from_patterns() -> None:
    incidents = Incidents(IncidentSettings(max_incidents=40))
    flood = [raised(f"inc-{n}") | {"origin": f"N{n // 10}"} for n in range(200)]
    assert sum(incidents.fold(said, Place(n, n, 0)) for n, said in enumerate(flood)) == 20
    kept = [raised(f"inc-{name}") | {"origin": "N1", "registered": True} for name in "abcde"]
    kept += [raised(f"inc-{name}", reason={**DOOR, "source": "PATTERN"}) for name in "fghij"]

    assert all(incidents.fold(said, Place(300 + n, 300 + n, 0)) for n, said in enumerate(kept))
    loaded = Incidents(IncidentSettings(max_incidents=40))
    loaded.load({name: part.encode() for name, part in incidents.parts().items()})
    assert [loaded.fold(kept[0], Place(999, 999, 0)), incidents.fold(kept[0], Place(999, 999, 0))] == [True, True]
    assert list(loaded) == list(incidents)


def test_rings_in_the_name_of_a_caretaker_do_not_hide_what_its_registered_device_told_of_a_container() -> None:
    seal = raised("inc-seal") | {"origin": "ACME", "registered": True}
    rings = [raised(f"inc-{n}", "YELLOW") | {"origin": "ACME"} for n in range(3 * MOST_OF_ONE)]

    assert ids(folded(seal, *rings).of(HERE, 10_000))[0] == "inc-seal"


def test_what_leaves_from_the_middle_leaves_snapshots_and_stretches_of_time_whole() -> None:
    told = [raised(f"inc-{n}") | ({"by": "risk-unit"} if n % 3 else {}) for n in range(2 * PAGE)]
    incidents = folded(*told, max_incidents=PAGE, safe_s=1.0)
    loaded = Incidents(IncidentSettings(max_incidents=PAGE, safe_s=1.0))
    parts = {name: part.encode() for name, part in incidents.parts().items()}
    loaded.load(parts)

    by_officers = [f"inc-{n}" for n in range(2 * PAGE) if n % 3]
    kept = ids(incidents.newly(0, 10**9))
    assert [one for one in kept if one in by_officers] == by_officers[-PAGE:]
    assert len(kept) == PAGE + PAGE // 4
    assert ids(loaded.newly(0, 10**9)) == kept
    assert {name: part.encode() for name, part in loaded.parts().items()} == parts
    for one in (incidents, loaded):
        one.fold(raised("inc-next"), Place(10**6, 10**6, 0))
    assert list(incidents) == list(loaded)
    assert incidents.sizes() == loaded.sizes()


def test_who_rings_for_ever_hides_from_filings_nothing_that_others_say() -> None:
    officers = raised("inc-officer") | {"by": "risk-unit"}
    incidents = folded(officers, *(raised(f"inc-{n}") for n in range(MOST_OF_ONE + 50)))

    assert ids(incidents.of(HERE, 1_000))[0] == "inc-officer"
    assert len(ids(incidents.of(HERE, 1_000))) == MOST_OF_ONE + 1


def test_who_rings_for_ever_does_not_slow_down_all_filings_into_a_container() -> None:
    incidents = folded(*(raised(f"inc-{n}") for n in range(MOST_OF_ONE + 50)))

    assert len(ids(incidents.of(HERE, 1_000))) == MOST_OF_ONE
    assert len(incidents) == MOST_OF_ONE + 50


def test_an_incident_changes_one_part_of_what_is_saved() -> None:
    incidents = folded(*(raised(f"inc-{n}") for n in range(2 * PAGE)))
    before = {name: part.version for name, part in incidents.parts().items()}
    incidents.fold(cleared("inc-3"), Place(9_999, 0, 0))

    assert [name for name, part in incidents.parts().items() if part.version != before[name]] == ["incidents-0"]


def test_of_sources_that_fill_their_shares_alike_the_same_makes_room_after_a_restart() -> None:
    """The one whose oldest incident is the eldest, though both rooms are as full."""
    order = ["S1", "S2", "S1", "S1", "S1", "S1", "S2", "S2", "S2"]
    told = [
        raised(f"inc-{number}", equipmentReference=f"MSKU{number:07d}") | {"origin": source, "registered": True}
        for number, source in enumerate([*order, "S3"])
    ]
    lived = folded(*told[:-1], max_incidents=16, safe_s=1.0, every_ms=10_000)
    loaded = Incidents(IncidentSettings(max_incidents=16, safe_s=1.0))
    loaded.load({name: part.encode() for name, part in lived.parts().items()})
    for incidents in (lived, loaded):
        incidents.fold(told[-1], Place(100, 1_000_000, 100))

    parts = [{name: part.encode() for name, part in incidents.parts().items()} for incidents in (lived, loaded)]
    assert parts[0] == parts[1]
    assert len(lived) == 8, "half of all room is theirs"
