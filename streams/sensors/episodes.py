"""From signs to alerts: one alert when something begins, one when it is over, however often it is said in between.

An episode may be held back until it has lasted, and grows worse with time or with its figure. Growing worse ends the
alert that is open and raises a new one with an id of its own, for each (alertId, state) occurs once; so at any time one
alert is open for what is the matter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, NamedTuple

from streams.records.events import event_id, rfc3339
from streams.sensors.alerts import Alert, Moment, alert, reason
from streams.sensors.signs import CRITICAL, LASTED, OVER, RISING, Sign, figure, span, worse
from streams.state.fields import taken

UNWATCHED = "It is watched no longer, for others took its room."


class Told(NamedTuple):
    """An alert, the sign and the moment behind it, and the alert by which its episode became known first.

    `confirms`: the alert was written before, when nothing more was heard; now a further sign says the same.
    """

    alert: Alert
    sign: Sign
    moment: Moment
    first_id: str
    confirms: bool = False


@dataclass(slots=True)
class Episode:
    """What is the matter, from `since_s` to its latest sign at `last_s`. `raised_at` is "" while it is held back."""

    SAVED: ClassVar = ("alert_id", "first_id", "raised_at", "severity", "since_s", "last_s", "escalate_s", "by_time")

    sign: Sign  # the newest, with the worst figure of all
    alert_id: str
    first_id: str
    raised_at: str
    severity: str
    since_s: float
    last_s: float
    escalate_s: float  # after so long it is worse; 0 for never
    by_time: bool = False  # time alone made an alarm of it, and nothing has confirmed it since

    def again(self, sign: Sign, time_s: float) -> None:
        """Take a further sign of it."""
        if sign.worst < self.sign.worst:
            sign = sign._replace(worst=self.sign.worst, at_worst=self.sign.at_worst)
        self.sign = sign
        self.since_s, self.last_s = min(self.since_s, time_s), max(self.last_s, time_s)

    def due_s(self, patience_s: float) -> float:
        """When time alone will change it. What does not stand until denied waits `patience_s` for a further sign."""
        ends_s = self.last_s + self.sign.lasting_s if self.sign.lasting_s and self.raised_at else inf
        return min(ends_s, self._grows_s(patience_s))

    def _grows_s(self, patience_s: float) -> float:
        after_s = self.escalate_s if self.raised_at else self.sign.hold_s
        if (self.raised_at and not self.escalate_s) or self.sign.lasting_s:
            return inf
        return self.since_s + after_s if self.sign.stands else max(self.since_s + after_s, self.last_s + patience_s)

    def grown(self, time_s: float) -> str:
        """How bad it is by now: its severity, higher once it has lasted so long, or as high as the newest sign."""
        later = bool(self.escalate_s) and time_s >= self.since_s + self.escalate_s
        return max(worse(self.severity) if later else self.severity, self.sign.severity, key=RISING.index)


class Episodes:
    """What is the matter with one device just now. At most one episode for each (code, about) at a time.

    `escalate_s` says by code after how many seconds an episode grows worse, once.
    """

    def __init__(self, escalate_s: Mapping[str, float]) -> None:
        self._escalate_s = escalate_s
        self._open: dict[tuple[str, str], Episode] = {}
        self._begun = 0

    def __len__(self) -> int:
        return len(self._open)

    @property
    def codes(self) -> set[str]:
        """What is the matter, as far as it was told."""
        return {code for (code, _), episode in self._open.items() if episode.raised_at}

    def state(self) -> list[Any]:
        """For a snapshot, as JSON."""
        return [self._begun, [[list(episode.sign), *taken(episode)] for episode in self._open.values()]]

    def restore(self, state: list[Any]) -> None:
        """Become what `state` told of."""
        self._begun, saved = state
        episodes = [Episode(Sign(*sign), *fields) for sign, *fields in saved]
        self._open = {(episode.sign.code, episode.sign.about): episode for episode in episodes}

    def fold(self, sign: Sign, moment: Moment) -> Iterator[Told]:
        """Take one sign; the alerts that follow from it."""
        key, time_s = (sign.code, sign.about), moment.time_s
        if sign.time_s is not None:
            time_s = min(sign.time_s, time_s)
        episode = self._open.get(key)
        if sign.severity == OVER:
            if episode:
                yield from self._end(episode, sign, moment, time_s)
            return
        if episode is None:
            episode = self._open[key] = self._begin(sign, moment, time_s)
        else:
            episode.again(sign, time_s)
        by_time, episode.by_time = episode.by_time, False
        told = list(self._judge(episode, moment, episode.last_s))
        if by_time and not told:
            yield _raised(episode, moment, episode.last_s)._replace(confirms=True)
        yield from told

    def dismiss(self, moment: Moment, about: str | None = None) -> Iterator[Told]:
        """What is told, of `about` or of everything, is told no longer: nobody watches it any more."""
        for code, what in [key for key in self._open if about in {None, key[1]}]:
            yield from self._end(self._open[code, what], Sign(code, OVER, UNWATCHED, what), moment, moment.time_s)

    def due_s(self, patience_s: float) -> float:
        """When time alone changes something; `inf` where nothing is the matter."""
        return min((episode.due_s(patience_s) for episode in self._open.values()), default=inf)

    def pass_time(self, until_s: float, patience_s: float, at: "Clock") -> Iterator[Told]:
        """Let event time reach `until_s`: what is due by then, in its order."""
        while True:
            due_s, _, key = min(
                ((episode.due_s(patience_s), number, key) for number, (key, episode) in enumerate(self._open.items())),
                default=(inf, 0, ("", "")),
            )
            if due_s > until_s or due_s == inf:
                return
            episode = self._open[key]
            if episode.raised_at and episode.sign.lasting_s and due_s == episode.last_s + episode.sign.lasting_s:
                text = f"No further sign of it for {span(episode.sign.lasting_s)}."
                yield from self._end(episode, Sign(key[0], OVER, text, key[1]), at(due_s), due_s)
            else:
                episode.by_time = not episode.sign.stands
                yield from self._judge(episode, at(due_s), due_s)

    def _begin(self, sign: Sign, moment: Moment, time_s: float) -> Episode:
        log = moment.source
        where = (log["topic"], log["partition"], log["offset"], log["index"], self._begun)
        self._begun += 1
        alert_id = event_id("alert", moment.subject["deviceID"], sign.code, sign.about, *where)
        after_s = 0.0 if sign.severity == CRITICAL else self._escalate_s.get(sign.code, 0.0)
        return Episode(sign, alert_id, alert_id, "", sign.severity, time_s, time_s, after_s)

    def _judge(self, episode: Episode, moment: Moment, time_s: float) -> Iterator[Told]:
        """Raise it once it has lasted; raise it anew where it grew worse."""
        if not episode.raised_at and time_s < episode.since_s + episode.sign.hold_s:
            return
        severity = episode.grown(time_s)
        if severity == CRITICAL or time_s >= episode.since_s + episode.escalate_s:
            episode.escalate_s = 0.0
        if episode.raised_at and severity == episode.severity:
            return
        if episode.raised_at:
            next_id = event_id("alert", episode.alert_id, severity)
            yield self._cleared(episode, Sign(*_superseded(episode, next_id)), moment, time_s)
            episode.alert_id = next_id
        episode.severity, episode.raised_at = severity, rfc3339(moment.at_ms)
        yield _raised(episode, moment, time_s)

    def _end(self, episode: Episode, sign: Sign, moment: Moment, time_s: float) -> Iterator[Told]:
        del self._open[sign.code, sign.about]
        if episode.raised_at:
            yield self._cleared(episode, sign, moment, time_s)

    def _cleared(self, episode: Episode, sign: Sign, moment: Moment, time_s: float) -> Told:
        lasted_s = (episode.last_s if episode.sign.lasting_s else max(time_s, episode.last_s)) - episode.since_s
        told = _alert(episode, sign, moment, "CLEARED")
        if lasted_s >= 1 or episode.sign.at_worst:
            told["reasons"].append(reason(_course(episode, lasted_s)))
            told["title"] = f"{told['title']} {told['reasons'][-1]['text']}"[:256]
        return Told(told, sign, moment, episode.first_id)


class Clock:
    """Moments at which nothing arrived: the last one of the device, moved on."""

    def __init__(self, last: Moment) -> None:
        self._last = last

    def __call__(self, time_s: float) -> Moment:
        """The moment `time_s` seconds after 1970 by the device's clock."""
        later_ms = round((time_s - self._last.time_s) * 1000)
        time = rfc3339(round(time_s * 1000))
        return self._last._replace(time=time, time_s=time_s, at_ms=self._last.at_ms + max(later_ms, 0), flags=[])


