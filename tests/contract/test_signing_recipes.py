"""The recipes of docs/providers.md, run as they are printed, make signatures that count."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agents.providers import registration
from agents.signing import new_key
from streams.intake.senders import Sender, Senders
from streams.log import LogRecord
from streams.records.signature import HEADER
from streams.registry import Providers

TEXT = (Path(__file__).parents[2] / "docs" / "providers.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"<!-- recipe: (\w+) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL))
VALUE = b'{"provider":{"id":"CNPOST"},"note":"caf\xc3\xa9"}'


@pytest.fixture
def counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Whether the engine believes a signature of `VALUE` by cnpost.key, which lies where the recipes look for it."""
    public, _ = new_key(tmp_path / "cnpost.key")
    providers = Providers()
    assert providers.register(registration("CNPOST", "POST", [str(public)]))
    (tmp_path / "value").write_bytes(VALUE)
    monkeypatch.chdir(tmp_path)
    senders = Senders(providers, "manifests.v1", "customs")
    return lambda header: (
        senders.of("CNPOST", LogRecord(0, 0, 0, None, VALUE, [(HEADER, header)])) == Sender("CNPOST", verified=True)
    )


def test_in_python(counts: Any) -> None:
    recipe: dict[str, Any] = {}
    exec(RECIPES["python"], recipe)  # noqa: S102 - our own document

    [(name, header)] = recipe["signature"](VALUE)
    [(_, elsewhere)] = recipe["signature"](VALUE, namespace="demo")

    assert (name, counts(header), counts(elsewhere)) == (HEADER, True, False)


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_with_openssl(counts: Any) -> None:
    done = subprocess.run(["bash", "-ec", RECIPES["openssl"]], check=True, capture_output=True)

    name, _, header = done.stdout.strip().partition(b"=")
    assert (name.decode(), counts(header)) == (HEADER, True)
