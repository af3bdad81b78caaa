"""Settings of a batch from a TOML file and from options."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.cli.asking import read_file
from bot.cli.console import give_up

_WINDOW = re.compile(r"(\d{1,2})(?::(\d\d))?\s*-\s*(\d{1,2})(?::(\d\d))?")


def terms(path: Path | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """The file's settings, and those of the options that were given on top of them."""
    from bot.batches.errors import Malformed
    from bot.batches.settings_reader import merged, read_toml

    given = {name: value for name, value in options.items() if value is not None}
    if "hours" in given:
        given["hours"] = _hours(given["hours"])
    if path is None:
        return given
    try:
        written = read_toml(read_file(path).decode("utf-8-sig"))
    except UnicodeDecodeError:
        give_up(f"{path}: not text in UTF-8")
    except Malformed as fault:
        give_up(f"{path}: {fault}")
    return merged(written, given)


def _hours(text: str) -> dict[str, str]:
    found = _WINDOW.fullmatch(text.strip())
    if not found:
        give_up("--window: write hours like 9-20 or 9:30-18:00")
    begin_hour, begin_minute, end_hour, end_minute = found.groups()
    if int(end_hour) == 24:
        end_hour, end_minute = "23", "59"
    return {
        "begin": f"{int(begin_hour):02}:{begin_minute or '00'}",
        "end": f"{int(end_hour):02}:{end_minute or '00'}",
    }
