"""The public topics as they grow: counted all, shown as many as a person can read."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from agents.access import Access
from agents.cli import render
from agents.demo.tally import Tally
from agents.reading import batch, consumer, trouble
from agents.topics import full_name
from config.settings import Settings
from streams import topics

WATCHED = (topics.MANIFESTS, topics.OUTCOMES, topics.DECISIONS, topics.REJECTED, topics.ALERTS)
URGENCY = ("INFO", "WARNING", "HIGH", "CRITICAL")
BREATH_S = 2.0


@dataclass
class Watch:
    """Folds every record into the tally; every two seconds shows one alert: the sort least shown, then by urgency."""

    reader: Any
    tally: Tally
    console: Console
    prefix: str
    fresh: list[Any] = field(default_factory=list)
    shown: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    @contextmanager
    def over(cls, settings: Settings, tally: Tally, console: Console) -> Iterator["Watch"]:
        from confluent_kafka import OFFSET_BEGINNING, TopicPartition

        names = [full_name(settings.namespace, topic) for topic in WATCHED]
        with consumer(Access.of(settings)) as reader:
            known = reader.list_topics(timeout=10).topics
            reader.assign([TopicPartition(name, p, OFFSET_BEGINNING) for name in names for p in known[name].partitions])
            yield cls(reader, tally, console, full_name(settings.namespace, ""))

    def show(self, seconds: int | None, flows: Callable[[], bool]) -> None:
        """Show alerts for as long as traffic `flows`."""
        with self._bar(seconds) as advance:
            breath = time.monotonic()
            while flows():
                self.take()
                if time.monotonic() - breath >= BREATH_S:
                    breath = time.monotonic()
                    self._show_one()
                advance()

    def drain(self, patience_s: float) -> None:
        """Read on until every parcel filed is answered, or patience ends."""
        deadline = time.monotonic() + patience_s
        while self.take() or (self.tally.unanswered and time.monotonic() < deadline):
            pass

    def take(self) -> int:
        """Fold what has come; returns how many records that were."""
        records = [message for message in batch(self.reader, 0.2) if not trouble(message)]
        for message in records:
            topic = message.topic().removeprefix(self.prefix)
            self.tally.fold(topic, message)
            if topic == topics.ALERTS:
                self.fresh.append(message.value())
        return len(records)

    def _show_one(self) -> None:
        raised = [alert for alert in map(orjson.loads, self.fresh) if alert["state"] == "RAISED"]
        self.fresh.clear()
        if raised:
            chosen = max(raised, key=lambda alert: (-self.shown[sort(alert)], urgency(alert)))
            self.shown[sort(chosen)] += 1
            self.console.print(render.alert(chosen))
            self.console.print()

    @contextmanager
    def _bar(self, seconds: int | None) -> Iterator[Callable[[], None]]:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal, transient=True) as bar:
            task, start = bar.add_task("", total=seconds), time.monotonic()
            yield lambda: bar.update(task, completed=time.monotonic() - start, description=self._line())

    def _line(self) -> str:
        counts = self.tally.counts
        return f"{counts['records', topics.MANIFESTS]:,} manifests  {counts['records', topics.DECISIONS]:,} decisions"


def sort(alert: dict[str, Any]) -> tuple[str, str]:
    """What an alert is about: its kind and first reason."""
    reasons = alert.get("reasons")
    return alert["kind"], reasons[0]["code"] if reasons else ""


def urgency(alert: dict[str, Any]) -> tuple[int, int]:
    """How much an alert deserves the screen: its severity, then how much there is to say."""
    return URGENCY.index(alert["severity"]), len(alert.get("reasons") or ())
