"""One public topic, watched: who sent what lately, and whether too much of it was refused."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from streams.quality.alarms import Alert, Episode, over, reasons, too_much_of, too_much_on
from streams.quality.settings import QualitySettings
from streams.quality.windows import Window
from streams.records.tally import OTHERS, UNNAMED
from streams.topics import without_namespace

CALM = 0.5  # of the limit: an alert ends well below where it began, or it would come and go
NOT_ALONE = frozenset({UNNAMED, OTHERS})  # nobody's own: counted into the topic only


@dataclass(slots=True)
class Watch:
    """The windows of all providers, and the alerts that are open, at most one for each provider.

    A provider whose own share is too high is named for itself. What all others sent is judged together: of the
    alert about that, whoever has most of the refusals is the subject. `at_ms` is the newest Kafka timestamp of
    the topic, met at engine time `met_ms`.
    """

    settings: QualitySettings
    full_name: str
    windows: dict[str, Window] = field(default_factory=dict)
    open: dict[str, Episode] = field(default_factory=dict)
    at_ms: int = 0
    met_ms: int = 0

    @property
    def topic(self) -> str:
        return without_namespace(self.full_name)

    def take(self, tally: Mapping[str, Any], now_ms: int, place: int) -> Iterator[Alert]:
        """Count in one slice, the record at `place` of `tallies`; the alerts that end and begin with it."""
        self.at_ms, self.met_ms = max(self.at_ms, tally["at"]), now_ms
        named = self._count(tally, self.settings.step(now_ms))
        yield from self._end(now_ms)
        for provider in named:
            if provider not in NOT_ALONE and provider not in self.open and self._too_much([provider]):
                yield self._begin(provider, [provider], place, alone=True)
        rest = self._rest()
        if all(episode.alone for episode in self.open.values()) and self._too_much(rest):
            worst = max(rest, key=lambda provider: (self.windows[provider].refused, provider))
            yield self._begin(worst, rest, place, alone=False)

    def pass_time(self, now_ms: int) -> Iterator[Alert]:
        """Let engine time reach `now_ms`; the alerts that end with it."""
        step = self.settings.step(now_ms)
        for window in self.windows.values():
            window.forget(step)
        self.windows = {provider: window for provider, window in self.windows.items() if window.total}
        yield from self._end(now_ms)

    def _count(self, tally: Mapping[str, Any], step: int) -> list[str]:
        refused: dict[str, dict[str, int]] = defaultdict(dict)
        newest = {}
        for provider, code, number, offset in tally["refused"]:
            refused[provider][code] = number
            newest[provider] = (tally["partition"], offset)
        named = dict.fromkeys((*tally["accepted"], *refused))
        for provider in named:
            window = self._window(provider)
            accepted = tally["accepted"].get(provider, 0)
            window.add(step, accepted, refused.get(provider, {}), self.settings.window_records)
            window.newest = newest.get(provider, window.newest)
        return [provider for provider in named if provider in self.windows]

    def _window(self, provider: str) -> Window:
        known = provider in self.windows or len(self.windows) < self.settings.max_providers
        return self.windows.setdefault(provider if known else OTHERS, Window())

    def _rest(self) -> list[str]:
        alone = {provider for provider, episode in self.open.items() if episode.alone}
        return [provider for provider in self.windows if provider not in alone]

    def _sum(self, providers: Iterable[str]) -> tuple[int, int]:
        windows = [self.windows[provider] for provider in providers if provider in self.windows]
        return sum(window.refused for window in windows), sum(window.total for window in windows)

    def _too_much(self, providers: Iterable[str]) -> bool:
        refused, total = self._sum(providers)
        return total >= self.settings.least_records and refused > self.settings.share_limit * total

    def _begin(self, provider: str, judged: Iterable[str], place: int, *, alone: bool) -> Alert:
        (refused, total), window = self._sum(judged), self.windows[provider]
        codes: Counter[str] = window.codes()
        title = (
            too_much_of(provider, self.topic, refused, total, codes)
            if alone
            else too_much_on(self.topic, refused, total, provider, codes)
        )
        partition, offset = window.newest
        episode = self.open[provider] = Episode.begun(
            self.topic,
            provider,
            alone=alone,
            title=title,
            share=refused / total,
            source={"topic": self.full_name, "partition": partition, "offset": offset, "index": 0},
            at_ms=self.at_ms,
            place=place,
        )
        return episode.raised(list(reasons(codes, total, self.settings.share_limit)))

    def _end(self, now_ms: int) -> Iterator[Alert]:
        for provider, episode in list(self.open.items()):
            refused, total = self._sum([provider] if episode.alone else self._rest())
            if refused <= CALM * self.settings.share_limit * total:
                del self.open[provider]
                title = over(self.topic, provider, refused / total if total else 0.0, alone=episode.alone)
                yield episode.cleared(title, self.at_ms + now_ms - self.met_ms)

    def packed(self) -> dict[str, Any]:
        """The state, as JSON can hold it."""
        return {
            "at_ms": self.at_ms,
            "met_ms": self.met_ms,
            "windows": {provider: window.packed() for provider, window in self.windows.items()},
            "open": [episode.packed() for episode in self.open.values()],
        }

    @classmethod
    def unpacked(cls, settings: QualitySettings, full_name: str, state: Mapping[str, Any]) -> "Watch":
        """The watch that was packed."""
        windows = {provider: Window.unpacked(packed) for provider, packed in state["windows"].items()}
        episodes = {told["provider"]: Episode(**told) for told in state["open"]}
        return cls(settings, full_name, windows, episodes, state["at_ms"], state["met_ms"])
