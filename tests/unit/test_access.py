"""What Kafka's clients are told about getting in, and that no secret is told to anybody else."""

import ast
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import trustme
from pydantic import ValidationError

from agents.access import Access
from agents.errors import UsageError
from config.settings import load

ROOT = Path(__file__).parents[2]
SECRET = "correct-horse-battery"  # noqa: S105 - planted, to be searched for
Greenlane = Callable[..., CompletedProcess[bytes]]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A password, a certificate with its key, and who vouches for it."""
    authority = trustme.CA()
    made = authority.issue_cert("client")
    contents = {
        "sasl_password_file": f"{SECRET}\n".encode(),
        "ssl_ca_file": authority.cert_pem.bytes(),
        "ssl_certificate_file": made.cert_chain_pems[0].bytes(),
        "ssl_key_file": made.private_key_pem.bytes(),
    }
    for name, content in contents.items():
        tmp_path.joinpath(name).write_bytes(content)
    return {name: str(tmp_path / name) for name in contents}


def access(**kafka: Any) -> Access:
    return Access.of(load(broker="a:1,b:2", kafka=kafka))


def test_without_a_word_nothing_is_encrypted_and_nobody_logs_in() -> None:
    assert access().librdkafka == {"bootstrap.servers": "a:1,b:2"}
    assert access().python == {"bootstrap_servers": ["a:1", "b:2"]}
    assert access().faust == {"broker": ["kafka://a:1", "kafka://b:2"]}


def test_every_kind_of_client_logs_in_with_the_password_in_the_file(files: dict[str, str]) -> None:
    only = {name: files[name] for name in ("sasl_password_file", "ssl_ca_file")}
    known = access(security_protocol="SASL_SSL", sasl_username="eve", **only)

    native, python, credentials = known.librdkafka, known.python, known.faust["broker_credentials"]

    assert (native["sasl.username"], native["sasl.password"]) == ("eve", SECRET)
    assert (native["security.protocol"], native["sasl.mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert native["ssl.ca.location"] == files["ssl_ca_file"]
    assert (python["sasl_plain_username"], python["sasl_plain_password"]) == ("eve", SECRET)
    assert (python["security_protocol"], python["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (credentials.username, credentials.password) == ("eve", SECRET)
    assert (credentials.protocol.value, credentials.mechanism.value) == ("SASL_SSL", "SCRAM-SHA-512")


def test_every_kind_of_client_shows_its_certificate_and_asks_for_the_brokers(files: dict[str, str]) -> None:
    del files["sasl_password_file"]
    known = access(security_protocol="SSL", **files)

    native, python, credentials = known.librdkafka, known.python, known.faust["broker_credentials"]

    assert native["ssl.certificate.location"] == files["ssl_certificate_file"]
    assert native["ssl.key.location"] == files["ssl_key_file"]
    assert "sasl.password" not in native
    for made in (python["ssl_context"], credentials.context):
        assert made.check_hostname
        assert made.get_ca_certs()
    assert (python["security_protocol"], credentials.protocol.value) == ("SSL", "SSL")


def test_a_password_that_was_changed_is_read_anew(files: dict[str, str]) -> None:
    known = access(security_protocol="SASL_SSL", sasl_username="eve", sasl_password_file=files["sasl_password_file"])
    Path(files["sasl_password_file"]).write_text("another", encoding="utf-8")

    assert known.librdkafka["sasl.password"] == "another"


HALF = {
    "SASL without a password": (
        {"security_protocol": "SASL_SSL", "sasl_username": "eve"},
        "needs sasl_username and sasl_password_file",
    ),
    "SASL without a user": ({"security_protocol": "SASL_SSL", "sasl_password_file": "+"}, "needs sasl_username and"),
    "a password in the clear": ({"sasl_password_file": "+"}, "is for security_protocol SASL_SSL, which is PLAINTEXT"),
    "a password beside a certificate": ({"security_protocol": "SSL", "sasl_username": "eve"}, "which is SSL"),
    "an authority nobody asks": ({"ssl_ca_file": "+"}, "is for security_protocol SSL or SASL_SSL"),
    "a certificate without key": ({"security_protocol": "SSL", "ssl_certificate_file": "+"}, "one of them is missing"),
    "a key without certificate": ({"security_protocol": "SSL", "ssl_key_file": "+"}, "one of them is missing"),
    "an absent file": ({"security_protocol": "SSL", "ssl_ca_file": "/absent.pem"}, "/absent.pem, which is not a file"),
    "an unknown protocol": ({"security_protocol": "SASL_PLAINTEXT"}, "'PLAINTEXT', 'SSL' or 'SASL_SSL'"),
    "an unknown mechanism": ({"sasl_mechanism": "GSSAPI"}, "'SCRAM-SHA-512', 'SCRAM-SHA-256' or 'PLAIN'"),
}


@pytest.mark.parametrize(("kafka", "sentence"), HALF.values(), ids=HALF)
def test_half_a_configuration_is_refused_in_words(kafka: dict[str, str], sentence: str, files: dict[str, str]) -> None:
    told = {name: files[name] if text == "+" else text for name, text in kafka.items()}

    with pytest.raises(ValidationError) as refused:
        access(**told)

    assert sentence in refused.value.errors()[0]["msg"]


def test_an_operator_hears_of_it_in_one_line(greenlane: Greenlane) -> None:
    done = greenlane("topics", "show", environment={"GREENLANE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL"})

    assert done.returncode == 2
    assert done.stderr == b"greenlane: setting kafka: SASL_SSL needs sasl_username and sasl_password_file\n"


SPOILT = {
    "an empty password": ("sasl_password_file", b"\n", "must hold one line, the password"),
    "two passwords": ("sasl_password_file", f"{SECRET}\n{SECRET}\n".encode(), "must hold one line, the password"),
    "a password that is no text": ("sasl_password_file", SECRET.encode() + b"\xff", "is not UTF-8 text"),
    "an authority that is none": ("ssl_ca_file", SECRET.encode(), "cannot use kafka.ssl_ca_file"),
    "a certificate that is none": ("ssl_certificate_file", SECRET.encode(), "cannot use kafka.ssl_certificate_file"),
    "a key that is none": ("ssl_key_file", SECRET.encode(), "cannot use kafka.ssl_certificate_file"),
    "somebody else's key": (
        "ssl_key_file",
        trustme.CA().issue_cert("other").private_key_pem.bytes(),
        "key values mismatch",
    ),
}


@pytest.mark.parametrize(("name", "content", "sentence"), SPOILT.values(), ids=SPOILT)
def test_a_file_that_cannot_be_used_is_named_and_not_quoted(
    name: str, content: bytes, sentence: str, files: dict[str, str]
) -> None:
    Path(files[name]).write_bytes(content)
    known = access(security_protocol="SASL_SSL", sasl_username="eve", **files)

    with pytest.raises(UsageError, match=sentence) as refused:
        _ = known.python

    assert files[name] in str(refused.value)
    assert SECRET not in chain_of(refused.value)


def chain_of(error: BaseException | None) -> str:
    """All that a traceback would show of an error and of those it came from."""
    shown = ""
    while error is not None:
        shown += f"{error!r} {error}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return shown


def test_a_key_with_a_passphrase_is_refused_rather_than_asked_for(files: dict[str, str]) -> None:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    key = load_pem_private_key(Path(files["ssl_key_file"]).read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(SECRET.encode()))
    Path(files["ssl_key_file"]).write_bytes(locked)

    with pytest.raises(UsageError, match="is encrypted"):
        _ = access(security_protocol="SASL_SSL", sasl_username="eve", **files).python


def test_no_description_of_settings_or_access_shows_the_password(files: dict[str, str]) -> None:
    settings = load(kafka={"security_protocol": "SASL_SSL", "sasl_username": "eve", **files})
    known = Access.of(settings)

    shown = f"{settings!r} {settings} {settings.model_dump_json()} {known!r} {known} {known.faust}"

    assert "sasl_password_file" in shown
    assert SECRET not in shown


def test_a_password_written_where_a_file_belongs_is_not_repeated() -> None:
    for kafka in ({"sasl_password": SECRET}, {"sasl_mechanism": SECRET}):
        with pytest.raises(ValidationError) as refused:
            load(kafka=kafka)
        assert SECRET not in str(refused.value)


def test_only_one_module_says_where_the_brokers_are() -> None:
    """A client that does not ask it would know no broker: so none can be made that gets in otherwise."""
    tellers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "agents").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Constant) and node.value in {"bootstrap.servers", "metadata.broker.list"})
        or (isinstance(node, ast.keyword) and node.arg in {"bootstrap_servers", "broker_credentials"})
        or (isinstance(node, ast.Constant) and str(node.value).startswith("kafka://"))
    }

    assert tellers == {"agents/access.py"}
