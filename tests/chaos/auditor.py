"""An independent auditor: it shares no code with the engine and knows topics and records by contract alone.

It reads every public topic of a namespace `read_committed` and accounts for each input: decided once per version or
rejected once, never both, never twice. `python -m tests.chaos.auditor BROKER NAMESPACE` prints what is wrong, if
anything. A publisher may say what it expects of a record in the header `expect`: for the whole record
`reject:CODE`, or one word per parcel, separated by commas: `decide`, `repeat`, `cancel`, `reject:CODE`.
"""

import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.chaos.evidence import INPUTS, OUTPUTS, Audit, Entry, Place, read

LIMIT_BYTES, KEPT_BYTES = 1024 * 1024, 64 * 1024
SELECTED = {"RED", "YELLOW"}
CONCLUSIVE = {"CONFORM", "NON_CONFORM"}
# Found when the original was no longer at hand: the reject carries what was pseudonymised by then.
LATER = {"CANCEL_UNKNOWN_ITEM", "AMEND_UNKNOWN_ITEM", "OUTCOME_NO_DECISION", "PROVIDER_MISMATCH"}


def audit(log: dict[str, list[Entry]]) -> Audit:
    """Check all promises of the contract that outsiders can check."""
    report = Audit(Counter({topic: len(entries) for topic, entries in log.items()}))
    decisions = [(entry, json.loads(entry.value or b"")) for entry in log["decisions.v1"]]
    alerts = [(entry, json.loads(entry.value or b"")) for entry in log["alerts.v1"]]
    _check_identity(report, log, decisions)
    _check_versions(report, decisions)
    _check_alerts(report, alerts, decisions)
    rejects = _check_rejects(report, log)
    _check_cleared(report, log["outcomes.v1"], alerts, decisions, rejects)
    _check_accounts(report, log["manifests.v1"], _by_source(decisions), rejects)
    for topic in ("sensors.v1", "outcomes.v1"):
        for entry in log[topic]:
            _check_whole(report, entry, rejects)
    return report


def _check_identity(report: Audit, log: dict[str, list[Entry]], decisions: list[tuple[Entry, Any]]) -> None:
    events = [entry.headers for topic in OUTPUTS for entry in log[topic]]
    report.require(all("ce_id" in headers for headers in events), "an event has no ce_id")
    for name, count in Counter((headers.get("ce_source"), headers.get("ce_id")) for headers in events).items():
        report.require(count == 1, f"ce_id {name!r} occurs {count} times", "duplicated")
    for name, count in Counter(decision["decisionId"] for _, decision in decisions).items():
        report.require(count == 1, f"decisionId {name} occurs {count} times", "duplicated")


def _check_versions(report: Audit, decisions: list[tuple[Entry, Any]]) -> None:
    """Versions of an item count 1, 2, … in one partition, in order, each naming the one it supersedes."""
    history: dict[tuple[str, str], list[tuple[Entry, Any]]] = defaultdict(list)
    for entry, decision in decisions:
        history[decision["itemIdType"], decision["itemId"]].append((entry, decision))
        report.require(entry.key == decision["itemId"].encode(), f"{decision['itemId']}: the key is not the itemId")
    for (_, item), known in history.items():
        known.sort(key=lambda pair: (pair[0].partition, pair[0].offset))
        versions = [decision["version"] for _, decision in known]
        _check_order(report, item, [decision["source"] for _, decision in known])
        report.require(versions == list(range(1, len(known) + 1)), f"{item}: versions are {versions}")
        report.require(len({entry.partition for entry, _ in known}) == 1, f"{item}: decided in several partitions")
        chain = [None, *(decision["decisionId"] for _, decision in known[:-1])]
        named = [decision.get("supersedesDecisionId") for _, decision in known]
        report.require(named == chain, f"{item}: supersedes {named} where {chain} is right")
    report.counts["items"] = len(history)


def _check_order(report: Audit, item: str, sources: list[Any]) -> None:
    """What was filed later in one partition is decided later."""
    latest: dict[tuple[str, int], int] = {}
    for source in sources:
        log, offset = (source["topic"], source["partition"]), source["offset"]
        report.require(offset > latest.get(log, -1), f"{item}: {log} {offset} was decided after a later filing")
        latest[log] = offset


def _check_alerts(report: Audit, alerts: list[tuple[Entry, Any]], decisions: list[tuple[Entry, Any]]) -> None:
    seen: dict[tuple[str, str], Entry] = {}
    for entry, alert in sorted(alerts, key=lambda pair: (pair[0].partition, pair[0].offset)):
        name = alert["alertId"], alert["state"]
        report.require(name not in seen, f"alert {name} occurs twice", "duplicated")
        seen[name] = entry
        raised = seen.get((alert["alertId"], "RAISED"))
        if alert["state"] == "CLEARED":
            report.require(
                raised and raised.partition == entry.partition, f"alert {name}: cleared before it was raised"
            )
    raised_for = {alert.get("decisionId") for _, alert in alerts if alert["state"] == "RAISED"}
    for item, decision in _newly_selected(decisions):
        report.require(decision["decisionId"] in raised_for, f"{item}: {decision['lane']} without an alert", "missing")


