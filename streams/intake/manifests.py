"""The way of a manifest: checked, flagged, stripped of personal data, split into one case a parcel."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from streams import topics
from streams.intake import parcel_flags
from streams.intake.decode import (
    CANCEL,
    ORIGINAL,
    Judged,
    claimed_provider,
    decode_manifest,
    readable_item,
    readable_parcels,
    readable_provider,
)
from streams.intake.faults import Fault
from streams.intake.limits import Limits
from streams.intake.privacy import Pseudonyms, is_plain
from streams.intake.reading import parcels_as_sent
from streams.intake.replies import Replies, Tally, item
from streams.intake.senders import Sender, Senders
from streams.intake.times import epoch_ms
from streams.records.codes import Reject

NOBODY = Sender("")
UNVERIFIED = Fault(Reject.PROVIDER_UNVERIFIED, "/provider/id")


class ManifestIntake:
    """Turns records of `manifests.v1` into cases, rejects and feedback."""

    def __init__(self, limits: Limits, pseudonyms: Pseudonyms, senders: Senders) -> None:
        self._limits = limits
        self._pseudonyms = pseudonyms
        self._senders = senders

    def __call__(self, replies: Replies) -> None:
        """Take one record."""
        message, parcels = decode_manifest(replies.record.value)
        sender = self._senders.of(claimed_provider(message.declared), replies.record)
        if sender is None:
            _refuse_message(message._replace(faults=[UNVERIFIED]), NOBODY, replies, self._pseudonyms)
        elif message.record is None:
            named = sender if sender.verified else Sender(readable_provider(sender.provider))
            _refuse_message(message, named, replies, self._pseudonyms)
        else:
            filing = Filing(message.record, sender, replies, self._limits, self._pseudonyms)
            said = [filing.take(index, judged) for index, judged in enumerate(parcels)]
            filing.close([item for item in said if item])


class Filing:
    """One accepted message: what its parcels share, and what becomes of each of them."""

    def __init__(
        self, message: dict[str, Any], sender: Sender, replies: Replies, limits: Limits, pseudonyms: Pseudonyms
    ) -> None:
        self._message = message
        self._sender = sender
        self._replies = replies
        self._pseudonyms = pseudonyms
        self._transport = message.get("transport")
        self._hidden_transport = self._transport and pseudonyms.transport(self._transport)
        self._said_by = _said_by(sender, message, replies)
        self._submitted_ms = epoch_ms(message["submittedAt"])
        self._around = parcel_flags.Around(message, self._submitted_ms, replies.record.timestamp, limits)
        self._parcels = {"parcels": len(message["parcels"])} if len(message["parcels"]) > 1 else {}
        self._rejected = 0

    def take(self, index: int, judged: Judged) -> dict[str, Any] | None:
        """Pass one parcel on, or put it aside; what feedback has to say of it, if anything."""
        if judged.record is None:
            return self._refuse(index, judged)
        case = self._case(index, judged.record)
        self._replies.pass_on(topics.CASES, case["itemId"], case)
        return item(index, case["itemId"], flags) if (flags := case.get("flags")) else None

    def close(self, said: list[dict[str, Any]]) -> None:
        """Count the message and answer its provider."""
        tally = Tally(len(self._message["parcels"]) - self._rejected, self._rejected)
        self._replies.tally(tally, self._sender.provider)
        self._replies.give_feedback(self._sender, self._said_by["messageId"], tally, said)

    @cached_property
    def _as_sent(self) -> list[bytes]:
        return parcels_as_sent(self._replies.record.value or b"")

    def _refuse(self, index: int, judged: Judged) -> dict[str, Any]:
        self._rejected += 1
        if len(self._message["parcels"]) == 1:
            self._replies.refuse(judged.faults[0])
        else:
            self._replies.refuse_part(judged.faults[0], index, self._as_sent[index])
        named = readable_item(judged.declared, self._pseudonyms)
        if not _cancels(self._message):
            _pass_refusal_on(index, named, judged.faults[0], self._said_by, self._replies)
        return item(index, named and named[1], (), judged.faults)

    def _case(self, index: int, parcel: dict[str, Any]) -> dict[str, Any]:
        case = {
            "kind": "cancel" if _cancels(self._message) else "filing",
            "source": self._replies.source(index),
            "at": self._replies.record.timestamp,
            **self._said_by,
            "itemIdType": parcel["itemIdType"],
            "itemId": parcel["itemId"],
            **self._parcels,
        }
        return case if case["kind"] == "cancel" else {**case, **self._filed(parcel)}

    def _filed(self, parcel: dict[str, Any]) -> dict[str, Any]:
        message, transport = self._message, self._transport
        office = message.get("customsOffice", "")
        budget = office or parcel.get("declaration", {}).get("officeId", "")
        return {
            "function": message.get("messageFunction", ORIGINAL),
            "office": budget and self._pseudonyms.text(budget),
            "submitted": self._submitted_ms,
            **self._pseudonyms.content(parcel, transport, office),
            "flags": parcel_flags.flags(parcel, self._around),
            "parcel": self._pseudonyms.parcel(parcel, self._hidden_transport),
        }


def _refuse_message(message: Judged, sender: Sender, replies: Replies, pseudonyms: Pseudonyms) -> None:
    """Put the whole record aside, but let no parcel in it be taken for cleared."""
    declared, fault = message.declared, message.faults[0]
    parcels, said_by = readable_parcels(declared), _said_by(sender, declared, replies)
    tally = Tally(0, max(1, len(parcels)))
    replies.refuse(fault)
    replies.tally(tally, sender.provider)
    if not _cancels(declared):
        for index, parcel in enumerate(parcels):
            _pass_refusal_on(index, readable_item(parcel, pseudonyms), fault, said_by, replies)
    if sender.provider:
        replies.give_feedback(sender, said_by["messageId"], tally, faults=message.faults)


def _pass_refusal_on(
    index: int, named: tuple[str, str] | None, fault: Fault, said_by: Mapping[str, Any], replies: Replies
) -> None:
    """A refused filing is never a clearance: its item, if that can be read, becomes a case for an alert."""
    if named:
        kind, item_id = named
        refusal = {
            "kind": "refusal",
            "source": replies.source(index),
            "at": replies.record.timestamp,
            **said_by,
            "itemIdType": kind,
            "itemId": item_id,
            "code": fault.code,
            "field": fault.public_field,
        }
        replies.pass_on(topics.CASES, item_id, refusal)


def _said_by(sender: Sender, declared: Any, replies: Replies) -> dict[str, Any]:
    """What a case says of who filed it; that a filer proved who he is decides where he hears of it later."""
    said = {"provider": sender.provider, "messageId": _message_id(declared, replies)}
    return {**said, "verified": True} if sender.verified else said


def _message_id(declared: Any, replies: Replies) -> str:
    """The sender's reference where it looks like one; its place in the log otherwise, for it might be anything."""
    claimed = declared.get("messageId") if isinstance(declared, dict) else None
    if isinstance(claimed, str) and is_plain(claimed):
        return claimed
    return f"{replies.topic}/{replies.record.partition}/{replies.record.offset}"


def _cancels(declared: Any) -> bool:
    return isinstance(declared, dict) and declared.get("messageFunction") == CANCEL
