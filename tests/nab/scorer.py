"""The score of the Numenta Anomaly Benchmark, written anew from its paper and held to its published properties.

The first detection in a window of labels earns up to its weight, more the earlier it comes; a window without one
costs; each detection outside costs, less while a window has only just passed. Rows of the probationary period do not
count. One threshold serves the whole corpus, the best there is. Nought is a detector that says nothing, a hundred a
perfect one.

Lavin and Ahmad, Evaluating Real-Time Anomaly Detection Algorithms, ICMLA 2015, https://arxiv.org/abs/1510.03336; what
the paper leaves open is as in the sweeper of https://github.com/numenta/NAB 1.1.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
OUTSIDE = -1
PROBATION = 0.15  # of the rows of a file, though never more than of LONGEST rows
LONGEST = 5000
FAR = 3.0  # widths of a window behind it, from which on a false alarm costs all its weight


class Profile(NamedTuple):
    """What finding, false alarms and missing are worth to somebody."""

    found: float
    false_alarm: float
    missed: float


STANDARD = Profile(1.0, 0.11, 1.0)
FEW_FALSE_ALARMS = Profile(1.0, 0.22, 1.0)
FEW_MISSED = Profile(1.0, 0.11, 2.0)
PROFILES = {"standard": STANDARD, "few false alarms": FEW_FALSE_ALARMS, "few missed": FEW_MISSED}


class Scored(NamedTuple):
    """The rows of one file: the detector's scores, and the windows as their first and last rows."""

    scores: Sequence[float]
    windows: Sequence[tuple[int, int]]


class Result(NamedTuple):
    """The best threshold of a corpus, what it earns there, and that on the scale where 100 is perfect."""

    threshold: float
    earned: float
    normalised: float


def best(corpus: Sequence[Scored], profile: Profile = STANDARD) -> Result:
    """Score a corpus at the threshold that serves it best as a whole."""
    scores, gains, silent = _ladder(corpus, profile)
    earned = np.concatenate(([0.0], np.cumsum(gains)))
    ends = np.concatenate(([True], scores[1:] != scores[:-1], [True]))  # equal scores are detected together
    place = int(np.argmax(np.where(ends, earned, -np.inf)))
    threshold = float(scores[place - 1]) if place else np.inf
    return Result(threshold, silent + earned[place], _normalised(silent + earned[place], corpus, profile))


def at(threshold: float, corpus: Sequence[Scored], profile: Profile = STANDARD) -> Result:
    """Score a corpus, or a part of one, at a given threshold."""
    scores, gains, silent = _ladder(corpus, profile)
    earned = silent + float(gains[scores >= threshold].sum())
    return Result(threshold, earned, _normalised(earned, corpus, profile))


def worth(rows: int, windows: Sequence[tuple[int, int]], profile: Profile) -> tuple[Floats, NDArray[np.int64]]:
    """What a detection at each row of a file is worth, and the number of the window it is in, or `OUTSIDE`."""
    number = np.arange(rows)
    value, window, behind = np.full(rows, -profile.false_alarm), np.full(rows, OUTSIDE), np.full(rows, FAR)
    for index, (first, last) in enumerate(windows):
        width = last - first + 1
        behind[last + 1 :] = (number[last + 1 :] - last) / max(width - 1, 1)
        value[first : last + 1] = (
            profile.found * _sigmoid((number[first : last + 1] - last - 1) / width) / _sigmoid(-1.0)
        )
        window[first : last + 1] = index
    outside = window == OUTSIDE
    value[outside] = profile.false_alarm * np.where(behind < FAR, _sigmoid(behind), -1.0)[outside]
    return value, window


def probation(rows: int) -> int:
    """How many rows at the start of a file do not count."""
    return int(PROBATION * min(rows, LONGEST))


def _ladder(corpus: Sequence[Scored], profile: Profile) -> tuple[Floats, Floats, float]:
    """All rows that count by falling score, what each adds to the rows before it, and what silence earns."""
    scores, gains, silent = [np.empty(0)], [np.empty(0)], 0.0
    for file in corpus:
        begin, by_row = probation(len(file.scores)), np.asarray(file.scores, dtype=np.float64)
        value, window = worth(len(file.scores), file.windows, profile)
        falling = begin + np.argsort(-by_row[begin:], kind="stable")
        value, window = value[falling], window[falling]
        for index in np.unique(window[window != OUTSIDE]):
            inside = window == index
            so_far = np.maximum.accumulate(np.concatenate(([-profile.missed], value[inside])))
            value[inside] = np.diff(so_far)
            silent -= profile.missed
        scores.append(by_row[falling])
        gains.append(value)
    every, gained = np.concatenate(scores), np.concatenate(gains)
    order = np.argsort(-every, kind="stable")
    return every[order], gained[order], silent


def _normalised(earned: float, corpus: Sequence[Scored], profile: Profile) -> float:
    windows = sum(len(file.windows) for file in corpus)
    silent, perfect = -profile.missed * windows, profile.found * windows
    return 100 * (earned - silent) / (perfect - silent) if windows else float("nan")


def _sigmoid(position: Floats | float) -> Floats:
    """From nearly 1 a window's width before its end, through 0 there, to nearly -1 as far behind it."""
    return 2 / (1 + np.exp(5 * np.asarray(position))) - 1
