"""The intake shard: one partition of a public topic in, cases, readings, rejects and feedback out. No memory."""

from collections.abc import Callable, Sequence

from streams import topics
from streams.intake.census import Census
from streams.intake.limits import Limits
from streams.intake.manifests import ManifestIntake
from streams.intake.outcomes import OutcomeIntake
from streams.intake.privacy import Pseudonyms
from streams.intake.replies import Replies, Tally
from streams.intake.senders import Senders
from streams.intake.sensors import SensorIntake
from streams.log import Effects, Record
from streams.registry import Providers

Handler = Callable[[Replies], None]


class IntakeShard:
    """A `streams.log.Shard` over `partition` of the public topic `topic`.

    `key` is the secret that pseudonyms and digests are made with (32 bytes or more). Places in the log are told with
    the topic's `full_name` in Kafka. `providers` is the registry that all shards of a worker share;
    `former_key` the one that `key` is taking over from, if any.
    """

    def __init__(  # noqa: PLR0913
        self,
        topic: str,
        partition: int,
        limits: Limits,
        key: bytes,
        full_name: str = "",
        *,
        providers: Providers | None = None,
        former_key: bytes = b"",
    ) -> None:
        self.topic = topic
        self.full_name = full_name or topic
        self.partition = partition
        self._max_bytes = limits.max_message_bytes
        namespace = self.full_name.removesuffix(topic).removesuffix(".")
        senders = Senders(
            Providers() if providers is None else providers, topic, namespace, registered_only=limits.registered_only
        )
        self._handle = handler(topic, limits, Pseudonyms(key, former_key), senders)

    def process(self, records: Sequence[Record], effects: Effects) -> None:
        """Take `records`; what is too large is not even looked at. One output at the end tells how much was refused."""
        census = Census()
        for record in records:
            replies = Replies(self.topic, record, effects, census, self.full_name)
            if len(record.value or b"") <= self._max_bytes:
                self._handle(replies)
            else:
                replies.refuse_oversized()
                replies.tally(Tally(0, 1))
        if records:
            newest_ms = max(record.timestamp for record in records)
            effects.outputs.append(census.output(self.topic, self.full_name, self.partition, newest_ms))

    def tick(self, now_ms: int, effects: Effects) -> None:
        """Nothing here depends on time."""

    def replay(self, record: Record, answers: Sequence[Record]) -> None:
        """There is no state to restore."""


def handler(topic: str, limits: Limits, pseudonyms: Pseudonyms, senders: Senders) -> Handler:
    """What takes the records of `topic`. Outcomes are customs' own: who may write them is the broker's to say."""
    match topic:
        case topics.MANIFESTS:
            return ManifestIntake(limits, pseudonyms, senders)
        case topics.SENSORS:
            return SensorIntake(limits, pseudonyms, senders)
        case _:
            return OutcomeIntake(limits, pseudonyms)
