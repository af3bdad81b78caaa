"""`trunkline init`: five questions, an .env file, our number set up, and the doctor."""

import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from bot.cli.console import give_up, out
from config.settings import EXPLAINED

FILE = Path(".env")
_OUR_KEY = "TRUNKLINE_API_KEY"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One setting that is asked for."""

    setting: str
    text: str
    is_secret: bool = False
    begins: str = ""  # with what every value does


QUESTIONS = (
    Question(setting="TWILIO_ACCOUNT_SID", text="Account SID of your Twilio account (AC...)"),
    Question(setting="TWILIO_AUTH_TOKEN", text="Auth Token of that account", is_secret=True),
    Question(setting="TWILIO_PHONE_NUMBER", text="Your Twilio number (like +15551234567)"),
    Question(setting="OPENAI_API_KEY", text="OpenAI key (sk-...)", is_secret=True, begins="sk-"),
    Question(
        setting="PUBLIC_URL", text="The https address that leads to this machine (https://host)"
    ),
)


def init() -> None:
    """Ask five questions, write .env, set up the number, and run the doctor."""
    from bot.cli.env_file import with_values, write_secretly

    there = _read(FILE)
    if there is not None and not _yes(
        "There is a .env here. Put new answers into it? All else in it stays.", usually=False
    ):
        give_up("nothing was changed", code=1)
    values = {question.setting: _asked(question) for question in QUESTIONS}
    text = there if there is not None else EXPLAINED.read_text(encoding="utf-8")
    if not _value_in(text, _OUR_KEY):
        values[_OUR_KEY] = secrets.token_urlsafe(32)
    try:
        write_secretly(FILE, with_values(text, values))
    except (OSError, ValueError) as error:
        give_up(f"{FILE}: {error}")
    _say(f"written to {FILE}; nobody but you may read it")
    for name in values:
        if os.environ.get(name) not in (None, "", values[name]):
            _say(f"{name} of the environment wins over the file: unset it")
    _finish()


def _finish() -> None:
    from bot.cli.doctor import examined, exit_code, show
    from config import load_settings

    settings = load_settings()
    fix = _yes(
        f"Have calls and texts to {settings.twilio_phone_number} sent to {settings.public_url}?",
        usually=True,
    )
    found = examined(settings, fix=fix, served=False)
    show(found)
    _say("next: start `trunkline serve`, then run `trunkline doctor` once more")
    sys.exit(exit_code(found))


def _asked(question: Question) -> str:
    """An answer that this setting takes; asked again until it does."""
    while True:
        value = _answer(question.text, hidden=question.is_secret).strip()
        fault = fault_in(question, value)
        if not fault:
            return value.rstrip("/") if question.setting == "PUBLIC_URL" else value
        _say(f"  {question.setting} {fault}")


def fault_in(question: Question, value: str) -> str:
    """Why a setting does not take this value, without the value; empty: it does."""
    from pydantic import ValidationError

    from bot.cli.env_file import PLAIN
    from config import Settings

    if not value:
        return "is needed"
    if not PLAIN.fullmatch(value):
        return "has a space, a quote or another character that it never has"
    if not value.startswith(question.begins):
        return f"must begin with {question.begins}"
    name = question.setting.lower()
    typed: dict[str, Any] = {name: value}
    try:
        Settings(_env_file=None, **typed)
    except ValidationError as error:
        for each in error.errors():
            if each["loc"][:1] == (name,):
                return str(each["msg"]).removeprefix("Value error, ")
    return ""


def _answer(text: str, *, hidden: bool = False) -> str:
    """What is typed; from a pipe, its next line."""
    if sys.stdin.isatty():
        return str(typer.prompt(text, hide_input=hidden, default="", show_default=False))
    return _line(text)


def _yes(text: str, *, usually: bool) -> bool:
    if sys.stdin.isatty():
        return bool(typer.confirm(text, default=usually))
    answer = _line(f"{text} ({'Y/n' if usually else 'y/N'})").strip().lower()
    return answer in ("y", "yes") if answer else usually


def _line(text: str) -> str:
    _say(f"{text}:")
    line = sys.stdin.readline()
    if not line:
        give_up("the answers have come to an end: nothing more was changed", code=1)
    return line.rstrip("\r\n")


def _read(path: Path) -> str | None:
    """The text of a file; None: there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        give_up(f"{path}: {error}")


def _value_in(text: str, name: str) -> str:
    from io import StringIO

    from dotenv import dotenv_values

    return dotenv_values(stream=StringIO(text), interpolate=False).get(name) or ""


def _say(text: str) -> None:
    out.print(text, highlight=False, markup=False, soft_wrap=True)
