"""A broker that lets in only whom it knows: TLS, SCRAM-SHA-512, mutual TLS, and Kafka's own authorizer."""

import secrets
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from agents.access import Access
from agents.broker import Node, free_port
from agents.broker.node import HOST
from config.settings import load

ADMIN = "admin"
ITERATIONS = 4096  # the least that Kafka takes
DOORS = """
listeners=SASL_SSL://{passwords},SSL://{certificates},CONTROLLER://{controller}
advertised.listeners=SASL_SSL://{passwords},SSL://{certificates}
listener.security.protocol.map=SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:SSL
inter.broker.listener.name=SSL
ssl.keystore.type=PEM
ssl.keystore.location={home}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={home}/ca.pem
listener.name.ssl.ssl.client.auth=required
listener.name.controller.ssl.client.auth=required
ssl.principal.mapping.rules=RULE:^.*CN=([^,]+).*$/$1/,DEFAULT
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{admin}="{secret}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{admin};User:broker
"""
JAVA_LOGIN = """
security.protocol=SASL_SSL
ssl.truststore.type=PEM
ssl.truststore.location={home}/ca.pem
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
username="{admin}" password="{secret}";
"""
Login = dict[str, str]


@dataclass
class Secured(Node):
    """Passwords at `port`, client certificates at `tls_port`. Keys, certificates and password files lie in `home`."""

    tls_port: int = field(default_factory=free_port)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def __post_init__(self) -> None:
        self._ca = trustme.CA()
        self._ca.cert_pem.write_to_path(self.home / "ca.pem")
        self._issue("broker", HOST)
        self._write_password(ADMIN, self.secret)

    @property
    def access(self) -> Access:
        return as_access(self.by_password(ADMIN))

    def by_password(self, user: str, mechanism: str = "SCRAM-SHA-512") -> Login:
        """The environment of a client that knows its password."""
        return {
            "GREENLANE_BROKER": self.address,
            "GREENLANE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
            "GREENLANE_KAFKA__SASL_MECHANISM": mechanism,
            "GREENLANE_KAFKA__SASL_USERNAME": user,
            "GREENLANE_KAFKA__SASL_PASSWORD_FILE": str(self.home / f"{user}.password"),
            "GREENLANE_KAFKA__SSL_CA_FILE": str(self.home / "ca.pem"),
        }

    def by_certificate(self, user: str) -> Login:
        """The environment of a client that has a certificate, made now."""
        self._issue(user)
        return {
            "GREENLANE_BROKER": f"{HOST}:{self.tls_port}",
            "GREENLANE_KAFKA__SECURITY_PROTOCOL": "SSL",
            "GREENLANE_KAFKA__SSL_CA_FILE": str(self.home / "ca.pem"),
            "GREENLANE_KAFKA__SSL_CERTIFICATE_FILE": str(self.home / f"{user}.crt"),
            "GREENLANE_KAFKA__SSL_KEY_FILE": str(self.home / f"{user}.key"),
        }

    def add(self, users: Iterable[str]) -> None:
        """Let these users log in, each with a password of its own."""
        how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
        made = [UserScramCredentialUpsertion(user, how, self._new_password(user)) for user in users]
        admin = AdminClient({**self.access.librdkafka, "log_level": 0})
        for done in admin.alter_user_scram_credentials(made).values():
            done.result(30)

    def allow(self, acls: Iterable[dict[str, Any]]) -> None:
        """Apply what `greenlane topics acls --json` prints."""
        admin = AdminClient({**self.access.librdkafka, "log_level": 0})
        for done in admin.create_acls(list(bindings(acls))).values():
            done.result(30)

    def rules_of(self, principal: str) -> set[AclBinding]:
        """All that the broker knows this principal may do."""
        kind, pattern, permission = ResourceType.ANY, ResourcePatternType.ANY, AclPermissionType.ANY
        of_it = AclBindingFilter(kind, None, pattern, principal, None, AclOperation.ANY, permission)
        admin = AdminClient({**self.access.librdkafka, "log_level": 0})
        return set(admin.describe_acls(of_it).result(30))

    def obey(self, printed: str) -> None:
        """Run a line that `greenlane topics acls` has printed, as an administrator with Kafka's own scripts would."""
        script, *options = shlex.split(printed, comments=True)
        assert script == "kafka-acls.sh"
        options[options.index("--command-config") + 1] = str(self._java_login())
        done = subprocess.run(
            self._java("org.apache.kafka.tools.AclCommand", *options), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _java_login(self) -> Path:
        file = self.home / "admin.properties"
        file.write_text(JAVA_LOGIN.format(home=self.home, admin=ADMIN, secret=self.secret), encoding="utf-8")
        return file

    def _first_users(self) -> list[str]:
        return ["--add-scram", f"SCRAM-SHA-512=[name={ADMIN},password={self.secret},iterations={ITERATIONS}]"]

    def _listeners(self, controller: str) -> str:
        return DOORS.format(
            passwords=self.address,
            certificates=f"{HOST}:{self.tls_port}",
            controller=controller,
            home=self.home,
            admin=ADMIN,
            secret=self.secret,
        )

    def _issue(self, name: str, *hosts: str) -> None:
        made = self._ca.issue_cert(*(hosts or ["client.invalid"]), common_name=name)  # Java refuses one for no host
        key = load_pem_private_key(made.private_key_pem.bytes(), None)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # the only form Kafka reads
        chain = b"".join(part.bytes() for part in made.cert_chain_pems)
        for ending, content in {"key": pem, "crt": chain, "pem": pem + chain}.items():
            self.home.joinpath(f"{name}.{ending}").write_bytes(content)

    def _new_password(self, user: str) -> bytes:
        password = secrets.token_urlsafe(12)
        self._write_password(user, password)
        return password.encode()

    def _write_password(self, user: str, password: str) -> None:
        self.home.joinpath(f"{user}.password").write_text(f"{password}\n", encoding="utf-8")


def binding(acl: dict[str, Any], operation: str) -> AclBinding:
    resource = {"cluster": "BROKER", "transactional-id": "TRANSACTIONAL_ID"}.get(acl["resource"], acl["resource"])
    allowed = {"IdempotentWrite": "IDEMPOTENT_WRITE"}.get(operation, operation)
    return AclBinding(
        ResourceType[resource.upper()],
        acl["name"] or "kafka-cluster",
        ResourcePatternType.PREFIXED if acl["prefixed"] else ResourcePatternType.LITERAL,
        acl["principal"],
        "*",
        AclOperation[allowed.upper()],
        AclPermissionType.ALLOW,
    )


def bindings(acls: Iterable[dict[str, Any]]) -> set[AclBinding]:
    return {binding(acl, operation) for acl in acls for operation in acl["operations"]}


def as_access(login: Login) -> Access:
    """What a process with this environment would use."""
    prefix = "GREENLANE_KAFKA__"
    kafka = {name.removeprefix(prefix).lower(): text for name, text in login.items() if name.startswith(prefix)}
    return Access.of(load(broker=login["GREENLANE_BROKER"], kafka=kafka))


@contextmanager
def secured() -> Iterator[Secured]:
    """Such a node for the length of a block; gone, with its data, when it ends."""
    home = Path(tempfile.mkdtemp(prefix="greenlane-secured-"))
    try:
        node = Secured(home, free_port())
        try:
            node.start(tied=True)
            yield node
        finally:
            node.kill()
    finally:
        shutil.rmtree(home, ignore_errors=True)
