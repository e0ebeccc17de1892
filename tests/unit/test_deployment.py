"""What `docker compose up` would start: read without Docker, so a name that leads nowhere is found here."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import Settings

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "config/prometheus"
GRAFANA = ROOT / "config/grafana"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DASHBOARD = json.loads((GRAFANA / "dashboards/greenlane.json").read_text(encoding="utf-8"))


@pytest.fixture
def promtool() -> str:
    path = shutil.which("promtool")
    if not path:
        end = pytest.fail if os.environ.get("CI") else pytest.skip
        end("no promtool: apt-get install prometheus")
    return str(path)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    return [rule for group in load(PROMETHEUS / "alert_rules.yml")["groups"] for rule in group["rules"]]


def check(promtool: str, *arguments: str) -> None:
    result = subprocess.run([promtool, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_prometheus_accepts_its_configuration(promtool: str) -> None:
    check(promtool, "check", "config", "prometheus.yml")


def test_every_alert_fires_when_it_should_and_only_then(promtool: str) -> None:
    check(promtool, "test", "rules", "alert_rules_test.yml")


def test_no_alert_is_without_a_test() -> None:
    tests = load(PROMETHEUS / "alert_rules_test.yml")["tests"]
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
    silent = {case["alertname"] for test in tests for case in test["alert_rule_test"] if not case["exp_alerts"]}

    names = {rule["alert"] for rule in rules()}
    assert (names - fired, len(silent) > len(names) / 2) == (set(), True)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule["annotations"]) == {"summary", "description", "runbook"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert len(rule["annotations"]["runbook"].splitlines()) == 1


def test_alerts_and_panels_ask_only_for_metrics_a_worker_has() -> None:
    from prometheus_client import generate_latest

    from agents.health import Progress
    from agents.metrics import Metrics

    expressions = [rule["expr"] for rule in rules()]
    expressions += [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    asked = set(re.findall(r"\bgreenlane_\w+", " ".join(expressions)))
    page = generate_latest(Metrics(Progress(limit_s=1)).registry).decode()
    served = set(re.findall(r"\bgreenlane_\w+", page)) | {"greenlane_rejects_total", "greenlane_consumer_lag_records"}

    assert asked - served == set()


def test_every_file_compose_mounts_is_in_the_repository() -> None:
    mounts = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]

    paths = [mount for mount in mounts if mount.startswith(".")]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert {mount for mount in mounts if not mount.startswith(".")} == set(COMPOSE["volumes"])


def test_every_setting_named_in_compose_and_image_exists() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8") + (ROOT / "Dockerfile").read_text(encoding="utf-8")
    known = {f"GREENLANE_{name.upper()}" for name in Settings.model_fields}

    named = set(re.findall(r"GREENLANE_[A-Z]+(?:_[A-Z]+)*", text))
    assert "GREENLANE_BROKER" in named
    assert named - known == set()


def test_every_service_has_a_health_check_and_what_is_waited_for_exists() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    waited = {name for service in SERVICES.values() for name in service.get("depends_on", {})}

    assert waited <= set(SERVICES)
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service and "build" not in service] == []
    assert "HEALTHCHECK" in dockerfile


def test_prometheus_scrapes_every_worker_at_the_port_of_its_slot() -> None:
    slots = {name: int(service["command"][2]) for name, service in SERVICES.items() if name.startswith("worker")}
    scraped = load(PROMETHEUS / "prometheus.yml")["scrape_configs"][0]["static_configs"][0]["targets"]

    assert scraped == [f"{name}:{9464 + slot}" for name, slot in slots.items()]
    for name, slot in slots.items():
        assert SERVICES[name]["environment"].get("HEALTH_PORT", 9464) == 9464 + slot


def test_nothing_is_published_beyond_loopback_and_nothing_secret_is_written_down() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    names = [name for service in SERVICES.values() for name in service.get("environment", {})]

    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert [name for name in names if "PASSWORD" in name or ("SECRET" in name and not name.endswith("_FILE"))] == []


def test_the_image_runs_as_an_ordinary_user() -> None:
    users = re.findall(r"^USER (\w+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)

    assert users == ["greenlane"]


def test_grafana_finds_its_dashboard_and_the_dashboard_its_data_source() -> None:
    provider = load(GRAFANA / "provisioning/dashboards/greenlane.yml")["providers"][0]
    source = load(GRAFANA / "provisioning/datasources/prometheus.yml")["datasources"][0]
    mounts = SERVICES["grafana"]["volumes"]

    assert f"./config/grafana/dashboards:{provider['options']['path']}:ro" in mounts
    assert {target["datasource"]["uid"] for panel in DASHBOARD["panels"] for target in panel["targets"]} == {
        source["uid"]
    }


def test_every_panel_says_what_it_shows_and_no_two_share_a_place() -> None:
    panels = DASHBOARD["panels"]

    assert [panel["title"] for panel in panels if not panel["description"]] == []
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in panels}) == len(panels)
