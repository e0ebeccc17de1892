"""A worker: all agents, one control fold, one metrics endpoint, one slot."""

import hashlib
import platform
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from agents import intake, patterns, quality, risk, runtime, sensors
from agents.access import Access
from agents.clients import require_topic
from agents.endpoint import serving
from agents.errors import UsageError
from agents.health import Progress
from agents.metrics import Metrics
from agents.secret import Secret, read_secret
from config.settings import Settings
from streams.control import Control
from streams.incidents import IncidentSettings
from streams.learning.settings import LearningSettings
from streams.learning.targets import Targets
from streams.models import CATALOGUE, build
from streams.topics import CASES

UNWELL = 0.25  # of the time without progress that ends a worker: then it says that it is not well
DECIDING = ("greenlane", "river", "pydantic", "numpy", "scipy", "orjson")


def fingerprint() -> str:
    """What a decision depends on besides its inputs: the versions of Python and of all that computes in it.

    >>> len(fingerprint())
    16
    """
    versions = [f"python {platform.python_version()}", *(f"{name} {version(name)}" for name in DECIDING)]
    return hashlib.sha256("\n".join(versions).encode()).hexdigest()[:16]


def all_agents(settings: Settings, control: Control, secret: Secret, *, partitions: int) -> list[runtime.Agent]:
    """Every agent of the engine; `partitions` is the number of partitions of `cases`."""
    return [
        *intake.agents(settings, control, secret),
        risk.agent(settings, control, secret, partitions=partitions, engine=fingerprint()),
        sensors.agent(settings, control, partitions=partitions),
        patterns.agent(settings, control),
        quality.agent(settings),
    ]


def fold(settings: Settings) -> Control:
    """The fold of a control log of which nothing is read yet. Raises `UsageError` for a challenger that is no model."""
    if unknown := set(settings.learning.challengers) - CATALOGUE.keys():
        raise UsageError(f"learning.challengers names {min(unknown)}, which is none of {', '.join(sorted(CATALOGUE))}")
    learning = LearningSettings(**settings.learning.model_dump())
    incidents = IncidentSettings(**settings.incidents.model_dump(exclude={"voyage_s"}))
    return Control(build(), Targets(**settings.targets.model_dump()), learning, incidents)


def fresh(settings: Settings, secret: Secret, *, partitions: int) -> tuple[Control, list[runtime.Agent]]:
    """An engine that has seen nothing yet: the fold of the control log, and all agents that share it."""
    control = fold(settings)
    return control, all_agents(settings, control, secret, partitions=partitions)


def engine(settings: Settings) -> Callable[[], tuple[Control, list[runtime.Agent]]]:
    """What makes an engine that has seen nothing yet, for the broker and with the key material of `settings`.

    Raises `UsageError` without key material or topics, `UnreachableError` without a broker.
    """
    if settings.secret_file is None:
        raise UsageError("a worker needs GREENLANE_SECRET_FILE (make one with: greenlane secret new FILE)")
    secret = read_secret(settings.secret_file)
    partitions = require_topic(Access.of(settings), f"{settings.namespace}.{CASES}")
    return partial(fresh, settings, secret, partitions=partitions)


def run(settings: Settings, slot: int = 0) -> int:
    """Run all agents in `slot` until SIGTERM; returns 0 then. Raises `GreenlaneError` when it cannot start."""
    control, agents = engine(settings)()
    progress = Progress(settings.runtime.stall_limit_s * UNWELL)
    metrics, lanes = Metrics(progress), settings.lanes
    metrics.aim({"RED": lanes.red_rate, "YELLOW": lanes.yellow_rate, "BLUE": lanes.blue_rate})
    port = settings.metrics_port + slot if settings.metrics_port else 0
    endpoint = serving(metrics.registry, progress, settings.metrics_host, port)
    return runtime.run(agents, control, settings, slot=slot, observer=metrics, beside=endpoint)
