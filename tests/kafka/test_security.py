"""A broker with TLS, passwords, certificates and Kafka's own authorizer: each role does its job, and nothing else."""

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import AclOperation, AdminClient

from agents.acls import Role, rules
from agents.clients import admin
from agents.reading import committed
from streams.topics import TOPICS, caretaker_alerts, feedback
from tests.kafka.secured import ADMIN, Login, Secured, as_access, bindings, secured
from tests.outside.processes import Worker, free_ports, run
from tests.outside.records import a_manifest, a_parcel, a_sensor_event, an_outcome, as_bytes

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
OWN, OTHER = feedback("SWIFTLINE", verified=True), feedback("CNPOST", verified=True)
INPUTS = {"manifests.v1", "sensors.v1", "outcomes.v1"}
OWN_DEVICES, OTHER_DEVICES = caretaker_alerts("SWIFTLINE"), caretaker_alerts("CNPOST")
PRIVATE = {OWN, OTHER, OWN_DEVICES, OTHER_DEVICES}
EVERYTHING = {topic.name for topic in TOPICS} | PRIVATE
USERS = ("provider-SWIFTLINE", "provider-CNPOST", "gateway", "engine", "customs", "duty-operator", "data-steward")
# What each may read, and what it may write: the contract, section 3.
MAY: dict[str, tuple[set[str], set[str]]] = {
    "provider-SWIFTLINE": ({OWN, OWN_DEVICES}, {"manifests.v1"}),
    "provider-CNPOST": ({OTHER, OTHER_DEVICES}, {"manifests.v1"}),
    "gateway": (set(), {"sensors.v1"}),
    "engine": (EVERYTHING - PRIVATE, EVERYTHING - INPUTS),
    "customs": ({"decisions.v1", "alerts.v1"}, {"outcomes.v1"}),
    "duty-operator": ({"alerts.v1"}, set()),
    "data-steward": ({"rejected.v1", "feedback.v1", OWN, OTHER}, set()),
    "stranger": (set(), set()),
}


@dataclass
class House:
    """A namespace on a secured broker, with its topics, users and rights, and a worker that came in by password."""

    node: Secured
    namespace: str
    common: dict[str, str]
    worker: Worker

    def password(self, role: str) -> Login:
        return self.common | self.node.by_password(f"{self.namespace}-{role}")

    def certificate(self, role: str) -> Login:
        return self.common | self.node.by_certificate(f"{self.namespace}-{role}")

    def topic(self, name: str) -> str:
        return f"{self.namespace}.{name}"

    def first(self, login: Login, topic: str, wanted: Callable[[Any], bool]) -> Any:
        """The first record of a topic that is `wanted`, waiting for it, as whoever logs in so."""
        records = committed(as_access(login), self.topic(topic), follow=True)
        return next(value for message in records if wanted(value := json.loads(message.value())))


