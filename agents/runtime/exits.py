"""How a worker ends when it must not go on: with a reason, at once, and without saying goodbye to Kafka."""

import logging
import os
import sys
import traceback
from typing import NoReturn

import structlog
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException

from agents.errors import BadDataError, EnvironmentLacksError, UsageError

EXIT_DOUBT = 70
log = structlog.get_logger(__name__)


class SlotInUseError(UsageError):
    """Another worker runs in this slot; the two would fence each other for ever."""


class OffsetsLostError(BadDataError):
    """Committed offsets or history are gone; starting over would decide twice or not at all."""


class HaltError(BadDataError):
    """The worker ended on purpose, after a commit: so it was configured for what came in."""


class LayoutError(EnvironmentLacksError):
    """An installed client library is not the one this runtime was written for."""


def die(reason: str, *, error: BaseException | None = None) -> NoReturn:
    """End the process now: nothing uncommitted was ever visible, and a supervisor starts it again.

    Neither finally clauses nor exit handlers run: they could still talk to Kafka in our name.
    """
    log.critical("exit", reason=reason, **(told(error) if error else {}))
    logging.shutdown()
    for stream in (sys.stderr, sys.stdout):
        stream.flush()
    os._exit(EXIT_DOUBT)


def told(error: BaseException) -> dict[str, object]:
    """What a log may hold of an error: its kind and the way to it.

    The message of a bug stays inside, for it may quote a record, and records hold personal data; Kafka's own errors
    and the operating system's know of no records.

    >>> told(KeyError("Erika Mustermann"))
    {'error': 'KeyError', 'trace': []}
    """
    kind = type(error).__name__
    named = f"{kind}: {error}" if isinstance(error, KafkaException | KafkaError | OSError) else kind
    frames = traceback.extract_tb(error.__traceback__)
    return {"error": named, "trace": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}
