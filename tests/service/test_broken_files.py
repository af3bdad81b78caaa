"""What an owner does by the command line while there is a mistake in a file or a setting."""

from pathlib import Path

import pytest
from process_kit import environment
from typer.testing import CliRunner, Result

from bot.cli.commands import app
from config import Settings, load_settings
from config.settings import EXPLAINED

BROKEN = 'pipeline = "reception"\ninstructions = "-"\nvoise = "x"\nlimits.secs = "long"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where one agent's file is broken; no settings but the defaults."""
    monkeypatch.chdir(tmp_path)
    for name in environment(Settings(_env_file=None)):
        if name not in ("PATH", "HOME", "PYTHONPATH"):
            monkeypatch.delenv(name, raising=False)
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "desk.toml").write_text(BROKEN)
    (tmp_path / ".env").write_text("TRUNKLINE_AGENTS=agents\n")
    return tmp_path


def trunkline(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_callers_are_kept_out(folder: Path) -> None:
    """Of all lines, of the agent's with the mistake, and of another's."""
    for agent in ((), ("--agent", "desk"), ("--agent", "reception")):
        done = trunkline("block", "add", "+12125550101", *agent)
        assert (done.exit_code, done.stdout) == (0, "added\n"), done.output
    assert trunkline("block", "add", "+12125550101", "--agent", "dsk").exit_code == 2


def test_nobody_is_called_who_does_not_want_it(folder: Path) -> None:
    """To put a number on the list takes no agent, nor to look at it."""
    assert trunkline("suppress", "add", "+12125550101").stdout == "added\n"
    (folder / "list.csv").write_text("number\n+12125550102\n")
    assert trunkline("suppress", "import", "list.csv").exit_code == 0
    assert "+12125550102" in trunkline("suppress", "export").stdout


def test_a_batch_can_be_stopped(folder: Path) -> None:
    """And looked at: who was called stands in its results."""
    (folder / ".env").write_text("")
    (folder / "who.csv").write_text("Name,Phone,Appointment ID\nAda,212-555-0101,1\n")
    made = trunkline("batch", "import", "who.csv", "--agent", "reminder", "--without-day")
    batch_id = made.stdout.split("contact in ")[1].split()[0]
    (folder / ".env").write_text("TRUNKLINE_AGENTS=agents\n")
    for command in ("status", "contacts", "results", "start", "pause", "cancel"):
        done = trunkline("batch", command, batch_id)
        assert done.exit_code == 0, (command, done.output)
    assert "cancelled" in trunkline("batch").stdout


def test_a_check_tells_of_settings_and_of_files(folder: Path) -> None:
    """Each mistake on a line of its own; the settings hide none in a file."""
    (folder / ".env").write_text("TRUNKLINE_AGENTS=agents\nMAX_CALLS=many\nDIGEST_AT=19:00\n")
    done = trunkline("check")
    assert done.exit_code == 2
    lines = [line.removeprefix("trunkline: ") for line in done.stderr.splitlines()]
    begin = ("MAX_CALLS ", "DIGEST_AT ", "agents/desk.toml:3: voise", "agents/desk.toml:4: limits")
    told = [line for line in lines if not line.startswith("to be looked at")]
    assert [line[: len(start)] for line, start in zip(told, begin, strict=True)] == list(begin)


def test_each_setting_is_explained_where_no_checkout_is(folder: Path) -> None:
    """What is printed is a .env that changes nothing yet; what is missing is told with the way."""
    (folder / ".env").unlink()
    assert "`trunkline settings`" in str(
        trunkline("call", "+12125550101", "--agent", "table").exception
    )
    printed = trunkline("settings").stdout
    assert printed == EXPLAINED.read_text(encoding="utf-8")
    (folder / ".env").write_text(printed)
    assert load_settings() == load_settings(None)
