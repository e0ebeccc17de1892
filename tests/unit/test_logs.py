"""What libraries repeat is said once in a while; what we say is always said."""

import doctest
import logging

from agents import logs
from agents.logs import Seldom


def passed(name: str, message: str, *args: object, times: int = 3) -> int:
    seldom = Seldom(60.0)
    return sum(seldom.filter(logging.LogRecord(name, 30, "", 0, message, args, None)) for _ in range(times))


def test_a_library_that_repeats_itself_is_heard_once() -> None:
    assert passed("aiokafka.client", "Unable to update metadata from %s", [1]) == 1


def test_our_own_words_are_never_held_back() -> None:
    assert passed("agents.runtime.pump", "assigned") == 3


def test_what_is_said_again_later_is_heard_again() -> None:
    seldom = Seldom(0.0)
    record = logging.LogRecord("aiokafka", 30, "", 0, "away", (), None)

    assert [seldom.filter(record), seldom.filter(record)] == [True, True]


def test_examples_in_docstrings_are_true() -> None:
    result = doctest.testmod(logs)

    assert (result.attempted > 0, result.failed) == (True, 0)
