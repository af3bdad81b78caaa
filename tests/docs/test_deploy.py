"""The files for operators are whole, and name only what there is: metrics, commands, settings."""

import configparser
import json
import re
import shutil
import subprocess
from itertools import product
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from prometheus_client import REGISTRY

import bot.metrics  # noqa: F401 - what it counts
from bot.calls import HealthStatus
from bot.calls.admission import Refusal
from bot.cli.commands import app
from bot.server.metrics import _stand
from bot.store import Direction
from config import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
MONITORING = DEPLOY / "monitoring"
OPERATORS = (Path(__file__).parents[2] / "docs/operators.md").read_text(encoding="utf-8")


def names_there_are() -> set[str]:
    """All names under which /metrics tells something."""
    counted = {sample for metric in REGISTRY.collect() for sample in _samples(metric)}
    now = {f"trunkline_{name}" for name, _, _ in _stand(HealthStatus())}
    of_store = {"trunkline_database_up", "trunkline_batches", "trunkline_batch_contacts"}
    return counted | now | of_store


def _samples(metric: Any) -> set[str]:
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {metric.name + ending for ending in endings.get(metric.type, ("",))}


def asked_for(expression: str) -> set[str]:
    return set(re.findall(r"\btrunkline_\w+", expression))


def alerts() -> list[dict[str, Any]]:
    told = yaml.safe_load((MONITORING / "alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in told["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    board = json.loads((MONITORING / "grafana.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = board["panels"]
    return found


def test_every_alert_asks_for_what_is_told_and_says_what_to_do() -> None:
    rules = alerts()
    assert len({rule["alert"] for rule in rules}) == len(rules) > 8
    for rule in rules:
        assert asked_for(rule["expr"]) <= names_there_are(), rule["alert"]
        assert asked_for(rule["expr"]) or rule["expr"].startswith("up{"), rule["alert"]
        assert rule["expr"].count("(") == rule["expr"].count(")"), rule["alert"]
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert set(rule["annotations"]) == {"summary", "do"}


def test_every_panel_asks_for_what_is_told() -> None:
    """And all that is told is on the board."""
    shown = set()
    for panel in panels():
        for target in panel["targets"]:
            asked = asked_for(target["expr"])
            assert asked, panel["title"]
            assert asked <= names_there_are(), panel["title"]
            shown |= {re.sub(r"_bucket$", "", name) for name in asked}
    told = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names_there_are()}
    assert {name for name in told if name.startswith("trunkline_")} == shown


def test_what_stands_in_the_database_is_not_added_up() -> None:
    """Each service on it tells the same of its batches."""
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    of_batches = [expr for expr in asked if "trunkline_batch" in expr]
    assert len(of_batches) == 2
    assert all(expr.startswith("max by (state) (") for expr in of_batches)


def test_who_is_not_let_in_is_told_from_nought_on() -> None:
    """A count that first appears with 1 has not risen for Prometheus: the alert would miss it."""
    told = {
        (sample.labels["direction"], sample.labels["state"])
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == "trunkline_calls_refused_total"
    }
    states = get_args(get_type_hints(Refusal)["state"])
    assert told == set(product(get_args(Direction), states))


def test_no_panel_covers_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_compose_runs_commands_that_there_are() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    registered = [command.callback for command in app.registered_commands]
    commands = {callback.__name__ for callback in registered if callback is not None}
    commands |= {group.name for group in app.registered_groups if group.name}
    settings = {name.upper() for name in Settings.model_fields}
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            assert other in services, name
        for mounted in service.get("volumes", ()):
            volume = mounted.partition(":")[0]
            is_theirs = volume in ("./agents", "./knowledge")  # of who runs it
            assert is_theirs or volume in compose["volumes"] or (DEPLOY / volume).is_file(), mounted
        if service["image"] == "trunkline":
            assert set(service["environment"]) <= settings | {"TRUNKLINE_URL"}
            if "command" in service:
                assert service["command"][0] == "trunkline"
                assert service["command"][1] in commands
            places = {mounted.split(":")[1] for mounted in service["volumes"]}
            assert places == {"/app/var", "/app/agents", "/app/knowledge"}
    assert services["service"]["stop_grace_period"] == "180s"


@pytest.mark.parametrize("name", ["trunkline.service", "trunkline-dialler.service"])
def test_units_are_those_of_the_page(name: str) -> None:
    """What the page shows stands in the file, which adds to it."""
    unit = configparser.ConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "systemd" / name)
    shown = configparser.ConfigParser(strict=False)
    shown.optionxform = str  # type: ignore[assignment,method-assign]
    block = OPERATORS.split(f"`{name}`", 1)[1].split("```ini\n", 1)[1].split("```", 1)[0]
    shown.read_string(block)
    for section in shown.sections():
        for key, value in shown[section].items():
            assert unit[section][key] == value, key


@pytest.mark.skipif(shutil.which("caddy") is None, reason="there is no caddy here")
def test_caddy_reads_its_file() -> None:
    done = subprocess.run(
        ["caddy", "adapt", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={"SITE_HOST": "phone.example.com", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    assert "phone.example.com" in done.stdout
