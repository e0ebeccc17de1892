"""Who may do what in Kafka: the access rules of one namespace, by role, for Kafka's own authorizer.

Whatever is not allowed is denied: inputs and internal topics are read by nobody but the engine, decisions written by
nobody else, and a provider reads no feedback but its own, and no alerts but those about its devices.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from agents.errors import UsageError
from agents.runtime.station import group_name
from agents.topics import full_name
from streams.topics import (
    ALERTS,
    DECISIONS,
    FEEDBACK,
    MANIFESTS,
    OF_ONE_PROVIDER,
    OUTCOMES,
    REJECTED,
    SENSORS,
    TOPICS,
    caretaker_alerts,
    feedback,
)

INPUTS = frozenset({MANIFESTS, SENSORS, OUTCOMES})
PRINCIPAL = re.compile(r"\w+:\S+")


class Role(StrEnum):
    """Who takes part; `streams/topics.py` has the topics."""

    PROVIDER = "provider"
    GATEWAY = "gateway"
    ENGINE = "engine"
    CUSTOMS = "customs"
    DUTY_OPERATOR = "duty-operator"
    DATA_STEWARD = "data-steward"


WRITES = {Role.PROVIDER: [MANIFESTS], Role.GATEWAY: [SENSORS], Role.CUSTOMS: [OUTCOMES]}
READS = {Role.CUSTOMS: [DECISIONS, ALERTS], Role.DUTY_OPERATOR: [ALERTS], Role.DATA_STEWARD: [REJECTED, FEEDBACK]}


class Acl(NamedTuple):
    """One rule: this principal may do this with what bears this name, or a name that begins so."""

    role: Role
    principal: str
    operations: tuple[str, ...]
    resource: str  # topic, group, transactional-id or cluster, as kafka-acls.sh calls its options
    name: str = ""
    prefixed: bool = False


def rules(namespace: str, principals: Mapping[str, str], providers: Mapping[str, str]) -> list[Acl]:
    """All rules of a namespace. `principals` by role, where they are not `User:<namespace>-<role>`; `providers` are
    the registered ones: id to principal. Raises `UsageError`.

    >>> [rule.name for rule in rules("customs", {}, {}) if rule.role is Role.DUTY_OPERATOR]
    ['customs.alerts.v1', 'customs.duty-operator']
    """
    if unknown := principals.keys() - set(Role):
        raise UsageError(f"there is no role {min(unknown)}; the roles are: {', '.join(Role)}")
    for principal in (*principals.values(), *providers.values()):
        if not PRINCIPAL.fullmatch(principal):
            raise UsageError(f"{principal} is no principal; one looks like User:name")
    if "" in providers:
        raise UsageError("a provider needs an id: --provider ID or --provider ID=PRINCIPAL")
    who = {role: principals.get(role, f"User:{namespace}-{role}") for role in Role}
    if providers and Role.PROVIDER not in principals:
        del who[Role.PROVIDER]  # each has rules of its own
    found = list(engine(namespace, who.pop(Role.ENGINE)))
    for role, principal in who.items():
        found += of_role(namespace, role, principal)
    for provider, principal in providers.items():
        found += of_provider(namespace, provider, principal)
    return found


def engine(namespace: str, principal: str) -> Iterator[Acl]:
    """What a worker needs. It writes no input, and creates no topic."""
    for topic in TOPICS:
        operations = ("Read",) if topic.name in INPUTS else ("Read", "Write")
        yield Acl(Role.ENGINE, principal, operations, "topic", full_name(namespace, topic.name))
    for prefix in OF_ONE_PROVIDER:
        yield Acl(Role.ENGINE, principal, ("Write",), "topic", full_name(namespace, prefix), prefixed=True)
    yield Acl(Role.ENGINE, principal, ("Read",), "group", group_name(namespace))
    yield Acl(Role.ENGINE, principal, ("Write",), "transactional-id", f"{namespace}-", prefixed=True)
    yield Acl(Role.ENGINE, principal, ("IdempotentWrite",), "cluster")


def of_role(namespace: str, role: Role, principal: str) -> Iterator[Acl]:
    """What everybody in a role may do, and the groups they may form: those whose names begin with the role's."""
    for topic in WRITES.get(role, []):
        yield Acl(role, principal, ("Write",), "topic", full_name(namespace, topic))
    for topic in READS.get(role, []):
        yield Acl(role, principal, ("Read",), "topic", full_name(namespace, topic))
    if role is Role.DATA_STEWARD:
        yield Acl(role, principal, ("Read",), "topic", full_name(namespace, f"{FEEDBACK}."), prefixed=True)
    if role in READS:
        yield Acl(role, principal, ("Read",), "group", full_name(namespace, role), prefixed=True)


def of_provider(namespace: str, provider: str, principal: str) -> Iterator[Acl]:
    """What a registered provider may do: file, and in one group of its own read the feedback on what it filed and the
    alerts about its devices.
    """
    own = feedback(provider, verified=True)
    yield Acl(Role.PROVIDER, principal, ("Write",), "topic", full_name(namespace, MANIFESTS))
    for topic in (own, caretaker_alerts(provider)):
        yield Acl(Role.PROVIDER, principal, ("Read",), "topic", full_name(namespace, topic))
    group = own.replace(FEEDBACK, Role.PROVIDER, 1)
    yield Acl(Role.PROVIDER, principal, ("Read",), "group", full_name(namespace, group))


def commands(found: Iterable[Acl]) -> Iterator[tuple[Role, list[str]]]:
    """What `kafka-acls.sh --add` is told; as few calls as can be, for each starts a Java machine.

    >>> [(role, told)] = commands([Acl(Role.GATEWAY, "User:gw", ("Write",), "topic", "customs.sensors.v1")])
    >>> " ".join(told)
    '--allow-principal User:gw --operation Write --topic customs.sensors.v1'
    """
    alike: dict[tuple[Role, str, tuple[str, ...], bool], list[str]] = {}
    for rule in found:
        resources = alike.setdefault((rule.role, rule.principal, rule.operations, rule.prefixed), [])
        resources += [f"--{rule.resource}", *([rule.name] if rule.name else [])]
    for (role, principal, operations, prefixed), resources in alike.items():
        allowed = [part for operation in operations for part in ("--operation", operation)]
        pattern = ["--resource-pattern-type", "prefixed"] if prefixed else []
        yield role, ["--allow-principal", principal, *allowed, *resources, *pattern]
