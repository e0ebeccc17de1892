"""Invented people and addresses. No list is long enough, and no name real enough, to meet anybody."""

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple, Protocol

_FIRST = (
    "Alva",
    "Brisa",
    "Corvin",
    "Dunja",
    "Edo",
    "Fenna",
    "Gerlo",
    "Hilke",
    "Ivo",
    "Jorin",
    "Kaja",
    "Levke",
    "Milo",
    "Nuria",
)
LAST = (
    "Achterwold",
    "Brennmoor",
    "Dunkelsieck",
    "Eschenlohr",
    "Fahrenhoop",
    "Grootveen",
    "Hollerstedt",
    "Immenrode",
    "Krummbach",
    "Lindquell",
    "Moorkamp",
    "Nebelthau",
    "Ottervang",
    "Pfeilstern",
    "Quillhorst",
    "Ravensloh",
    "Steinquast",
    "Tannhoff",
    "Uhlenbrook",
    "Wiesengrund",
)
_STREETS = tuple(
    f"{stem}{end}"
    for stem in (
        "Muster",
        "Beispiel",
        "Probe",
        "Modell",
        "Schema",
        "Versuchs",
        "Exempel",
        "Vorlagen",
        "Skizzen",
        "Entwurfs",
    )
    for end in ("weg", "allee", "strasse", "gasse", "platz", "ufer", "steig", "damm", "ring", "hof", "zeile", "winkel")
)
_TRADE = (
    "Bright",
    "Lucky",
    "Golden",
    "Rapid",
    "Silver",
    "Harbour",
    "Lotus",
    "Summit",
    "Pearl",
    "North",
    "Velvet",
    "Cedar",
)
_LINE = ("Trading", "Export", "Supply", "Digital", "Fashion", "Home", "Outlet", "Works", "Direct", "Mart")
SCATTER = 7_919  # a prime: neighbours by number live in different streets


class Town(NamedTuple):
    city: str
    postcode: str
    country: str


DESTINATIONS = {  # customs office -> towns it serves
    "DE004851": (Town("Frankfurt am Main", "60311", "DE"), Town("Mainz", "55116", "DE"), Town("Kassel", "34117", "DE")),
    "NL000854": (Town("Rotterdam", "3011 AD", "NL"), Town("Utrecht", "3511 CE", "NL")),
    "FR003460": (Town("Lyon", "69001", "FR"), Town("Dijon", "21000", "FR")),
}
ORIGINS = {
    "CN": Town("Shanghai", "200120", "CN"),
    "HK": Town("Hong Kong", "999077", "HK"),
    "TR": Town("Istanbul", "34000", "TR"),
    "US": Town("Newark", "07102", "US"),
    "GB": Town("London", "E1 6AN", "GB"),
    "IN": Town("Mumbai", "400001", "IN"),
}


def address(line: str, town: Town) -> dict[str, Any]:
    return {"lines": [line], "city": town.city, "postcode": town.postcode, "country": town.country}


def street(rng: Random) -> str:
    return f"{rng.choice(_STREETS)} {rng.randrange(1, 200)}"


def person(rng: Random, at: dict[str, Any]) -> dict[str, Any]:
    """A natural person as a party of a manifest; some give a telephone number or an address for mail."""
    first, last = rng.choice(_FIRST), rng.choice(LAST)
    party: dict[str, Any] = {"name": f"{first} {last}", "typeOfPerson": "1", "address": at}
    if rng.random() < 0.4:
        party["phone"] = f"+49 000 {rng.randrange(10**6):06d}"
    if rng.random() < 0.4:
        party["email"] = f"{first}.{last}@mail.example".lower()
    return party


def firm(rng: Random, town: Town) -> dict[str, Any]:
    name = f"{rng.choice(_TRADE)} {rng.choice(_LINE)} {rng.randrange(10, 99)} Ltd"
    return {"name": name, "typeOfPerson": "2", "address": address(f"{rng.randrange(1, 400)} Example Road", town)}


class People(Protocol):
    """Who orders things."""

    def draw(self, rng: Random) -> dict[str, Any]:
        """Anybody."""


class Crowd:
    """`size` people who order things. Each follows from a number, so none has to be kept.

    Two and two live together; of a million, some seven such households share a house.

    >>> people = Crowd("7/DE004851", DESTINATIONS["DE004851"], 1_000)
    >>> people.person(12) == people.person(12), people.person(12)["address"] == people.person(13)["address"]
    (True, True)
    """

    def __init__(self, seed: str, towns: Sequence[Town], size: int) -> None:
        self._seed, self._towns, self._size = seed, towns, size

    def draw(self, rng: Random) -> dict[str, Any]:
        """Anybody."""
        return self.person(rng.randrange(self._size))

    def person(self, number: int) -> dict[str, Any]:
        """One of them, always the same."""
        return person(Random(f"{self._seed}/{number}"), self._home(number // 2))

    def _home(self, household: int) -> dict[str, Any]:
        house, street_number = divmod(household * SCATTER % (199 * len(_STREETS) * len(self._towns)), 199)
        town, road = divmod(house, len(_STREETS))
        return address(f"{_STREETS[road]} {street_number + 1}", self._towns[town])


def crowds(seed: str, size: int) -> dict[str, Crowd]:
    """For each customs office, `size` people."""
    return {office: Crowd(f"{seed}/{office}", towns, size) for office, towns in DESTINATIONS.items()}
