"""What was planted against what the engine said."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from agents.simulator.containers import HOUR_S
from agents.simulator.weeks import Planted
from tests.schemes.border import Border, Said

LEAST_SHARE, MOST_FALSE, FOR = 0.95, 1.0, 10_000
GRACE_S = 2 * HOUR_S  # so long after its end a trouble still shows
SLACK_S = 1.0  # of rounding
OPENING = ("SEAL_", "DOOR_", "LIGHT_")
SIGNS = {  # what must be told of a scheme, and what may be told because of a trouble
    "opened seal": OPENING,
    "frozen device": ("FROZEN_VALUE",),
    "silent device": ("DEVICE_SILENT",),
    "silent caretaker": ("CARETAKER_SILENT",),
    "split consignment": ("SPLIT_CONSIGNMENT",),
    "mule address": ("MULE_ADDRESS",),
    "seal": OPENING,
    "warm": ("TEMPERATURE_",),
    "frozen": ("TEMPERATURE_", "DEVICES_DISAGREE"),
    "silent": ("SEAL_NUMBER_MISMATCH",),  # another seal than before it fell silent: whoever put it there
}


class Row(NamedTuple):
    """How many times a scheme was planted, and how many of these were raised, in the median after how many hours."""

    scheme: str
    planted: int
    raised: int
    hours: float

    @property
    def share(self) -> float:
        return self.raised / self.planted


class Table(NamedTuple):
    """`missed` was planted and not raised, `false` are incidents for which nothing was planted."""

    rows: list[Row]
    missed: list[Planted]
    parcels: int
    device_hours: float
    false: list[Said]

    @property
    def false_of_parcels(self) -> list[Said]:
        return [said for said in self.false if "itemIds" in said.record["links"]]

    @property
    def false_of_devices(self) -> list[Said]:
        return [said for said in self.false if "itemIds" not in said.record["links"]]

    def rates(self) -> tuple[float, float]:
        """False incidents per 10,000 parcels, and per 10,000 device-hours."""
        return (
            FOR * len(self.false_of_parcels) / max(self.parcels, 1),
            FOR * len(self.false_of_devices) / max(self.device_hours, 1.0),
        )

    @property
    def met(self) -> bool:
        """Whether all that must be shown is."""
        return all(row.share >= LEAST_SHARE for row in self.rows) and max(self.rates()) <= MOST_FALSE


class Judge:
    """Compares what was planted at a border with what was said there."""

    def __init__(self, border: Border) -> None:
        self._weeks, self._truths = border.weeks, border.truths
        self._told: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
        for said in border.alerts:
            if said.record["state"] == "RAISED":
                self._note(said, self._about_alert(said.record))
        self._raised: dict[str, Said] = {}
        for said in border.incidents:
            if said.record["state"] == "RAISED":
                self._raised.setdefault(said.record["incidentId"], said)
                self._note(said, self._about_incident(said.record))

    def table(self) -> Table:
        """All of it."""
        rows, missed = [], []
        by_scheme: dict[str, list[Planted]] = defaultdict(list)
        for planted in self._weeks.planted():
            by_scheme[planted.scheme].append(planted)
        for scheme, all_planted in sorted(by_scheme.items()):
            after = [self._hours_until_told(planted) for planted in all_planted]
            told = sorted(hours for hours in after if hours is not None)
            rows.append(Row(scheme, len(after), len(told), told[len(told) // 2] if told else 0.0))
            missed += [planted for planted, hours in zip(all_planted, after, strict=True) if hours is None]
        hours = len(self._weeks.devices) * self._weeks.length_s / HOUR_S
        false = [said for said in self._raised.values() if not self._explained(said)]
        return Table(rows, missed, len(self._truths), hours, false)

    def _note(self, said: Said, about: Iterator[str]) -> None:
        codes = [said.record["type"]] if "type" in said.record else [r["code"] for r in said.record["reasons"]]
        for name in about:
            self._told[name] += [(code, self._happened_s(said), said.at_s) for code in codes]

    def _happened_s(self, said: Said) -> float:
        """When it happened, seconds into the first day; of alerts, raised once it has lasted, when it was said."""
        told_ms: float | None = said.record.get("eventTimeMs")
        return said.at_s if told_ms is None else told_ms / 1000 - self._weeks.start.timestamp()

    def _about_alert(self, alert: dict[str, Any]) -> Iterator[str]:
        subject = alert["subject"]
        if "deviceID" in subject:
            yield subject["deviceID"]
        elif "providerId" in subject:
            yield subject["providerId"]

    def _about_incident(self, incident: dict[str, Any]) -> Iterator[str]:
        links = incident["links"]
        if "equipmentReference" in links:
            yield links["equipmentReference"]
        yield from {self._plot(item["itemId"]) for item in links.get("itemIds", ())} - {""}

    def _plot(self, item_id: str) -> str:
        return self._truths[item_id].plot if item_id in self._truths else ""

    def _hours_until_told(self, planted: Planted) -> float | None:
        """Hours from its beginning until it was told by its name; None if it never was."""
        for code, happened_s, said_s in self._told[planted.about]:
            in_time = planted.at_s - SLACK_S <= happened_s <= planted.until_s + GRACE_S
            if in_time and code.startswith(SIGNS[planted.scheme]):
                return (said_s - planted.at_s) / HOUR_S
        return None

    def _explained(self, said: Said) -> bool:
        """Whether most of the parcels named are smugglers', or something like it did happen to the container."""
        links, kind = said.record["links"], said.record["type"]
        if "itemIds" in links:
            items = [self._truths[item["itemId"]] for item in links["itemIds"]]
            return 2 * sum(truth.illicit for truth in items) > len(items)
        for box in self._weeks.containers:
            if box.number == links.get("equipmentReference"):
                for trouble in box.troubles:
                    meant = kind.startswith(SIGNS.get(trouble.kind, ("?",)))
                    if meant and trouble.at_s - SLACK_S <= self._happened_s(said) <= trouble.until_s + GRACE_S:
                        return True
        return False


def drawn(table: Table) -> Iterator[str]:
    """The table, line by line."""
    yield f"{'scheme':<20}{'planted':>9}{'raised':>9}{'share':>9}{'after':>10}"
    for row in table.rows:
        yield f"{row.scheme:<20}{row.planted:>9}{row.raised:>9}{row.share:>9.1%}{row.hours:>8.1f} h"
    parcels, hours = f"{table.parcels:,} parcels", f"{table.device_hours:,.0f} device-hours"
    counted = ((parcels, table.false_of_parcels), (hours, table.false_of_devices))
    yield ""
    for rate, (of, false) in zip(table.rates(), counted, strict=True):
        yield f"false incidents per 10,000 {of.split()[-1]}: {rate:.2f} ({len(false)} in {of})"
    kinds = Counter(said.record["type"] for said in table.false)
    yield from (f"  {kind}: {number}" for kind, number in kinds.most_common())
