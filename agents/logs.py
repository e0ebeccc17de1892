"""Logs on stderr: readable on a terminal, one JSON object a line elsewhere. Libraries speak from WARNING up."""

import logging
import os
import sys
import time

import structlog
from structlog.typing import Processor

HOUSES = ("agents", "streams", "config")
QUOTERS = ("kafka", "aiokafka")  # in detail they log their options and requests whole, with passwords and records


def configure(libraries: int = logging.WARNING) -> None:
    """Send structlog and the standard library's logging the same way; `GREENLANE_DEBUG=1` shows everything."""
    debug = bool(os.environ.get("GREENLANE_DEBUG"))
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if debug else logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=endings()))
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if debug else libraries, force=True)
    if not debug:
        handler.addFilter(Seldom())
    for house in HOUSES:
        logging.getLogger(house).setLevel(logging.DEBUG if debug else logging.INFO)
    if debug:
        for library in QUOTERS:
            logging.getLogger(library).setLevel(logging.INFO)


class Seldom(logging.Filter):
    """Lets a library say the same only once in a while: every retry tells of a broker that is away, for hours.

    >>> seldom = Seldom(60.0)
    >>> said = [logging.makeLogRecord({"name": "aiokafka", "msg": text}) for text in ("away", "away", "back")]
    >>> [seldom.filter(record) for record in said]
    [True, False, True]
    """

    KNOWN = 1000

    def __init__(self, every_s: float = 10.0) -> None:
        super().__init__()
        self._every_s = every_s
        self._said_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key, now = (record.name, str(record.msg)), time.monotonic()
        if record.name.split(".")[0] in HOUSES:
            return True
        if key in self._said_at and now - self._said_at[key] < self._every_s:
            return False
        if len(self._said_at) >= self.KNOWN:
            self._said_at.clear()
        self._said_at[key] = now
        return True


def endings() -> list[Processor]:
    if sys.stderr.isatty():
        return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.dev.ConsoleRenderer()]
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
