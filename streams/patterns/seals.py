"""The seal of a container from device to device: each device follows its own number, here they are put together."""

from collections.abc import Mapping
from typing import Any

from streams.patterns.container import CLOSED, Container, Suspicion
from streams.patterns.settings import PatternSettings, ms
from streams.sensors.rules.seal import CUSTOMS

Touch = Mapping[str, Any]

MISMATCH = "SEAL_NUMBER_MISMATCH"


def opened(touch: Touch) -> bool:
    """Whether a device reports that the container is open, or was."""
    return touch.get("door") == "OPEN" or touch.get("seal", {}).get("status") == "OPENED"


def closed(touch: Touch) -> bool:
    """Whether a device reports a closed seal."""
    return touch.get("seal", {}).get("status") in CLOSED


def by_customs(touch: Touch) -> bool:
    """Whether customs closed it, having looked inside."""
    return closed(touch) and touch["seal"].get("source") == CUSTOMS


def suspect(container: Container, touch: Touch, now_ms: int, settings: PatternSettings) -> Suspicion | None:
    """What to think of a device that reports a closed seal for the first time; None where nothing is wrong.

    Another seal that was closed when last heard of, and of which nobody saw that it was opened since, is either on
    the container beside the new one, and its device will say so again, or it is gone. One not heard of for long was of
    another voyage.
    """
    number = touch["seal"]["sealNumber"]
    others = container.closed_seals(but=number)
    if any(seal and seal[0] == number for seal in _seals_of_others(container, touch["deviceID"])):
        return None
    since_ms = touch["time_ms"] - settings.seal_trail_s * 1000
    closed_since = {
        device: said for device, said in others.items() if said[1] >= max(container.opened_ms(device), since_ms)
    }
    if not closed_since:
        return None
    device, (former, _) = max(closed_since.items(), key=lambda item: (item[1][1], item[0]))
    wait_ms = ms(settings.handover_s)
    due_ms = container.witnesses[device].heard_ms + wait_ms
    return Suspicion(device, former, due_ms, now_ms + wait_ms, dict(touch))


def settled(container: Container, touch: Touch, suspicion: Suspicion) -> bool:
    """Whether the former seal turns out to be on, beside the second one, or to have been opened."""
    beside = touch["deviceID"] == suspicion.device and closed(touch)
    return (beside and touch["time_ms"] >= suspicion.touch["time_ms"]) or (
        container.opened_ms(suspicion.device) > container.sealed_ms(suspicion.device)
    )


def expected(container: Container, touch: Touch) -> bool:
    """Whether another seal number is what comes next: the container was opened where that is permitted."""
    others = container.closed_seals(but=str(touch.get("value", ""))).values()
    return container.let_open_ms(touch["deviceID"]) > max((said_ms for _, said_ms in others), default=0)


def mismatch(suspicion: Suspicion) -> dict[str, Any]:
    """The sign of it, as a device would give it."""
    number = suspicion.touch["seal"]["sealNumber"]
    text = f"The seal is now {number}; it was {suspicion.number} before, and nobody reported that it was opened."
    return {"code": MISMATCH, "text": text, "value": number, "normal": suspicion.number, "state": "RAISED"}


def whose(container: Container, suspicion: Suspicion) -> str:
    """The caretaker who may read of it: who keeps both devices. Nobody with whom but one of them is shared."""
    former, keeper = container.witnesses.get(suspicion.device), str(suspicion.touch.get("publisher", ""))
    return keeper if former is not None and former.keeper == keeper else ""


def _seals_of_others(container: Container, device: str) -> list[tuple[str, str, int] | None]:
    return [witness.seal for name, witness in container.witnesses.items() if name != device]
