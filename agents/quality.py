"""quality: how much of each public topic is refused, and whom to call when it is too much."""

from agents.runtime import Agent
from config.settings import Settings
from streams.quality import QualitySettings, QualityShard
from streams.topics import TALLIES


def agent(settings: Settings) -> Agent:
    """The agent of `tallies`; each public topic is judged whole, in one of its shards."""
    intake = settings.intake
    limits = QualitySettings(
        share_limit=intake.reject_share_limit,
        window_s=intake.reject_window_s,
        window_records=intake.reject_window_records,
        least_records=intake.reject_least_records,
        max_providers=intake.reject_max_providers,
        stop=intake.on_too_many_rejects == "stop",
    )
    return Agent(
        name="quality",
        source=TALLIES,
        shard=lambda partition: QualityShard(partition, limits),
        stateful=True,
        help="Raises an alert when too much of what a provider sends is refused, and clears it.",
    )