def _check_cleared(
    report: Audit,
    outcomes: list[Entry],
    alerts: list[tuple[Entry, Any]],
    decisions: list[tuple[Entry, Any]],
    rejects: dict[Place, Entry],
) -> None:
    """What was inspected needs no alert any more; items decided anew later are left out, for they may need another."""
    versions = Counter(decision["itemId"] for _, decision in decisions)
    accepted = [e for e in outcomes if Place(e.topic, e.partition, e.offset) not in rejects]
    known = [outcome for entry in accepted if (outcome := json.loads(entry.value or b""))["result"] in CONCLUSIVE]
    public = [outcome for outcome in known if outcome.get("disposition") != "CONTROLLED_DELIVERY"]
    inspected = {outcome["itemId"] for outcome in public if versions[outcome["itemId"]] == 1}
    cleared = {alert["alertId"] for _, alert in alerts if alert["state"] == "CLEARED"}
    for _, alert in alerts:
        item = alert["subject"].get("itemId")
        if "lane" in alert and item in inspected:
            report.require(alert["alertId"] in cleared, f"{item}: inspected, but its alert stands")
    report.counts["items inspected"] = len(inspected)


def _newly_selected(decisions: list[tuple[Entry, Any]]) -> Iterator[tuple[str, Any]]:
    """Decisions that made an item RED or YELLOW which was neither before."""
    lanes: dict[tuple[str, str], str] = {}
    for _, decision in sorted(decisions, key=lambda pair: (pair[0].partition, pair[0].offset)):
        item = decision["itemIdType"], decision["itemId"]
        if decision["lane"] in SELECTED and lanes.get(item) not in SELECTED:
            yield item[1], decision
        lanes[item] = decision["lane"]


def _by_source(decisions: list[tuple[Entry, Any]]) -> dict[Place, list[Any]]:
    found: dict[Place, list[Any]] = defaultdict(list)
    for _, decision in decisions:
        place = Place(**decision["source"])
        found[place._replace(topic=_plain(place.topic))].append(decision)
    return found


def _plain(topic: str) -> str:
    """The name without namespace; places are told with the name Kafka knows."""
    return next((name for name in INPUTS if topic.endswith(f".{name}")), topic)


def _check_rejects(report: Audit, log: dict[str, list[Entry]]) -> dict[Place, Entry]:
    """Each reject names an input that exists, and no input twice."""
    inputs = {(e.topic, e.partition, e.offset): e for topic in INPUTS for e in log[topic]}
    rejects: dict[Place, Entry] = {}
    for entry in log["rejected.v1"]:
        place = _rejected_place(entry)
        original = inputs.get((place.topic, place.partition, place.offset))
        report.require(place not in rejects, f"{place}: rejected twice", "duplicated")
        report.require(original, f"{place}: rejected, but no such input")
        rejects[place] = entry
        if original:
            stamp = int(entry.headers["dlq_timestamp"])
            report.require(stamp == original.timestamp, f"{place}: rejected with timestamp {stamp}")
    return rejects


def _rejected_place(entry: Entry) -> Place:
    text = {name: value.decode() for name, value in entry.headers.items() if name.startswith("dlq_")}
    index = int(text["dlq_index"]) if "dlq_index" in text else None
    return Place(_plain(text["dlq_topic"]), int(text["dlq_partition"]), int(text["dlq_offset"]), index)


def _check_whole(report: Audit, entry: Entry, rejects: dict[Place, Entry]) -> bool:
    """Whether the whole record was rejected; if so, as it came and as expected."""
    place = Place(entry.topic, entry.partition, entry.offset)
    reject, wanted = rejects.get(place), entry.headers.get("expect", b"").decode()
    if reject is None:
        alone = place._replace(index=0) in rejects  # the only parcel of a manifest may be named by its number
        due = "," not in wanted and wanted.startswith("reject:") and not alone
        report.require(not due, f"{place}: not rejected", "missing")
        return False
    report.counts["records rejected whole"] += 1
    code = reject.headers["dlq_code"].decode()
    report.require(code in LATER or _same_bytes(entry, reject), f"{place}: rejected with other bytes than it had")
    report.require(wanted in {"", f"reject:{code}"}, f"{place}: rejected as {code}, expected {wanted}")
    return True


