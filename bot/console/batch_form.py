"""The form of a new batch as it was typed, and as the import takes it: plain code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.batches.reading.columns import ColumnMap
from bot.batches.reading.fields import FIELDS
from bot.batches.reading.tables import Choices
from bot.batches.taken_in import TakenIn

_LONGEST = 2000  # characters of a field
_OF_THE_BATCH = ("consent", "zone", "concurrency", "calls_per_second", "canary", "budget_usd")
_TEXTS = (
    *("agent", "name", "sheet", "header_line", "begin", "end", "message", "variables"),
    *_OF_THE_BATCH,
)
_CHECKS = ("hidden_rows", "without_day", "call_confirmed")
COLUMN = "column."  # and a number: what that column of the file holds
KNOWN = "known_columns"  # the columns as the file was read at first, as JSON


class BadForm(ValueError):
    """Something in the form cannot be read; the message is a sentence."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """The form."""

    texts: Mapping[str, str]
    checks: frozenset[str]
    columns: Mapping[str, str]  # field -> columns: where the form says something else than the file

    def as_terms(self) -> dict[str, Any]:
        """What `Intake.open_batch` takes beside the file. Raises BadForm."""
        return {
            "agent": self.texts["agent"],
            "name": self.texts["name"],
            "settings": self._settings(),
            "columns": dict(self.columns),
            "choices": self.choices(),
        }

    def choices(self) -> Choices:
        """What it says of the file itself. Raises BadForm."""
        line = self.texts["header_line"]
        if line and not (line.isdecimal() and 0 < int(line) < 1_000_000):
            raise BadForm("Header line: write the number of a line.")
        return Choices(
            worksheet=self.texts["sheet"],
            header_line=int(line) if line else None,
            hidden_rows="hidden_rows" in self.checks,
        )

    def _settings(self) -> dict[str, Any]:
        """Those that were filled in; the others stay as a batch has them by default."""
        settings: dict[str, Any] = {
            key: self.texts[key] for key in _OF_THE_BATCH if self.texts[key]
        }
        hours = {key: self.texts[key] for key in ("begin", "end") if self.texts[key]}
        if hours:
            settings["hours"] = hours
        if message := self.texts["message"]:
            settings["machines"] = {"then": "leave_message", "message": message}
        if variables := _variables(self.texts["variables"]):
            settings["variables"] = variables
        return settings | {
            key: True for key in ("without_day", "call_confirmed") if key in self.checks
        }


def typed(form: Mapping[str, str]) -> Typed:
    """The form of a request. Raises BadForm."""
    return Typed(
        texts={name: form.get(name, "").strip()[:_LONGEST] for name in _TEXTS},
        checks=frozenset(name for name in _CHECKS if form.get(name)),
        columns=_columns(form),
    )


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a file, and what it is taken for."""

    name: str
    field: str  # empty: none
    variable: str  # what the agent's texts call it; empty: they do not know it


def columns_of(taken: TakenIn) -> list[Column]:
    """All of a file, in its order."""
    fields = {c: field for field, names in taken.columns.fields.items() for c in names}
    variables = {column: name for name, column in taken.columns.variables.items()}
    return [
        Column(name=name, field=fields.get(name, ""), variable=variables.get(name, ""))
        for name in taken.header
    ]


def known_columns(taken: TakenIn, before: str = "") -> str:
    """For the form's `KNOWN`. `before` is what it held: it stays as long as it is about a file with
    these columns, so that what was corrected since is known for a correction.
    """
    if before and json.loads(before)["header"] == list(taken.header):
        return before
    fields = {field: list(names) for field, names in taken.columns.fields.items()}
    return json.dumps({"header": list(taken.header), "fields": fields})


def _columns(form: Mapping[str, str]) -> dict[str, str]:
    """The fields for which the form now has other columns than the file was read with at first:
    what was corrected in an earlier look, too.
    """
    if not form.get(KNOWN):
        return {}
    try:
        known = json.loads(form[KNOWN])
        header = [str(name) for name in known["header"]]
        before = ColumnMap.of_json({"fields": known["fields"], "variables": {}}).fields
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadForm("The columns of the form cannot be read: choose the file anew.") from None
    now: dict[str, list[str]] = {field: [] for field in FIELDS}
    for number, name in enumerate(header):
        if (field := form.get(f"{COLUMN}{number}", "")) in now:
            now[field].append(name)
    changed: dict[str, str] = {}
    for field in FIELDS:
        was = before.get(field, ())
        if set(now[field]) != set(was):
            kept = [name for name in was if name in now[field]]  # the order says which goes first
            changed[field] = "|".join([*kept, *(name for name in now[field] if name not in kept)])
    return changed


def _variables(text: str) -> dict[str, str]:
    """One a line: `business = Riverside Clinic`."""
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, sign, value = line.partition("=")
        if not sign or not name.strip():
            raise BadForm(f'Words for the agent: write "name = value", not "{line}".')
        found[name.strip().strip("{}")] = value.strip()
    return found
