"""What intake answers to one record: cases and readings inward, what was refused to `rejected.v1`, feedback outward."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from streams import topics
from streams.intake.census import Census
from streams.intake.faults import Fault
from streams.intake.privacy import is_plain
from streams.intake.senders import Sender
from streams.log import Effects, Headers, Output, Record
from streams.records.codes import Reject
from streams.records.events import EventKind, event_id
from streams.records.feedback import Fix
from streams.records.rejection import dlq_headers, fix
from streams.records.tally import UNNAMED
from streams.records.wire import encode

REJECTED = EventKind("intake", "rejected", "application/octet-stream")
FEEDBACK = EventKind("intake", "feedback")
KEPT_BYTES = 65_536  # of an oversized record, and of a publisher's own headers
ROOM_BYTES = 3 * 1_048_576  # for value and key: a record of rejected.v1 takes 4 MiB with its headers
OURS = ("ce_", "dlq_", "content-type")  # how the names of headers begin that the engine writes
LARGEST = 5_000  # parcels of a message: what claims to be more counts as so many
LISTED_ITEMS = 500  # of one feedback; all that was refused stands in rejected.v1
LISTED_FIXES = 10  # of one item


class Tally(NamedTuple):
    """How many parcels of a message (or the one event or outcome) were accepted and refused."""

    accepted: int
    rejected: int

    @property
    def result(self) -> str:
        """
        >>> Tally(4, 1).result
        'PARTIAL'
        """
        if not self.accepted:
            return "REJECTED"
        return "PARTIAL" if self.rejected else "ACCEPTED"


class Replies:
    """Writes the answers to one record of the public topic `topic` into `effects`.

    `full_name` is what Kafka calls the topic: whoever published the record knows its place by that name. `census`
    counts what the slice that the record belongs to holds.
    """

    __slots__ = ("_census", "_codes", "_effects", "_full_name", "record", "topic")

    def __init__(self, topic: str, record: Record, effects: Effects, census: Census, full_name: str = "") -> None:
        self.topic = topic
        self._full_name = full_name or topic
        self.record = record
        self._effects = effects
        self._census = census
        self._codes: list[str] = []

    def source(self, index: int = 0) -> dict[str, Any]:
        """Where the public input stands in the log."""
        record = self.record
        return {"topic": self._full_name, "partition": record.partition, "offset": record.offset, "index": index}

    def pass_on(self, topic: str, key: str, body: Mapping[str, Any]) -> None:
        """A case or reading, to the partition of `key`."""
        self._effects.outputs.append(Output(topic, key.encode(), encode(body)))

    def tally(self, tally: Tally, provider: str = "") -> None:
        """Count the record, and what it held as sent by `provider` ("": it is not known who). Comes after refusals."""
        self._effects.counts["records", self.topic, tally.result.lower()] += 1
        weight = min(tally.rejected, LARGEST) if len(self._codes) == 1 else 1  # one code may be about a whole message
        self._census.take(provider or UNNAMED, tally.accepted, self._codes, self.record.offset, weight)

    def refuse(self, fault: Fault) -> None:
        """Put the whole record aside as it came."""
        self._put_aside(fault, self.record.value, (("dlq_truncated", b"false"),))

    def refuse_part(self, fault: Fault, index: int, declared: bytes) -> None:
        """Put the one parcel `declared`, number `index`, aside as it came: what was declared is never altered."""
        about = (("dlq_index", _decimal(index)), ("dlq_truncated", b"false"))
        self._put_aside(fault, declared, about, index=str(index))

    def refuse_oversized(self) -> None:
        """Put the beginning of the record aside, with the size and the digest of the whole."""
        value = self.record.value or b""
        about = (
            ("dlq_truncated", b"true"),
            ("dlq_size", _decimal(len(value))),
            ("dlq_sha256", sha256(value).hexdigest().encode()),
        )
        self._put_aside(Fault(Reject.MESSAGE_TOO_LARGE), value[:KEPT_BYTES], about)

    def _put_aside(self, fault: Fault, value: bytes | None, about: Headers, *, index: str = "") -> None:
        record, topic = self.record, self.topic
        located = dlq_headers(self.source(), record.timestamp, fault.code, fault.field)
        rejected_id = event_id("rejected", topic, record.partition, record.offset, index)
        headers = (*theirs(record.headers), *REJECTED.headers(rejected_id, *located, *about))
        key = record.key and record.key[: ROOM_BYTES - len(value or b"")]
        self._effects.outputs.append(Output(topics.REJECTED, key, value, headers))
        self._effects.counts["rejects", topic, fault.code] += 1
        self._codes.append(fault.code)

    def give_feedback(
        self,
        sender: Sender,
        message_id: Any,
        tally: Tally,
        items: Sequence[dict[str, Any]] = (),
        faults: Sequence[Fault] = (),
    ) -> None:
        """Tell `sender` what became of the record, and of those `items` there is something to say of."""
        feedback_id = event_id("feedback", self.topic, self.record.partition, self.record.offset)
        body = {
            "schemaVersion": "1.0",
            "feedbackId": feedback_id,
            "providerId": sender.provider,
            "source": self.source(),
            "result": tally.result,
            "accepted": tally.accepted,
            "rejected": tally.rejected,
            "fixes": fixes(faults),
            "items": sorted(items, key=_refused_first)[:LISTED_ITEMS] if items else [],
        }
        if isinstance(message_id, str) and is_plain(message_id):
            body["messageId"] = message_id
        topic = topics.feedback(sender.provider, verified=sender.verified)
        headers = FEEDBACK.headers(feedback_id)
        self._effects.outputs.append(Output(topic, sender.provider.encode(), encode(body), headers))


def item(index: int, item_id: str | None, flags: Sequence[str], faults: Sequence[Fault] = ()) -> dict[str, Any]:
    """What feedback says of one parcel, event or outcome."""
    said = {"index": index, "result": "REJECTED" if faults else "ACCEPTED", "flags": flags, "fixes": fixes(faults)}
    return {**said, "itemId": item_id} if item_id else said


def fixes(faults: Sequence[Fault]) -> list[Fix]:
    """The fix list of `faults`: where, and what is wrong there."""
    return [fix(fault.code, fault.public_field) for fault in faults[:LISTED_FIXES]]


def theirs(headers: Headers) -> Iterator[tuple[str, bytes]]:
    """A publisher's own headers: not those that bear names of ours, which nobody is to forge, nor too many."""
    room = KEPT_BYTES
    for name, value in headers:
        if name.startswith(OURS):
            continue
        room -= len(name) + len(value or b"")
        if room < 0:
            return
        yield name, value


def _refused_first(said: dict[str, Any]) -> bool:
    return bool(said["result"] == "ACCEPTED")


def _decimal(number: int) -> bytes:
    return b"%d" % number