def _same_bytes(entry: Entry, reject: Entry) -> bool:
    """As it came; of a record over the limit, key and headers included, the beginning."""
    size = len(entry.value or b"") + len(entry.key or b"") + sum(map(len, entry.headers.values()))
    if size > LIMIT_BYTES and reject.headers["dlq_truncated"] == b"true":
        return (reject.value or b"") == (entry.value or b"")[:KEPT_BYTES]
    return len(entry.value or b"") <= LIMIT_BYTES and (reject.value or b"", reject.key) == (
        entry.value or b"",
        entry.key,
    )


def _check_accounts(
    report: Audit, manifests: list[Entry], decided: dict[Place, list[Any]], rejects: dict[Place, Entry]
) -> None:
    """Every parcel of every manifest: one decision, or one reject, or a reason why neither is due."""
    contents: dict[str, set[bytes]] = defaultdict(set)  # what was ever decided on, by item
    silent: list[tuple[Place, str, bytes]] = []
    for entry in manifests:
        if _check_whole(report, entry, rejects):
            continue
        for place, manifest, parcel in _parcels(report, entry):
            fate = _fate(report, place, parcel, decided.pop(place, []), rejects.get(place))
            _check_expected(report, entry, place, fate)
            item, content = str(parcel.get("itemId")), _digest(manifest, parcel)
            if fate == "decide":
                contents[item].add(content)
            elif not fate and manifest.get("messageFunction") != "1":
                silent.append((place, item, content))
    for place, item, content in silent:
        report.require(content in contents[item], f"{place}: item {item} neither decided nor rejected", "missing")
    for place, made in decided.items():
        if place.topic.endswith(".control"):
            _check_incident(report, place, made)
        else:
            report.require(None, f"{place}: decided, but rejected whole or no such parcel")


def _check_incident(report: Audit, place: Place, made: list[Any]) -> None:
    """What an incident led to: of each parcel one decision, in the place of another."""
    for item, count in Counter(decision["itemId"] for decision in made).items():
        report.require(count == 1, f"{place}: {item} was decided {count} times", "duplicated")
    for decision in made:
        due = decision["selectedBy"] == "INCIDENT" and "supersedesDecisionId" in decision
        report.require(due, f"{place}: {decision['itemId']} was decided, but no incident did that")
    report.counts["decisions of incidents"] += len(made)


def _parcels(report: Audit, entry: Entry) -> Iterator[tuple[Place, dict[str, Any], dict[str, Any]]]:
    try:
        manifest = json.loads(entry.value or b"")
        parcels = list(manifest["parcels"])
    except (ValueError, TypeError, KeyError, RecursionError):
        report.require(None, f"{entry.topic} {entry.partition}/{entry.offset}: no manifest, not rejected", "missing")
        return
    for index, parcel in enumerate(parcels):
        report.counts["parcels"] += 1
        yield Place(entry.topic, entry.partition, entry.offset, index), manifest, parcel


def _fate(report: Audit, place: Place, parcel: Any, made: list[Any], reject: Entry | None) -> str:
    """`decide`, `reject:CODE` or nothing."""
    refused = int(reject is not None)
    report.require(len(made) + refused <= 1, f"{place}: {len(made)} decisions and {refused} rejects", "duplicated")
    if made:
        report.require(made[0]["itemId"] == parcel["itemId"], f"{place}: decided as {made[0]['itemId']}")
        report.counts["decisions with their parcel"] += 1
        return "decide"
    if reject is None:
        return ""
    report.counts["parcels rejected alone"] += 1
    code = reject.headers["dlq_code"].decode()
    report.require(code in LATER or _same_parcel(parcel, reject), f"{place}: rejected as another parcel than it was")
    return f"reject:{code}"


def _same_parcel(parcel: Any, reject: Entry) -> bool:
    """The parcel alone, or the manifest of which it was the only one."""
    value = json.loads(reject.value or b"")
    return parcel in (value, *(value.get("parcels", ()) if isinstance(value, dict) else ()))


def _check_expected(report: Audit, entry: Entry, place: Place, fate: str) -> None:
    if "expect" not in entry.headers:
        return
    wanted = entry.headers["expect"].decode().split(",")[place.index or 0]
    due = "" if wanted in {"repeat", "cancel"} else wanted
    kind = "wrong" if fate and due else "duplicated" if fate else "missing"
    report.require(fate == due, f"{place}: {fate or 'nothing'} where {wanted} was expected", kind)


def _digest(manifest: dict[str, Any], parcel: Any) -> bytes:
    """Two filings with equal digests say the same about the parcel."""
    said = json.dumps([manifest.get("transport"), manifest.get("customsOffice"), parcel], sort_keys=True)
    return hashlib.blake2b(said.encode(), digest_size=16).digest()


def main() -> None:
    report = audit(read(*sys.argv[1:3]))
    sys.stdout.write(f"{report}\n")
    sys.exit(bool(report.faults))


if __name__ == "__main__":
    main()
