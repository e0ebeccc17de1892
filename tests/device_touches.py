"""Touches as the sensors shard writes them, made by hand: who says it, when, and what."""

from typing import Any

import orjson
from pydantic import TypeAdapter

from config.settings import Settings, load
from streams.log import Effects
from streams.patterns.caretakers import KINDS
from streams.patterns.reports import Listening, Report, Sign
from streams.patterns.settings import PatternSettings
from streams.patterns.view import Say, View
from streams.records.alert import Alert
from streams.records.incident import understood
from streams.records.schema import check
from streams.topics import ALERTS, CONTROL

ALERT = TypeAdapter(Alert)
BOX, SEALED = "MSKU9070323", {"sealNumber": "CN7741920", "status": "SEALED"}
NOON_MS = 1_790_000_000_000
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
SHAPES: dict[str, Any] = {"sign": Sign, "report": Report} | dict.fromkeys(KINDS, Listening)


def as_written_down(touch: dict[str, Any]) -> dict[str, Any]:
    """The touch itself, which must say what `streams.patterns.reports` says of its kind, and nothing else."""
    shape = SHAPES[touch["kind"]]
    check(shape, touch)
    assert touch.keys() <= shape.__required_keys__ | shape.__optional_keys__
    return touch


def pattern_settings(**changed: Any) -> PatternSettings:
    """The settings as shipped, but for what is `changed`."""
    settings: Settings = load()
    return PatternSettings(**settings.patterns.model_dump() | changed)


class Devices:
    """Devices of one container and of one caretaker, speaking to a view; minutes count from noon."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.effects = Effects()
        self.now_ms = 0
        self.offset = 0

    def sign(self, code: str, minute: float = 0, device: str = "D1", **more: Any) -> list[dict[str, Any]]:
        """An episode of a device began (or ended, with `state`); the incidents and alerts that follow."""
        said = {"code": code, "severity": "HIGH", "state": "RAISED", "about": "", "text": f"{code}."}
        alert_id = f"alert-{device}-{code}-{minute:g}"
        return self.say("sign", minute, device, **said | {"alertId": alert_id, "equipmentReference": BOX} | more)

    def report(self, minute: float = 0, device: str = "D1", **more: Any) -> list[dict[str, Any]]:
        """What a device knows of its container."""
        return self.say("report", minute, device, **{"equipmentReference": BOX} | more)

    def say(self, kind: str, minute: float, device: str, **more: Any) -> list[dict[str, Any]]:
        """Any touch: by default of a container, by a device that is trusted, of the caretaker ACME."""
        at_ms = round(NOON_MS + minute * MINUTE_MS)
        source = {"topic": "customs.sensors.v1", "partition": 0, "offset": self.offset, "index": 0}
        self.offset += 1
        touch = {"kind": kind, "deviceID": device, "at": at_ms, "time_ms": at_ms, "source": source, "trust": 1.0}
        return self.pass_on(touch | {"entity": f"equipment/{BOX}", "publisher": "ACME"} | more)

    def pass_on(self, touch: dict[str, Any]) -> list[dict[str, Any]]:
        """A touch as it stands in the log."""
        effects = Effects()
        assert self.view.take(as_written_down(touch), Say(self.now_ms, effects))
        return self._kept(effects)

    def tick(self, seconds: float = 1.0) -> list[dict[str, Any]]:
        """Engine time passes; what follows."""
        self.now_ms += round(seconds * 1000)
        effects = Effects()
        self.view.tick(self.now_ms, Say(self.now_ms, effects))
        return self._kept(effects)

    def _kept(self, effects: Effects) -> list[dict[str, Any]]:
        self.effects.outputs.extend(effects.outputs)
        said = [orjson.loads(output.value or b"") for output in effects.outputs]
        for output, record in zip(effects.outputs, said, strict=True):
            assert output.topic in {ALERTS, CONTROL}
            if output.topic == ALERTS:
                ALERT.validate_python(record)
            elif record["kind"] == "incident":
                assert understood(record), record
        return said
