"""The manifests of the day: filings, and what follows some of them: repeats, amendments, cancellations."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import orjson

from agents.simulator import identifiers, places
from agents.simulator.containers import Container
from agents.simulator.flaws import spoil_message, spoil_parcel
from agents.simulator.happenings import Happening
from agents.simulator.parcels import Parcel, make_consignee, make_parcel
from agents.simulator.plots import Planned
from agents.simulator.providers import Provider, Seller, populate
from agents.simulator.schemes import OPENED_SEAL
from streams.topics import MANIFESTS

CROWD = 1_000_000  # people per customs office: with fewer, one would get hundreds of parcels a day
SMUGGLED = 0.13  # share of parcels that come from smugglers
REPEATED, AMENDED, CANCELLED = 0.01, 0.01, 0.005  # shares of manifests
BROKEN = 0.003  # share of manifests refused as a whole
FOLLOWS_AFTER_S = (2.0, 20.0)
ORIGINAL, AMEND, REPLACE, CANCEL = "9", "4", "5", "1"


@dataclass(slots=True)
class Traffic:
    """An endless, ordered stream of manifests at `rate_per_s` on average; `seed` names its source of chance.

    `providers` and `crowd` (people by customs office) are drawn unless they are given; what is `planned` comes on top.
    """

    seed: str
    rate_per_s: float
    start: datetime
    containers: tuple[Container, ...]
    providers: tuple[Provider, ...] = ()
    crowd: Mapping[str, places.People] = field(default_factory=dict)
    planned: Sequence[Planned] = ()
    _rng: Random = field(init=False)
    _to_come: list[Happening] = field(default_factory=list)
    _number: int = field(init=False)

    def __post_init__(self) -> None:
        self._rng = Random(f"{self.seed}/traffic")
        self.providers = self.providers or populate(self._rng)
        self.crowd = self.crowd or places.crowds(self.seed, CROWD)
        self._number = self._rng.randrange(10**7)

    def __iter__(self) -> Iterator[Happening]:
        at_s = 0.0
        self._to_come = sorted(map(self._file_planned, self.planned), key=lambda happening: happening.at_s)
        while True:
            at_s += self._rng.expovariate(self.rate_per_s)
            while self._to_come and self._to_come[0].at_s <= at_s:
                yield heapq.heappop(self._to_come)
            yield self._file(at_s)

    def _file(self, at_s: float) -> Happening:
        provider = self._rng.choices(self.providers, [p.weight for p in self.providers])[0]
        office = self._rng.choice(list(self.crowd))
        sellers = [self._pick_seller(provider) for _ in range(self._rng.randint(1, provider.parcels))]
        parcels = [self._pack(provider, seller, office) for seller in sellers]
        head = self._head(at_s, provider, office) | {"transport": self._transport(provider, sellers[0])}
        truths = tuple(parcel.truth for parcel in parcels)
        if self._rng.random() < BROKEN:
            value, code = spoil_message(_encode(head, ORIGINAL, [p.fields for p in parcels]), self._rng)
            return Happening(at_s, MANIFESTS, _key(parcels), value, (code,), truths)
        filed, codes = self._spoil(provider, parcels)
        value = _encode(head, ORIGINAL, filed)
        if not codes:
            self._follow_up(at_s, head, provider, parcels, value)
        return Happening(at_s, MANIFESTS, _key(parcels), value, codes, truths)

    def _file_planned(self, planned: Planned) -> Happening:
        """A manifest of its own, without flaw: what is refused is not cleared, so nobody need see through it."""
        self._number += 1
        provider, seller = planned.provider, planned.seller
        parcel = make_parcel(provider, seller, planned.consignee, self._number, self._rng)
        truth = parcel.truth._replace(office=planned.office, plot=planned.plot)
        head = self._head(planned.at_s, provider, planned.office) | {"transport": self._transport(provider, seller)}
        value = _encode(head, ORIGINAL, [parcel.fields])
        return Happening(planned.at_s, MANIFESTS, truth.item_id.encode(), value, (), (truth,))

    def _pick_seller(self, provider: Provider) -> Seller:
        crooked = self._rng.random() < SMUGGLED
        choice = [seller for seller in provider.sellers if bool(seller.scheme) is crooked]
        return self._rng.choice(choice or provider.sellers)

    def _pack(self, provider: Provider, seller: Seller, office: str) -> Parcel:
        self._number += 1
        consignee = make_consignee(seller, self.crowd[office], self._rng)
        parcel = make_parcel(provider, seller, consignee, self._number, self._rng)
        return parcel._replace(truth=parcel.truth._replace(office=office))

    def _head(self, at_s: float, provider: Provider, office: str) -> dict[str, Any]:
        self._number += 1
        return {
            "schemaVersion": "1.0",
            "messageId": f"{provider.provider_id}-{self.seed}-{self._number}",
            "submittedAt": _iso(self.start, at_s),
            "provider": {"id": provider.provider_id, "role": provider.role},
            "customsOffice": office,
        }

    def _transport(self, provider: Provider, seller: Seller) -> dict[str, Any]:
        transport: dict[str, Any] = {"modeOfTransport": provider.mode, "routingCountries": [seller.country, "NL", "DE"]}
        if provider.mode == "5":
            transport["receptacleId"] = identifiers.receptacle(f"{seller.country}AAAA", "DEFRAA", self._rng)
        if provider.mode == "1":
            box = self._box(seller)
            transport |= {"containerId": box.number, "sealNumber": box.seal_number}
        return transport

    def _box(self, seller: Seller) -> Container:
        tampered = [box for box in self.containers if box.tampered]
        return self._rng.choice(tampered if seller.scheme is OPENED_SEAL and tampered else self.containers)

    def _spoil(self, provider: Provider, parcels: list[Parcel]) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
        filed, codes = [], []
        for parcel in parcels:
            fields = parcel.fields
            if self._rng.random() < provider.habits.invalid:
                fields, code = spoil_parcel(fields, self._rng)
                codes.append(code)
            filed.append(fields)
        return filed, tuple(codes)

    def _follow_up(
        self, at_s: float, head: dict[str, Any], provider: Provider, parcels: list[Parcel], value: bytes
    ) -> None:
        draw, later_s = self._rng.random(), at_s + self._rng.uniform(*FOLLOWS_AFTER_S)
        key = _key(parcels)
        if draw < REPEATED:
            self._announce(Happening(later_s, MANIFESTS, key, value))
            return
        head = head | {"messageId": f"{head['messageId']}-2", "submittedAt": _iso(self.start, later_s)}
        if draw < REPEATED + AMENDED:
            function = self._rng.choice((AMEND, REPLACE))
            amended = [self._amend(parcel.fields) for parcel in parcels]
            self._announce(Happening(later_s, MANIFESTS, key, _encode(head, function, amended)))
        elif draw < REPEATED + AMENDED + CANCELLED:
            closed = [{"itemIdType": provider.item_id_type, "itemId": p.truth.item_id} for p in parcels]
            self._announce(Happening(later_s, MANIFESTS, key, _encode(head, CANCEL, closed)))

    def _announce(self, happening: Happening) -> None:
        heapq.heappush(self._to_come, happening)

    def _amend(self, fields: dict[str, Any]) -> dict[str, Any]:
        return fields | {"numberOfPackages": fields["numberOfPackages"] + 1}


def _encode(head: dict[str, Any], function: str, parcels: list[dict[str, Any]]) -> bytes:
    return orjson.dumps(head | {"messageFunction": function, "parcels": parcels})


def _key(parcels: list[Parcel]) -> bytes:
    return parcels[0].truth.item_id.encode()


def _iso(start: datetime, at_s: float) -> str:
    return (start + timedelta(seconds=at_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
