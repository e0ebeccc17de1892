"""The model that decides, and those that would: all learn from the same labels, one decides.

Each score is compared with what the inspection then found, before it is learnt, on the parcels drawn by lot: only
there has nobody chosen. The measure is Brier's, (score - found)², which rewards honest probabilities and has bounds. A
bettor who stakes on the challenger, and may stop whenever he likes, multiplies his money by `SURE` with a probability
of at most 1 / `SURE` unless the challenger is better: so one may look after every label.

References
----------
Henzi, A., Ziegel, J. (2022). Valid sequential inference on probability forecast performance. Biometrika 109(3).
Waudby-Smith, I., Ramdas, A. (2024). Estimating means of bounded random variables by betting. JRSS B 86(1).
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from math import exp, fsum, log, log1p
from typing import Any

import numpy as np

from streams.learning.evaluation import auc
from streams.learning.example import Example
from streams.models import RiskModel, build

STAKES = (0.05, 0.1, 0.2, 0.4, 0.8)  # of all the money, tried side by side
SURE = 100.0
LEAST_CHANCE = 1e-4
RECENT = 1_000  # labels that figures are of
TERMS = 100  # of models that decided
NEW = ":new"  # ends the name of a newcomer, every other time
MODEL = "model."  # begins the names of its parts


@dataclass(slots=True)
class Trial:
    """What speaks for a challenger, on so many labels, and whether it was told that this is enough."""

    labels: int = 0
    told: bool = False

    @property
    def evidence(self) -> float:
        """Log of what a bet on it multiplied: above 4.6 the challenger is better, below -4.6 it is worse."""
        raise NotImplementedError

    @property
    def won(self) -> bool:
        return self.evidence >= log(SURE)

    @property
    def lost(self) -> bool:
        return self.evidence <= -log(SURE)

    def count(self, champion: float, challenger: float, found: bool) -> None:  # noqa: FBT001 - a label
        """One more parcel, with the scores of both and what was found."""
        raise NotImplementedError


@dataclass(slots=True)
class Duel(Trial):
    """A challenger against the champion: log money of those who stake on it, and of those who stake against it."""

    better: list[float] = field(default_factory=lambda: [0.0] * len(STAKES))
    worse: list[float] = field(default_factory=lambda: [0.0] * len(STAKES))

    def count(self, champion: float, challenger: float, found: bool) -> None:  # noqa: FBT001 - a label
        ahead = (champion - found) ** 2 - (challenger - found) ** 2
        self.labels += 1
        self.better = [money + log1p(stake * ahead) for money, stake in zip(self.better, STAKES, strict=True)]
        self.worse = [money + log1p(-stake * ahead) for money, stake in zip(self.worse, STAKES, strict=True)]

    @property
    def evidence(self) -> float:
        for_it, against = _mean(self.better), _mean(self.worse)
        return for_it if for_it >= against else -against


@dataclass(slots=True)
class Succession(Trial):
    """A newcomer against the champion: how much likelier it made the labels. Against a champion who is right about his
    chances, whatever is inspected, that grows to `SURE` with a probability of at most 1 / `SURE`."""

    likelier: float = 0.0

    def count(self, champion: float, challenger: float, found: bool) -> None:  # noqa: FBT001 - a label
        self.labels += 1
        self.likelier += _log_chance(challenger, found) - _log_chance(champion, found)

    @property
    def evidence(self) -> float:
        return self.likelier


class Contest:
    """`champion` is the name of the model that decides. `terms` are (name, by, why) of all that did, newest last.

    When the world has changed, what the champion remembers may be what misleads it. Then a newcomer of its kind begins
    with nothing and learns beside it (`renew`). The two are compared on all labels: those that the champion chose show
    first how wrong it has become, and where it is right it is hard to beat there. One that is worse leaves.

    Challengers score only what was inspected, never on the way of a decision. Cost: that of learning, for each.
    """

    def __init__(self, model: RiskModel, name: str, challengers: Iterable[str] = ()) -> None:
        self.champion, self.newcomer = name, ""
        self.models = {name: model} | {other: build(name=other) for other in challengers if other != name}
        self.duels = self._fresh()
        self.terms: list[tuple[str, str, str]] = [(name, "", "the engine's own")]
        self._recent: deque[tuple[bool, bool, tuple[float, ...]]] = deque(maxlen=RECENT)

    @property
    def model(self) -> RiskModel:
        return self.models[self.champion]

    def learn(self, example: Example) -> tuple[float, list[str]]:
        """Let all learn from an example. The champion's score before, and who has just been found to be better."""
        found = bool(example.y)
        scores = {name: model.prequential_one(example.x, found) for name, model in self.models.items()}
        self._recent.append((example.random, found, tuple(scores.values())))
        for name, duel in self.duels.items():
            if example.random or name == self.newcomer:
                duel.count(scores[self.champion], scores[name], found)
        if self.newcomer in self.duels and self.duels[self.newcomer].lost:
            self._leave()
        return scores[self.champion], [name for name, duel in self.duels.items() if self._first_won(duel)]

    def renew(self) -> None:
        """Let a newcomer of the champion's kind begin, in place of one that there may be."""
        kind = self.champion.removesuffix(NEW)
        self._leave()
        self.newcomer = kind if self.champion.endswith(NEW) else kind + NEW
        self.models = {name: model for name, model in self.models.items() if name != self.newcomer}
        self.models[self.newcomer] = build(name=kind)
        self.duels[self.newcomer] = Succession()
        self.terms = [term for term in self.terms if term[0] != self.newcomer]
        self._recent.clear()

    def promote(self, name: str, by: str, why: str) -> bool:
        """From now on `name` decides. False: it does so already, or learns nothing here."""
        if name == self.champion or name not in self.models:
            return False
        self.champion, self.newcomer = name, ""
        self.duels = self._fresh()
        self.terms = [*self.terms, (name, by, why)][-TERMS:]
        return True

    def roll_back(self) -> bool:
        """The model that decided before decides again. False: none did."""
        if len(self.terms) < 2:
            return False
        self.terms.pop()
        self.champion, self.newcomer = self.terms[-1][0], ""
        self.duels = self._fresh()
        return True

    def standings(self) -> list[dict[str, Any]]:
        """How each model did on the newest labels: `auc` and `brier` of those drawn by lot, `precision` of the half
        of all that it scores highest; None where there is nothing to say."""
        return [self._standing(place, name) for place, name in enumerate(self.models)]

    def packed(self) -> list[Any]:
        duels = {name: astuple(duel) for name, duel in self.duels.items()}
        return [list(self.models), self.champion, self.newcomer, self.terms, duels, list(self._recent)]

    def unpack(self, packed: Sequence[Any], parts: Mapping[str, bytes]) -> None:
        """Become what was packed; `parts` are those of the models. A challenger of today unknown then starts anew."""
        names, champion, newcomer, terms, duels, recent = packed
        known = {name for name in names if name.removesuffix(NEW) in self.models}
        if champion not in known:
            raise ValueError(f"{champion} was promoted and is no challenger any more: name it in learning.challengers")
        renewed = {name: build(name=name.removesuffix(NEW)) for name in known if name not in self.models}
        mine, configured = self.models | renewed, [name for name in self.models if name not in known]
        self.models = {name: mine[name] for name in (*filter(known.__contains__, names), *configured)}
        for name in known:
            start = f"{MODEL}{name}."
            self.models[name].load({part.removeprefix(start): parts[part] for part in parts if part.startswith(start)})
        self.champion, self.newcomer, self.terms = champion, newcomer, [tuple(term) for term in terms]
        self.duels = {name: (Succession if name == newcomer else Duel)(*duels.get(name, ())) for name in self._fresh()}
        if names == list(self.models):
            self._recent.extend((drawn, found, tuple(scores)) for drawn, found, scores in recent)

    def parts(self) -> Mapping[str, Any]:
        """What the models have learnt."""
        return {
            f"{MODEL}{name}.{part}": content
            for name, model in self.models.items()
            for part, content in model.parts().items()
        }

    def _fresh(self) -> dict[str, Trial]:
        return {name: Duel() for name in self.models if name != self.champion}

    def _leave(self) -> None:
        """The newcomer gives up, unless it decides by now."""
        if self.newcomer in self.duels:
            del self.duels[self.newcomer], self.models[self.newcomer]
            self.terms = [term for term in self.terms if term[0] != self.newcomer]
            self._recent.clear()
        self.newcomer = ""

    def _first_won(self, duel: Trial) -> bool:
        if duel.told or not duel.won:
            return False
        duel.told = True
        return True

    def _standing(self, place: int, name: str) -> dict[str, Any]:
        drawn = [(scores[place], found) for random, found, scores in self._recent if random]
        every = sorted(((scores[place], found) for _, found, scores in self._recent), reverse=True)
        best, duel = every[: len(every) // 2], self.duels.get(name)
        return {
            "model": name,
            "decides": name == self.champion,
            "labels": len(every),
            "drawn": len(drawn),
            "auc": auc(*zip(*drawn, strict=True)) if drawn else None,
            "brier": float(np.mean([(score - found) ** 2 for score, found in drawn])) if drawn else None,
            "precision": sum(found for _, found in best) / len(best) if best else None,
            "evidence": duel.evidence if duel else None,
            "verdict": "" if duel is None else "better" if duel.won else "worse" if duel.lost else "undecided",
        }


def _log_chance(score: float, found: bool) -> float:  # noqa: FBT001 - a label
    return log(max(score if found else 1 - score, LEAST_CHANCE))


def _mean(logs: Sequence[float]) -> float:
    """Log of the mean of numbers given by their logs. (`scipy.special.logsumexp` takes twenty times as long.)"""
    highest = max(logs)
    return highest + log(fsum(exp(each - highest) for each in logs) / len(logs))
