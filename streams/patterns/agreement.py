"""Whether two devices on one container tell the same: where it is, whether its door is open, how warm it is."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from streams.patterns.container import Container, Quarrel, Witness
from streams.patterns.settings import PatternSettings
from streams.sensors.alerts import short
from streams.sensors.rules.route import distance_km

CLEARLY = 0.1  # by so much more trusted: then it is the other one that is doubted
HOUR_MS = 3_600_000


class Compared(NamedTuple):
    """What two devices said of one thing: whether it can both be true, and from when and until when they said it.

    `words` say how far they are apart.
    """

    apart: bool
    earlier_ms: int
    later_ms: int
    words: str


def position(one: Witness, other: Witness, settings: PatternSettings) -> Compared | None:
    """No container travels by air, and ships, trains and lorries have a top speed."""
    if one.position is None or other.position is None:
        return None
    earlier, later = sorted((one.position, other.position), key=lambda said: said[2])
    km, hours = distance_km(*earlier[:2], *later[:2]), (later[2] - earlier[2]) / HOUR_MS
    apart = km > settings.disagree_km + hours * settings.disagree_km_per_h
    return Compared(apart, earlier[2], later[2], f"{km:,.0f} km apart, {60 * hours:.0f} minutes between them")


def door(one: Witness, other: Witness, _settings: PatternSettings) -> Compared | None:
    """Open for the one, closed for the other."""
    if one.door is None or other.door is None:
        return None
    (earlier, earlier_ms), (later, later_ms) = sorted((one.door, other.door), key=lambda said: said[1])
    return Compared(earlier != later, earlier_ms, later_ms, "open for one of them, closed for the other")


def temperature(one: Witness, other: Witness, settings: PatternSettings) -> Compared | None:
    """Only what devices of one kind measure at the same place is compared: supply air is no return air."""
    shared = sorted(one.warmth.keys() & other.warmth.keys()) if one.kind == other.kind else []
    if not shared:
        return None
    widest = max(shared, key=lambda component: abs(one.warmth[component][0] - other.warmth[component][0]))
    (celsius, at_ms), (celsius2, at2_ms) = one.warmth[widest], other.warmth[widest]
    words = f"{celsius:.1f} °C and {celsius2:.1f} °C{f' ({widest})' if widest else ''}"
    return Compared(abs(celsius - celsius2) > settings.disagree_cel, min(at_ms, at2_ms), max(at_ms, at2_ms), words)


COMPARED: Mapping[str, Callable[[Witness, Witness, PatternSettings], Compared | None]] = {
    "position": position,
    "door": door,
    "temperature": temperature,
}


class Dispute(NamedTuple):
    """What two devices have disagreed about for long enough."""

    about: str
    devices: tuple[str, str]
    words: str
    lasted_ms: int


def disputes(container: Container, device: str, settings: PatternSettings) -> Iterator[Dispute]:
    """Compare what a device just said with all others.

    A dispute lasts `disagree_s`: from the first time that both were apart until both have said so again. So a device
    that was replaced, and says nothing more, disagrees with nobody; nor does one stray position.
    """
    one = container.witnesses[device]
    for name, other in container.witnesses.items():
        for about, compare in COMPARED.items() if name != device else ():
            compared = compare(one, other, settings)
            if compared is not None:
                pair = (device, name) if device < name else (name, device)
                lasted_ms = _lasted(container, about, "\n".join(pair), compared)
                if lasted_ms >= settings.disagree_s * 1000:
                    yield Dispute(about, pair, compared.words, lasted_ms)


def _lasted(container: Container, about: str, pair: str, compared: Compared) -> int:
    """For how long both have told apart, below 0 where they do not."""
    quarrel = container.quarrels.get(about)
    if not compared.apart:
        if quarrel:
            quarrel.pairs.pop(pair, None)
        return -1
    quarrel = quarrel or container.quarrels.setdefault(about, Quarrel())
    return compared.earlier_ms - quarrel.pairs.setdefault(pair, compared.later_ms)


def ended(container: Container) -> list[str]:
    """Forget what nobody disagrees about any more, and name it where an alert is open."""
    over = [about for about, quarrel in container.quarrels.items() if not quarrel.pairs]
    told = [about for about in over if container.quarrels[about].alert_id]
    for about in over:
        if about not in told:
            del container.quarrels[about]
    return told


def stale(container: Container, now_ms: int, fresh_ms: float) -> None:
    """Whoever has not been heard for long disagrees with nobody any more."""
    gone = {name for name, witness in container.witnesses.items() if now_ms - witness.heard_ms > fresh_ms}
    for quarrel in container.quarrels.values() if gone else ():
        quarrel.leave(gone)


def doubted(container: Container, one: str, other: str) -> str:
    """Which of two devices is to be believed less: the clearly less trusted, else the one more others contradict.

    "" where neither is.
    """
    trust, trust2 = (container.witnesses[device].trust for device in (one, other))
    if abs(trust - trust2) >= CLEARLY:
        return one if trust < trust2 else other
    against, against2 = (_contradicted(container, device) for device in (one, other))
    return "" if against == against2 else one if against > against2 else other


def _contradicted(container: Container, device: str) -> int:
    return sum(len([*quarrel.others(device)]) for quarrel in container.quarrels.values())


def believed(container: Container, device: str, trust: float) -> float:
    """How far a device's word goes: its trust, half of it while it disagrees with one not clearly less trusted."""
    for quarrel in container.quarrels.values():
        if quarrel.alert_id and any(doubted(container, device, other) != other for other in quarrel.others(device)):
            return trust / 2
    return trust


def explained(container: Container, dispute: Dispute) -> dict[str, Any]:
    """The dispute as a reason, in words for an officer."""
    (one, other), less = dispute.devices, doubted(container, *dispute.devices)
    trusts = {device: container.witnesses[device].trust for device in dispute.devices}
    text = f"Devices {short(one)} and {short(other)} disagree about its {dispute.about}: {dispute.words}."
    if less:
        more = other if less == one else one
        text += f" {short(less)} is believed less: trust {trusts[less]:.2f}, against {trusts[more]:.2f}."
    else:
        text += f" Both are trusted alike ({trusts[one]:.2f}), so either may be wrong."
    value = round(trusts[less or one], 2)
    return {"code": "DEVICES_DISAGREE", "source": "SENSOR", "text": text, "value": value, "normal": "they agree"}
