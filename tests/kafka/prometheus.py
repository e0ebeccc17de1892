"""A real Prometheus for tests: the repository's configuration with other targets and a faster pulse."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml

from agents.broker import free_port
from agents.processes import end, spawn

CONFIG = Path(__file__).parents[2] / "config/prometheus"
Answer = TypeVar("Answer")


class Prometheus:
    """What its HTTP API answers."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def query(self, expression: str) -> list[dict[str, Any]]:
        return list(self._get("/api/v1/query", query=expression)["result"])

    def rules(self) -> list[dict[str, Any]]:
        return [rule for group in self._get("/api/v1/rules")["groups"] for rule in group["rules"]]

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/-/ready", timeout=1):  # noqa: S310 - our own server
                return True
        except (urllib.error.URLError, TimeoutError):
            return False

    def _get(self, path: str, **parameters: str) -> Any:
        url = f"{self.address}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            return json.load(answer)["data"]


def eventually(ask: Callable[[], Answer], timeout_s: float = 30.0) -> Answer:
    """The first true answer, or the last one when time is up."""
    deadline = time.monotonic() + timeout_s
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


@contextmanager
def prometheus(program: str, target: str, folder: Path) -> Iterator[Prometheus]:
    """Run Prometheus on the repository's scrape and rule files, scraping `target` each second."""
    config = yaml.safe_load((CONFIG / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(CONFIG / name) for name in config["rule_files"]]
    config["scrape_configs"] = config["scrape_configs"][:1]
    config["scrape_configs"][0]["static_configs"] = [{"targets": [target]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_port()
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    process = spawn(command, {}, folder / "prometheus.log")
    try:
        server = Prometheus(port)
        assert eventually(server.ready), (folder / "prometheus.log").read_text(encoding="utf-8")
        yield server
    finally:
        end(process, patience_s=10)
