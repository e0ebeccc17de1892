"""risk: everything that happened to one item, in order, becomes decisions, alerts and labelled examples."""

from agents import budgets
from agents.runtime import Agent
from agents.secret import Secret
from config.settings import Settings
from streams.control import Control
from streams.risk.settings import RiskSettings
from streams.risk.shard import RiskShard
from streams.topics import CASES, DECISIONS
from streams.values import ValueSettings


def agent(settings: Settings, control: Control, secret: Secret, *, partitions: int, engine: str) -> Agent:
    """The agent of `cases`; its shards share `control`, so all score with the same model.

    The bound on items is a worker's, but a shard cannot know its neighbours: each gets its even share of all
    `partitions`, so the bound holds even for one worker that owns them all.
    """
    items = settings.items.model_dump() | {"max_items": max(settings.items.max_items // partitions, 1)}
    lanes, configured = settings.lanes, budgets.configured(settings)
    limits = RiskSettings(
        rates=configured.general,
        office_rates=configured.offices,
        shared_budget=lanes.shared,
        euro_rates=settings.euro_rates,
        engine=engine,
        namespace=settings.namespace,
        least_examples=lanes.least_examples,
        control_stale_s=lanes.control_stale_s,
        safe_lanes=dict(lanes.degraded.items()),
        passage_s=settings.leakage.passage_s,
        values=ValueSettings(**settings.values.model_dump()),
        partitions=partitions,
        voyage_s=settings.incidents.voyage_s,
        **items,
    )
    return Agent(
        name="risk",
        source=CASES,
        shard=lambda partition: RiskShard(partition, control, limits, secret.draws),
        stateful=True,
        answers=DECISIONS,
        ticks=True,
        help="Scores, decides and explains; turns inspection outcomes into labelled examples.",
    )
