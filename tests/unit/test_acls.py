"""Who may do what in Kafka, as rules."""

from itertools import pairwise

import pytest

from agents.acls import INPUTS, Acl, Role, commands, rules
from agents.errors import UsageError
from streams.topics import EVENTS, TOPICS

PROVIDERS = {"CNPOST": "User:cnpost", "urn:acme": "User:acme"}
INTERNAL = {topic.name for topic in TOPICS} - INPUTS - EVENTS


def names(role: Role, operation: str, resource: str = "topic") -> set[str]:
    found = rules("customs", {}, PROVIDERS)
    mine = [acl for acl in found if acl.role is role and acl.resource == resource and operation in acl.operations]
    return {acl.name.removeprefix("customs.") for acl in mine}


def test_inputs_and_internal_topics_are_read_by_the_engine_alone() -> None:
    readers = {role for role in Role if names(role, "Read") & (INPUTS | INTERNAL)}

    assert {"cases", "control"} < INTERNAL
    assert readers == {Role.ENGINE}
    assert names(Role.ENGINE, "Read") >= INPUTS | INTERNAL


def test_the_engine_writes_everything_but_what_it_judges() -> None:
    assert names(Role.ENGINE, "Write") == {topic.name for topic in TOPICS} - INPUTS | {
        "feedback.v1.",
        "caretaker-alerts.v1.",
    }
    assert {role for role in Role if names(role, "Write") - INPUTS} == {Role.ENGINE}


def test_every_provider_reads_its_own_feedback_and_alerts_in_a_group_of_its_own() -> None:
    found = [acl for acl in rules("customs", {}, PROVIDERS) if acl.role is Role.PROVIDER and "Read" in acl.operations]

    assert [(acl.principal, acl.resource, acl.name, acl.prefixed) for acl in found] == [
        ("User:cnpost", "topic", "customs.feedback.v1.CNPOST", False),
        ("User:cnpost", "topic", "customs.caretaker-alerts.v1.CNPOST", False),
        ("User:cnpost", "group", "customs.provider.CNPOST", False),
        ("User:acme", "topic", "customs.feedback.v1.urn_3aacme", False),
        ("User:acme", "topic", "customs.caretaker-alerts.v1.urn_3aacme", False),
        ("User:acme", "group", "customs.provider.urn_3aacme", False),
    ]


def test_nobody_but_the_engine_has_transactions_and_nobody_may_form_its_group() -> None:
    assert {role for role in Role if names(role, "Write", "transactional-id")} == {Role.ENGINE}
    others = set().union(*(names(role, "Read", "group") for role in Role if role is not Role.ENGINE))
    assert not any("engine".startswith(group) for group in others)


def test_a_role_goes_by_its_name_unless_told_otherwise() -> None:
    found = {acl.role: acl.principal for acl in rules("customs", {"customs": "User:zoll"}, {})}

    assert found[Role.CUSTOMS] == "User:zoll"
    assert found[Role.PROVIDER] == "User:customs-provider"


@pytest.mark.parametrize(
    ("principals", "providers", "sentence"),
    [
        ({"smuggler": "User:x"}, {}, "there is no role smuggler; the roles are: provider, gateway"),
        ({"customs": "zoll"}, {}, "zoll is no principal"),
        ({}, {"CNPOST": "User:"}, "User: is no principal"),
        ({}, {"": "User:x"}, "a provider needs an id"),
    ],
)
def test_what_makes_no_sense_is_refused(principals: dict[str, str], providers: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        rules("customs", principals, providers)


def test_all_rules_come_out_as_commands_and_none_twice() -> None:
    found = rules("customs", {}, PROVIDERS)
    told = [words for _, words in commands(found)]

    assert len(told) < len(found)
    assert sum(
        word in {"--topic", "--group", "--transactional-id", "--cluster"} for words in told for word in words
    ) == len(found)
    for acl in found:
        (words,) = [words for words in told if says(words, acl)]
        assert ("prefixed" in words) == acl.prefixed


def says(words: list[str], acl: Acl) -> bool:
    pairs = set(pairwise(words))
    allowed = {operation for option, operation in pairs if option == "--operation"} == set(acl.operations)
    named = (f"--{acl.resource}", acl.name) in pairs if acl.name else f"--{acl.resource}" in words
    return allowed and named and ("--allow-principal", acl.principal) in pairs
