"""`trunkline check` says what is wrong with the business and with tools from elsewhere."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from config import AgentError, SettingsError
from tests.ports import free_port

pytestmark = pytest.mark.realtime


def check(folder: Path, monkeypatch: pytest.MonkeyPatch, agent: str, **settings: str) -> str:
    """What it says of an agent with this in its file, and its exit code."""
    agents = folder / "agents"
    agents.mkdir(exist_ok=True)
    file = f'pipeline = "reception"\ninstructions = "-"\n{agent}\n'
    (agents / "desk.toml").write_text(file, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TRUNKLINE_AGENTS", str(agents))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["check", "desk"])
    if isinstance(result.exception, AgentError | SettingsError):  # the program says it and ends
        return f"2 {result.exception}"
    return f"{result.exit_code} {' '.join(result.output.split())}"


SHOP = """
openapi: 3.1.0
info: {title: x, version: "1"}
servers: [{url: "https://shop.example"}]
paths: {/hours: {get: {operationId: lookup_hours}}, /x: {get: {operationId: getX}}}
"""


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            'tools = ["openapi:shop.yaml"]',
            "openapi:shop.yaml: the pipeline has a tool lookup_hours",
        ),
        ('tools = ["openapi:gone.yaml"]', "openapi:gone.yaml: gone.yaml: No such file"),
        ('tools = ["ftp:x"]', "ftp:x: must be like openapi:business.yaml"),
        ('tools = ["openapi:"]', "openapi:: must be like"),
        ('tools = ["mcp:http://127.0.0.1/mcp"]', "its address is at 127.0.0.1, which is no public"),
        (
            'tools = ["openapi:shop.yaml"]\n[sources."openapi:shop.yaml"]\nonly = ["getY"]',
            "there is no operation getY; there are: getX, lookup_hours",
        ),
        (
            'tools = ["openapi:shop.yaml"]\n[sources."openapi:shop.yaml"]\n'
            'headers = { Authorization = "Bearer ${SHOP_KEY}" }',
            "${SHOP_KEY} is not set",
        ),
        (
            '[sources."openapi:shop.yaml"]\nonly = []',
            'sources: "openapi:shop.yaml" is not in tools',
        ),
    ],
)
def test_what_is_wrong_with_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: str, said: str
) -> None:
    """In a sentence with the agent and the entry, exit code 2."""
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    told = check(tmp_path, monkeypatch, agent)
    assert told.startswith("2 ")
    assert said in told


def test_a_document_stands_beside_its_agent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or in the working directory; a key comes from the environment."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "shop.yaml").write_text(SHOP, encoding="utf-8")
    told = check(
        tmp_path,
        monkeypatch,
        'tools = ["end_call", "openapi:shop.yaml"]\n[sources."openapi:shop.yaml"]\n'
        'only = ["getX"]\nheaders = { Authorization = "Bearer ${SHOP_KEY}" }',
        SHOP_KEY="k",
    )
    assert told == "0 desk is in order (pipeline reception)"


def test_what_is_wrong_with_the_calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file by the line, its server by what it answers."""
    practice = tmp_path / "practice.toml"
    practice.write_text('calendar = "http://x/"\ntimezone = "Berlin"\n[hours]\n', encoding="utf-8")
    told = check(tmp_path, monkeypatch, "", BUSINESS="caldav:practice.toml")
    assert "BUSINESS: practice.toml:2: timezone: 'Berlin' is no time zone" in told
    address = f"http://127.0.0.1:{free_port()}/ann/practice/"
    practice.write_text(
        f'calendar = "{address}"\ntimezone = "Europe/Berlin"\n[hours]\n', encoding="utf-8"
    )
    told = check(tmp_path, monkeypatch, "", BUSINESS="caldav:practice.toml")
    assert f"BUSINESS: {address}: the calendar cannot be reached" in told