def _alert(episode: Episode, sign: Sign, moment: Moment, state: str) -> Alert:
    return alert((episode.alert_id, episode.raised_at, episode.severity), sign, moment, state)


def _raised(episode: Episode, moment: Moment, time_s: float) -> Told:
    """The episode as it is at `time_s`, in words."""
    lasted_s = time_s - episode.since_s
    text = episode.sign.text.replace(LASTED, f" for {span(lasted_s)}" if lasted_s >= 1 else "")
    if episode.alert_id != episode.first_id:
        text += f" It has grown worse since alert {episode.first_id}."
    sign = episode.sign._replace(text=text, severity=episode.severity)
    return Told(_alert(episode, sign, moment, "RAISED"), sign, moment, episode.first_id)


def _superseded(episode: Episode, next_id: str) -> tuple[str, str, str, str]:
    return episode.sign.code, OVER, f"It has grown worse: alert {next_id} goes on.", episode.sign.about


def _course(episode: Episode, lasted_s: float) -> Sign:
    """How long it lasted and the worst of it."""
    said = [f"It lasted {span(lasted_s)}"] if lasted_s >= 1 else []
    if episode.sign.at_worst:
        said.append(f"{'at' if said else 'At'} its worst {episode.sign.at_worst}")
    worst = episode.sign.at_worst or figure(round(lasted_s)) + " s"
    return Sign(episode.sign.code, OVER, ", ".join(said) + ".", value=worst)
