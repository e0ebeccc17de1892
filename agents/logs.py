"""Logs on stderr: readable on a terminal, one JSON object a line elsewhere. Libraries speak from WARNING up."""

import logging
import os
import sys

import structlog
from structlog.typing import Processor


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
    for house in ("agents", "streams", "config"):
        logging.getLogger(house).setLevel(logging.DEBUG if debug else logging.INFO)


def endings() -> list[Processor]:
    if sys.stderr.isatty():
        return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.dev.ConsoleRenderer()]
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