@pytest.fixture(scope="module")
def house(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    assert broker  # Java and Maven are there
    home, namespace = tmp_path_factory.mktemp("house"), f"test-{uuid.uuid4().hex[:10]}"
    secret = home / "secret"
    secret.write_text("dGhlIHNhbWUgMzIgYnl0ZXMgaW4gZXZlcnkgdGVzdCE=\n", encoding="utf-8")
    ports = str(free_ports(2))
    common = {
        "GREENLANE_NAMESPACE": namespace,
        "GREENLANE_SECRET_FILE": str(secret),
        "GREENLANE_METRICS_PORT": ports,
        "GREENLANE_DEBUG": "1",  # whatever is logged at all is logged here, for the search for passwords
    }
    with secured() as node:
        administrator = common | node.by_password(ADMIN)
        node.add(f"{namespace}-{user}" for user in (*USERS, "stranger"))
        node.allow(printed_rules(administrator))
        make_topics(administrator, namespace)
        engine = common | node.by_password(f"{namespace}-engine")
        worker = Worker(engine, home / "worker.log").start()
        try:
            yield House(node, namespace, common, worker.await_ready())
        finally:
            worker.kill()


def printed_rules(login: Login) -> list[dict[str, Any]]:
    done = run(login, "topics", "acls", "--json", "--provider", "SWIFTLINE", "--provider", "CNPOST")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def make_topics(login: Login, namespace: str) -> None:
    done = run(login, "topics", "create", "--partitions", "2")
    assert done.returncode == 0, done.stderr
    with admin(as_access(login)) as client:
        client.create_topics({f"{namespace}.{name}": {"num_partitions": 1} for name in PRIVATE})


def test_every_role_can_do_its_job_by_password(house: House) -> None:
    provider, gateway = house.password("provider-SWIFTLINE"), house.password("gateway")
    customs, duty = house.password("customs"), house.password("duty-operator")
    steward, engine = house.password("data-steward"), house.password("engine")

    filed = as_bytes(a_manifest(a_parcel("GOOD"), a_parcel("BAD", exportCountry="XX")))
    assert run(provider, "publish", "manifests", "-", stdin=filed + b"\n").stdout == b"1 acknowledged\n"
    write(gateway, house.topic("sensors.v1"), a_sensor_event("SENSOR", 1))
    decision = house.first(customs, "decisions.v1", lambda decision: decision["itemId"] == "GOOD")
    write(customs, house.topic("outcomes.v1"), an_outcome("GOOD"))

    assert decision["lane"] in {"GREEN", "BLUE", "YELLOW", "RED"}
    assert house.first(duty, "alerts.v1", lambda alert: alert["subject"].get("itemId") == "BAD")["kind"] == "PARCEL"
    assert house.first(steward, "rejected.v1", lambda parcel: parcel["itemId"] == "BAD")
    assert house.first(steward, "feedback.v1", lambda said: said["providerId"] == "SWIFTLINE")
    write(engine, house.topic(OWN), {"providerId": "SWIFTLINE"})
    assert house.first(provider, OWN, lambda said: said["providerId"] == "SWIFTLINE")


def write(login: Login, topic: str, record: Any) -> None:
    """Write one record; raises what the broker says against it."""
    failed: list[Any] = []
    producer = Producer(
        as_access(login).librdkafka, on_delivery=lambda error, _: failed.append(error) if error else None
    )
    producer.produce(topic, as_bytes(record))
    assert producer.flush(30) == 0
    for error in failed:
        raise KafkaException(error)


def test_kafka_grants_each_role_what_the_contract_says_and_nothing_more(house: House) -> None:
    granted = {user: rights(house, user) for user in MAY}

    assert granted == MAY


def rights(house: House, user: str) -> tuple[set[str], set[str]]:
    """The topics that Kafka lets a user read, and those it lets it write."""
    client = AdminClient(as_access(house.password(user)).librdkafka)
    names = TopicCollection([house.topic(name) for name in sorted(EVERYTHING)])
    answers = client.describe_topics(names, include_authorized_operations=True, request_timeout=30)
    allowed = {topic.removeprefix(f"{house.namespace}."): operations(answer) for topic, answer in answers.items()}
    can = {
        operation: {topic for topic, found in allowed.items() if operation in found}
        for operation in (AclOperation.READ, AclOperation.WRITE)
    }
    return can[AclOperation.READ], can[AclOperation.WRITE]


def operations(answer: Any) -> set[AclOperation]:
    try:
        return set(answer.result(30).authorized_operations)
    except KafkaException as error:
        assert error.args[0].name() == "TOPIC_AUTHORIZATION_FAILED"  # noqa: PT017
        return set()


FORBIDDEN = [
    ("provider-SWIFTLINE", "read", "decisions"),
    ("duty-operator", "publish", "outcomes"),
    ("gateway", "publish", "manifests"),
    ("stranger", "topics", "create"),
]


def test_who_tries_more_hears_so_in_one_line(house: House) -> None:
    def attempt(user: str, *command: str) -> tuple[int, str]:
        done = run(house.password(user) | {"GREENLANE_DEBUG": ""}, *command, *["-"] * (command[0] == "publish"))
        return done.returncode, done.stderr.decode()

    with ThreadPoolExecutor(len(FORBIDDEN)) as side_by_side:
        answers = list(side_by_side.map(lambda words: attempt(*words), FORBIDDEN))

    for (user, *_), (code, said) in zip(FORBIDDEN, answers, strict=True):
        assert code == 69
        assert f"does not allow {house.namespace}-{user} t" in said
        assert len(said.splitlines()) == 1


def test_not_even_the_customs_office_reads_the_engines_own_topics_or_writes_a_decision(house: House) -> None:
    customs = house.password("customs")

    for topic in ("decisions.v1", "cases", "control", "snapshots"):
        with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
            write(customs, house.topic(topic), {})


def test_nobody_can_fence_a_worker_or_join_its_group(house: House) -> None:
    customs = as_access(house.password("customs")).librdkafka
    rival = Producer({**customs, "transactional.id": f"{house.namespace}-0"})
    with pytest.raises(KafkaException, match="TRANSACTIONAL_ID_AUTHORIZATION_FAILED"):
        rival.init_transactions(30)

    assert asked_to_join(customs, f"{house.namespace}.engine", house) == "GROUP_AUTHORIZATION_FAILED"
    assert asked_to_join(customs, f"{house.namespace}.customs.desk", house) is None


def asked_to_join(options: dict[str, Any], group: str, house: House) -> str | None:
    """What the broker has against this group; None when a record of the alerts comes."""
    consumer = Consumer({**options, "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([house.topic("alerts.v1")])
    try:
        while (message := consumer.poll(1.0)) is None:
            pass
        return message.error().name() if message.error() else None
    finally:
        consumer.close()


def without(login: Login, *words: str) -> Login:
    return {name: text for name, text in login.items() if not any(word in name for word in words)}


def test_who_is_not_known_hears_why_and_no_secret(house: House) -> None:
    known = house.password("customs")
    user, port = f"{house.namespace}-customs", str(house.node.port)
    strangers = {
        "does not answer (kafka.security_protocol PLAINTEXT?)": without(known, "KAFKA"),
        f"does not let {user} in": known
        | {"GREENLANE_KAFKA__SASL_PASSWORD_FILE": house.password("gateway")["GREENLANE_KAFKA__SASL_PASSWORD_FILE"]},
        "certificate verify failed": without(known, "CA_FILE"),
        "bad certificate": without(house.certificate("customs"), "CERTIFICATE", "KEY_FILE"),
    }
    with ThreadPoolExecutor(len(strangers)) as side_by_side:
        answers = list(
            side_by_side.map(lambda login: run(without(login, "DEBUG"), "read", "alerts"), strangers.values())
        )

    for sentence, done in zip(strangers, answers, strict=True):
        said = done.stderr.decode()
        assert (done.returncode, len(said.splitlines())) == (69, 1), said
        assert sentence in said
        assert port in said or str(house.node.tls_port) in said
        assert not secrets_in(house.node, said)


def secrets_in(node: Secured, text: str) -> list[str]:
    """Whose passwords stand in a text."""
    files = list(node.home.glob("*.password"))
    assert len(files) > len(USERS)
    return [file.stem for file in files if file.read_text(encoding="utf-8").strip() in text]


def test_no_password_is_logged_not_even_when_debugging(house: House) -> None:
    plain = house.common | house.node.by_password(ADMIN, "PLAIN")  # sends the password as it is, over TLS

    done = run(plain, "topics", "show")

    assert done.returncode == 0
    assert house.worker.said()
    told = done.stderr.decode() + house.worker.said() + house.worker.fetch("/metrics")
    assert secrets_in(house.node, told) == []


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells who listens where")
def test_a_worker_listens_at_one_address_and_that_is_loopback(house: House) -> None:
    assert house.worker.process
    port = int(house.common["GREENLANE_METRICS_PORT"])

    assert listening(house.worker.process.pid) == {f"0100007F:{port:04X}"}


def listening(process: int) -> set[str]:
    """Where a process listens, in the kernel's spelling: address, its bytes reversed, and port in hex."""
    files = set(open_files(process))
    tables = [Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:] for table in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in files}


def open_files(process: int) -> Iterator[str]:
    for file in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed at this moment
            yield str(file.readlink())


def test_every_kind_of_client_also_gets_in_by_certificate(house: House, tmp_path: Path) -> None:
    provider, customs = house.certificate("provider-SWIFTLINE"), house.certificate("customs")
    second = Worker(house.certificate("engine"), tmp_path / "second.log", slot=1).start()
    try:
        second.await_ready()  # has then read its shards' logs too, and closed what it read them with
        assert house.worker.stop() == 0  # from here on all is done by the one with the certificate
        write(provider, house.topic("manifests.v1"), a_manifest(a_parcel("BY-CERTIFICATE")))

        assert house.first(customs, "decisions.v1", lambda decision: decision["itemId"] == "BY-CERTIFICATE")
        assert second.stop() == 0
    finally:
        second.kill()


def test_kafkas_own_command_takes_the_rules_as_they_are_printed(house: House) -> None:
    login = house.common | house.node.by_password(ADMIN) | {"GREENLANE_NAMESPACE": "another"}
    lines = run(login, "topics", "acls").stdout.decode().splitlines()
    (line,) = [line for line in lines if "--transactional-id" in line]

    house.node.obey(line)

    prefixed = [rule._asdict() for rule in rules("another", {}, {}) if rule.role is Role.ENGINE and rule.prefixed]
    assert house.node.rules_of("User:another-engine") == bindings(prefixed)
    assert len(prefixed) == 3
