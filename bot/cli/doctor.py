"""`trunkline doctor`: what is wrong with the line, before a caller finds out."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.as_json import AsJson, list_json
from bot.cli.console import out, run

if TYPE_CHECKING:
    from bot.doctor import Finding
    from config import Settings

WORDS = {"ok": "ok", "warning": "warning", "wrong": "WRONG", "not_checked": "not checked"}
_STYLES = {"ok": "green", "warning": "yellow", "wrong": "bold red", "not_checked": "dim"}


def doctor(
    fix: Annotated[
        bool, typer.Option("--fix", help="Set up our number at the carrier where it is not right.")
    ] = False,
    fallback_url: Annotated[
        str,
        typer.Option(help="With --fix: what answers callers while this machine is down."),
    ] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 where there are warnings.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at everything the line needs, and say what to do. Exit code 2: something is wrong."""
    from bot.cli.console import give_up
    from bot.doctor.finding import wrong
    from config import SettingsError, load_settings

    if fallback_url and not fix:
        give_up("--fallback-url needs --fix")
    if fallback_url and not fallback_url.startswith("https://"):
        give_up("--fallback-url must be an address like https://handler.twilio.com/...")
    try:
        found = examined(load_settings(), fix=fix, fallback_url=fallback_url)
    except SettingsError as error:
        found = [
            wrong("settings", str(error), "mend it in .env (`trunkline settings` explains each)")
        ]
    if as_json:
        from dataclasses import asdict

        list_json("findings", map(asdict, found))
    else:
        show(found)
    sys.exit(exit_code(found, strict=strict))


def examined(
    settings: "Settings", *, fix: bool = False, fallback_url: str = "", served: bool = True
) -> "Sequence[Finding]":
    """What the doctor finds."""
    from bot.app import NEEDED
    from bot.doctor import Visit, visit
    from bot.telemetry import configure_logs

    configure_logs("ERROR")  # what was tried again stands in the findings if it was in vain
    wish = Visit(needed=NEEDED, fix=fix, fallback_url=fallback_url, served=served)
    return run(visit(settings, wish))


def show(found: "Sequence[Finding]") -> None:
    """A table for people, and what it comes to in one line."""
    from rich.table import Column, Table
    from rich.text import Text

    table = Table(
        Column("", no_wrap=True),
        Column("check", no_wrap=True),
        Column("seen", ratio=3, overflow="fold"),
        Column("what to do", ratio=2, overflow="fold"),
        box=None,
    )
    for each in found:
        state = Text(WORDS[each.state], style=_STYLES[each.state])
        table.add_row(state, Text(each.check), Text(each.seen), Text(each.do))
    out.print(table)
    count = {state: sum(each.state == state for each in found) for state in WORDS}
    told = ", ".join(f"{count[state]} {word}" for state, word in WORDS.items() if count[state])
    out.print(told, highlight=False)


def exit_code(found: "Sequence[Finding]", *, strict: bool = False) -> int:
    """0: fine; 1: warnings, where that matters; 2: something is wrong."""
    from bot.doctor.finding import worst

    state = worst(found)
    if state == "wrong":
        return 2
    return 1 if strict and state == "warning" else 0
