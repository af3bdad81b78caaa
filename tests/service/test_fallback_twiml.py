"""`trunkline fallback-twiml`: what the carrier does when nobody here answers it."""

from pathlib import Path

import pytest
from process_kit import environment
from typer.testing import CliRunner

from bot.cli.commands import app
from bot.simulator.carrier import twiml
from config import LANGUAGES, AgentError, Settings

HUMAN, SIP, OURS = "+15551230001", "sip:desk@sip.example.com", "+15550001111"


@pytest.fixture
def clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No settings but the defaults."""
    monkeypatch.chdir(tmp_path)
    for name in environment(Settings(_env_file=None)):
        if name not in ("PATH", "HOME", "PYTHONPATH"):
            monkeypatch.delenv(name, raising=False)
    return monkeypatch


def printed(*arguments: str) -> twiml.Document:
    result = CliRunner().invoke(app, ["fallback-twiml", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    document = twiml.parse(result.stdout.strip())
    assert document.problems == ()
    return document


def test_the_caller_hears_an_apology_and_a_person(
    clear: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the language of the agent that takes calls; nothing in it needs this machine."""
    agents = tmp_path / "lines_of_ours" / "agents"
    agents.mkdir(parents=True)
    for code in LANGUAGES:
        (agents / f"front_{code}.toml").write_text(
            f'pipeline = "reception"\nvoice = "marin"\nlanguage = "{code}"\ninstructions = "-"\n'
        )
    clear.setenv("TRUNKLINE_EXTENSIONS", str(agents.parent))
    clear.setenv("TWILIO_PHONE_NUMBER", OURS)
    for code, told in LANGUAGES.items():
        for human in (HUMAN, SIP):
            clear.setenv("INBOUND_AGENT", f"front_{code}")
            clear.setenv("HUMAN_TRANSFER_NUMBER", human)
            sorry, dial, nobody, hangup = printed().verbs
            assert isinstance(sorry, twiml.Say)
            assert sorry.text == told.lines["sorry"]
            assert isinstance(dial, twiml.Dial)
            assert (dial.action, dial.caller_id) == (None, OURS)
            assert [callee.address for callee in dial.callees] == [human]
            assert isinstance(nobody, twiml.Say)
            assert nobody.text == told.lines["nobody"]
            assert isinstance(hangup, twiml.Hangup)


def test_without_a_person_there_is_the_apology(clear: pytest.MonkeyPatch) -> None:
    """Of the agent that is named; that nobody is rung is told beside the document."""
    sorry, hangup = printed("reception").verbs
    assert isinstance(sorry, twiml.Say)
    assert isinstance(hangup, twiml.Hangup)
    told = CliRunner().invoke(app, ["fallback-twiml"], catch_exceptions=False).stderr
    assert "HUMAN_TRANSFER_NUMBER" in told
    clear.setenv("HUMAN_TRANSFER_NUMBER", HUMAN)
    assert not CliRunner().invoke(app, ["fallback-twiml"], catch_exceptions=False).stderr


def test_a_block_for_an_agent_that_there_is_not(clear: pytest.MonkeyPatch) -> None:
    """It would keep nobody out."""
    wanted = ["block", "add", "+15551234567", "--agent", "frontt"]
    result = CliRunner().invoke(app, wanted)
    assert result.exit_code == 2
    assert 'no agent "frontt"; there are: ' in result.stderr


def test_an_agent_that_there_is_not(clear: pytest.MonkeyPatch) -> None:
    """Is told with those there are."""
    with pytest.raises(AgentError, match='no agent "frontt"; there are: .*reception'):
        printed("frontt")
