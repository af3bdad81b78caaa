"""`trunkline init` and `trunkline doctor` as typed: answers in, an .env file and findings out."""

import asyncio
import io
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from doctor_kit import healthy_line, roomy
from loguru import logger

from bot.cli import main
from bot.cli.env_file import with_values, write_secretly
from bot.testing.line import ACCOUNT, AUTH_TOKEN, LINE, PUBLIC
from config import Settings, load_settings

TYPED = (ACCOUNT, AUTH_TOKEN, LINE, "sk-test", f"{PUBLIC}/")
Run = Callable[..., int]


@pytest.fixture
def trunkline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in a folder of its own, without settings; its exit code."""
    monkeypatch.chdir(tmp_path)
    roomy(monkeypatch)
    for name in (*Settings.model_fields, "trunkline_var", "trunkline_log_level"):
        monkeypatch.delenv(name.upper(), raising=False)

    def run(*arguments: str, typed: str = "") -> int:
        monkeypatch.setattr("sys.argv", ["trunkline", *arguments])
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0)
        finally:
            logger.remove()  # it writes to what capsys closes
        return 0

    return run


@pytest.mark.realtime  # the command has a loop of its own, in a thread
async def test_five_answers_make_a_line(
    trunkline: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Wrong ones are asked for again; the number is set up, and the doctor finds it so."""
    typed = ("AC123", TYPED[0], "", TYPED[1], "555 1234", *TYPED[2:3], "pk-1", TYPED[3])
    typed = (*typed, "http://line.example", TYPED[4], "yes")
    async with healthy_line(tmp_path / "line") as line:
        line.carrier.number.fields["voice_url"] = "https://elsewhere.example/voice"
        monkeypatch.setenv("TWILIO_API_URL", line.carrier.url)
        monkeypatch.setenv("OPENAI_REALTIME_URL", line.model.url)
        monkeypatch.setenv("BUSINESS_API_BASE", line.business.url)
        code = await asyncio.to_thread(trunkline, "init", typed="\n".join(typed) + "\n")
        assert line.carrier.number["voice_url"] == f"{PUBLIC}/twilio/incoming"
    told = capsys.readouterr().out
    assert code == 0, told
    assert "set just now" in told
    assert not any(secret in told for secret in (AUTH_TOKEN, "sk-test"))
    file = tmp_path / ".env"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    settings = load_settings(file)
    assert settings.public_url == PUBLIC
    assert settings.twilio_phone_number == LINE
    assert len(settings.trunkline_api_key.get_secret_value()) >= 32


def test_a_file_that_is_there_stays_unless_one_says_yes(trunkline: Run, tmp_path: Path) -> None:
    """To the first question, which anything but yes answers with no."""
    file = tmp_path / ".env"
    file.write_text("MAX_CALLS=3\nTRUNKLINE_API_KEY=a-key-of-long-ago\n")
    before = file.read_text()
    assert trunkline("init", typed="\n") == 1
    assert file.read_text() == before
    assert trunkline("init", typed="y\nAC1\n") == 1  # and then the answers end
    assert file.read_text() == before


def test_values_take_their_places() -> None:
    """Of a line, of a comment that shows the name, or at the end; all else stays."""
    text = "# The key.\nA_KEY=old\n#B_URL=https://x\nC=1\nexport A_KEY=older"
    assert with_values(text, {"A_KEY": "new", "B_URL": "https://y", "D": "2"}) == (
        "# The key.\nA_KEY=old\nB_URL=https://y\nC=1\nA_KEY=new\nD=2\n"
    )
    for value in ("two words", "it's", "a#b", "${HOME}", ""):
        with pytest.raises(ValueError, match="D has a character"):
            with_values(text, {"D": value})


def test_a_file_that_others_could_read_is_not_so_afterwards(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\n")
    file.chmod(0o644)
    write_secretly(file, "A=2\n")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("A=2\n", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_tried_again_is_told_by_the_finding_alone(
    trunkline: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No lines of the log among what is to be read."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_REALTIME_URL", "ws://127.0.0.1:9")
    assert trunkline("doctor") == 2
    told = capsys.readouterr()
    assert "no connection to the model" in " ".join(told.out.split())
    assert told.err == ""


def test_settings_that_cannot_be_read(trunkline: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """It is a finding as any other, in JSON too, and exit code 2."""
    os.environ["TWILIO_ACCOUNT_SID"] = "a-secret-in-the-wrong-place"
    try:
        assert trunkline("doctor", "--json") == 2
    finally:
        del os.environ["TWILIO_ACCOUNT_SID"]
    told = capsys.readouterr().out
    (finding,) = json.loads(told)["findings"]
    assert (finding["check"], finding["state"]) == ("settings", "wrong")
    assert "TWILIO_ACCOUNT_SID" in finding["seen"]
    assert "a-secret" not in told
