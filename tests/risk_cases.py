"""Cases as intake writes them, and a risk shard to feed them to: shared by the tests of risk."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from agents.budgets import told_rates
from streams.control import Control
from streams.decisions.lanes import LaneRates
from streams.log import Effects, LogRecord, Output
from streams.models import Explained
from streams.risk import RiskSettings, RiskShard

KEY = b"a key only tests use, 32 bytes.."
RATES = LaneRates(red=0.03, yellow=0.05, blue=0.07, random_share=0.1)
ALWAYS_RED = LaneRates(red=1.0, yellow=0.0, blue=0.0, random_share=0.0)
ALWAYS_YELLOW = LaneRates(red=0.0, yellow=1.0, blue=0.0, random_share=0.0)
NEVER = LaneRates(red=0.0, yellow=0.0, blue=0.0, random_share=0.0)
EUROS = {"EUR": 1.0}
START_MS = 1_790_000_000_000


class FixedModel:
    """Scores a parcel by its price: `price_eur` 62 is a risk of 0.62. Remembers what it is taught."""

    def __init__(self) -> None:
        self.learnt: list[tuple[dict[str, Any], bool]] = []

    def score_one(self, x: Mapping[str, Any]) -> float:
        return min(float(x["price_eur"]) / 100, 1.0)

    def explain_one(self, x: Mapping[str, Any]) -> Explained:
        return Explained(self.score_one(x), {"z_price": 0.4}, {"z_price": x.get("z_price", 0.0)})

    def learn_one(self, x: Mapping[str, Any], y: bool) -> None:
        self.learnt.append((dict(x), y))

    def prequential_one(self, x: Mapping[str, Any], y: bool) -> float:
        score = self.score_one(x)
        self.learn_one(x, y)
        return score


class Log:
    """`cases[0]` with a risk shard on it: each method appends one case, in the order of calls."""

    def __init__(self, rates: LaneRates = RATES, model: Any = None, **limits: Any) -> None:
        self.control = Control(model or FixedModel())
        self.settings = RiskSettings(rates, euro_rates=EUROS, engine="test-1", **limits)
        self.shard = RiskShard(0, self.control, self.settings, KEY)
        self.effects = Effects()
        self.records: list[LogRecord] = []

    def take(self, case: Mapping[str, Any]) -> list[Output]:
        """Process one case; returns what it led to."""
        return self.feed([record(len(self.records), case)])

    def feed(self, records: Sequence[LogRecord]) -> list[Output]:
        self.records += records
        before = len(self.effects.outputs)
        self.shard.process(records, self.effects)
        return self.effects.outputs[before:]

    def order(self, rates: LaneRates | None, **of: Any) -> None:
        """Append a change of the budget to the control log: that of `office`, or of all."""
        told = {"kind": "budget", "rates": rates and told_rates(rates), "by": "tests", "why": "to see", **of}
        self.control.fold(LogRecord(0, self.control.offset, 0, None, orjson.dumps(told)))

    def tick(self, now_ms: int) -> list[Output]:
        before = len(self.effects.outputs)
        self.shard.tick(now_ms, self.effects)
        return self.effects.outputs[before:]

    def all(self, topic: str) -> list[dict[str, Any]]:
        return said(self.effects.outputs, topic)


def said(outputs: Iterable[Output], topic: str) -> list[dict[str, Any]]:
    """The values written to one topic."""
    return [orjson.loads(output.value or b"") for output in outputs if output.topic == topic]


def record(offset: int, case: Mapping[str, Any]) -> LogRecord:
    return LogRecord(0, offset, case["at"], case["itemId"].encode(), orjson.dumps(case))


def source(offset: int, topic: str = "manifests.v1", index: int = 0) -> dict[str, Any]:
    return {"topic": topic, "partition": 1, "offset": offset, "index": index}


def filing(
    item_id: str = "A1",
    price_eur: float = 20.0,
    *,
    function: str = "9",
    provider: str = "CNPOST",
    offset: int = 0,
    at: int = START_MS,
    office: str = "DE004851",
    flags: Sequence[str] = (),
) -> dict[str, Any]:
    """A filing whose content is its price."""
    goods = {"sequenceNumber": 1, "hsCode": "851830", "originCountry": "CN", "value": {"amount": price_eur}}
    parcel = {
        "exportCountry": "CN",
        "destinationCountry": "DE",
        "categoryOfItem": "SALE_OF_GOODS",
        "consignee": {"pseudonym": "p1", "country": "DE"},
        "grossMass": {"value": 0.4, "unitCode": "KGM"},
        "totalValue": {"amount": price_eur, "currency": "EUR"},
        "goodsItems": [goods],
        "transport": {"modeOfTransport": "5", "containerId": "MSKU9070323"},
    }
    return {
        "kind": "filing",
        "function": function,
        "source": source(offset),
        "at": at,
        "provider": provider,
        "messageId": f"m-{offset}",
        "itemIdType": "CARRIER_TRACKING",
        "itemId": item_id,
        "office": office,
        "submitted": at - 1_000,
        "content": hashlib.blake2b(repr(price_eur).encode(), digest_size=16).hexdigest(),
        "flags": list(flags),
        "parcel": parcel,
    }


def amendment(item_id: str = "A1", price_eur: float = 30.0, **more: Any) -> dict[str, Any]:
    return filing(item_id, price_eur, **{"function": "5", "offset": 1, **more})


def cancel(item_id: str = "A1", *, provider: str = "CNPOST", offset: int = 2, at: int = START_MS) -> dict[str, Any]:
    return {
        "kind": "cancel",
        "source": source(offset),
        "at": at,
        "provider": provider,
        "messageId": f"m-{offset}",
        "itemIdType": "CARRIER_TRACKING",
        "itemId": item_id,
    }


def outcome(
    item_id: str = "A1",
    result: str = "NON_CONFORM",
    *,
    outcome_id: str = "o-1",
    offset: int = 0,
    at: int = START_MS,
    disposition: str = "DETAINED",
    **more: Any,
) -> dict[str, Any]:
    return {
        "kind": "outcome",
        "source": source(offset, "outcomes.v1"),
        "at": at,
        "provider": "",
        "messageId": outcome_id,
        "itemIdType": "CARRIER_TRACKING",
        "itemId": item_id,
        "flags": [],
        "outcome": {
            "outcomeId": outcome_id,
            "customsOffice": "DE004851",
            "selectionBasis": "RISK_ENGINE",
            "completedAt": "2026-08-21T07:31:00Z",
            "result": result,
            "disposition": disposition,
            **more,
        },
    }


def refusal(item_id: str = "A1", *, offset: int = 3, at: int = START_MS) -> dict[str, Any]:
    return {
        "kind": "refusal",
        "source": source(offset),
        "at": at,
        "provider": "CNPOST",
        "messageId": f"m-{offset}",
        "itemIdType": "CARRIER_TRACKING",
        "itemId": item_id,
        "code": "HS_CODE_FORMAT",
        "field": "/parcels/0/goodsItems/0/hsCode",
    }
