"""Which column of a file means what: guessed from the names of columns, corrected, remembered.

A column is known by its name. Columns without one are called by their place ("column 3"), those
whose name another column has already by name and place ("Phone (4)").
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from bot.campaigns.reading.column_names import NAMES, VAGUE_NUMBERS

Field = Literal[
    "number",
    "name",
    "first_name",
    "last_name",
    "zone",
    "region",
    "postcode",
    "country",
    "consent_source",
    "consent_at",
    "appointment",
    "when",  # day and time of the appointment in one
    "day",
    "time",
    "language",
]
FIELDS: tuple[Field, ...] = get_args(Field)

# Of these a file may have several columns: the first number that is there is called, all
# appointments count.
_SEVERAL: frozenset[Field] = frozenset({"number", "appointment"})
# These the agent may say: its texts know them by these names, and by those of their columns.
SPOKEN: tuple[Field, ...] = ("name", "first_name", "last_name", "day", "time", "language")
_AGENT_MAY_KNOW = frozenset({*SPOKEN, "when"})
# No column takes these names: the first is made by an import, the others are said to tools.
TAKEN = ("all_appointments", "appointments", "zone")

_ALIASES: Mapping[str, Field] = {
    "phone": "number",
    "mobile": "number",
    "tel": "number",
    "first": "first_name",
    "last": "last_name",
    "timezone": "zone",
    "tz": "zone",
    "state": "region",
    "zip": "postcode",
    "postal_code": "postcode",
    "consent": "consent_source",
    "consent_date": "consent_at",
    "appointment_id": "appointment",
    "datetime": "when",
    "deadline": "when",
    "date": "day",
}


class BadColumns(ValueError):
    """A map that does not fit the file; the message is one sentence for its sender."""


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """What the columns of a file are."""

    fields: Mapping[Field, tuple[str, ...]]  # columns by what they hold, in order of preference
    variables: Mapping[str, str]  # further ones: name in the agent's texts -> column

    def as_json(self) -> dict[str, Any]:
        """For the store, which keeps it by `header_key`."""
        return {
            "fields": {field: list(columns) for field, columns in self.fields.items()},
            "variables": dict(self.variables),
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "ColumnMap":
        """What `as_json` gave."""
        return cls(
            fields={
                field: tuple(kept["fields"][field]) for field in FIELDS if kept["fields"].get(field)
            },
            variables=dict(kept["variables"]),
        )

    def as_text(self) -> str:
        """For people: a line for each field and each variable."""
        lines = [
            f"{field:<15} {', else '.join(columns) if field == 'number' else ', '.join(columns)}"
            for field, columns in self.fields.items()
        ]
        lines += [f"{'{' + name + '}':<15} {column}" for name, column in self.variables.items()]
        return "\n".join(lines)


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """One name for each column, no two the same."""
    taken: set[str] = set()
    names = []
    for place, written in enumerate(header, 1):
        name = " ".join(written.split()) or f"column {place}"
        if name in taken:
            name = f"{name} ({place})"
        while name in taken:
            name += "'"
        taken.add(name)
        names.append(name)
    return tuple(names)


def header_key(header: Sequence[str]) -> str:
    """What a map is remembered by: the names of the columns, whatever their order."""
    return "\n".join(sorted(normalised(name) for name in header if name.strip()))


def guess_columns(header: Sequence[str]) -> ColumnMap:
    """The map that the names of the columns suggest. It may lack the number: see `check`."""
    columns = column_names(header)
    fields: dict[Field, tuple[str, ...]] = {}
    taken: set[str] = set()
    for field in FIELDS:
        found = [
            column
            for name in NAMES[field]
            for column, written in zip(columns, header, strict=True)
            if column not in taken and normalised(written) == name
        ]
        if field == "number":
            clear = [column for column in found if normalised(column) not in VAGUE_NUMBERS]
            found = clear or found[:1]
        if found:
            fields[field] = tuple(found if field in _SEVERAL else found[:1])
            taken.update(fields[field])
    return _with_variables(fields, columns)


def map_columns(
    header: Sequence[str], wanted: Mapping[str, str], *, base: ColumnMap | None = None
) -> ColumnMap:
    """The remembered or guessed map with what the sender says: field -> column, "" for none.

    Several columns are parted by a `|`. Fields go by their names or common aliases, columns by
    their names, whatever their case, accents and punctuation.

    Raises:
        BadColumns: there is no such field or column.
    """
    columns = column_names(header)
    fields = dict((base or guess_columns(header)).fields)
    for said, names in wanted.items():
        field = _field(said)
        chosen = tuple(_column(name.strip(), columns) for name in names.split("|") if name.strip())
        if len(chosen) > 1 and field not in _SEVERAL:
            raise BadColumns(f'Only one column can be "{field}".')
        for other in FIELDS:  # a column means one thing
            fields[other] = tuple(c for c in fields.get(other, ()) if c not in chosen)
        fields[field] = chosen
    return _with_variables({f: fields[f] for f in FIELDS if fields.get(f)}, columns)


def check(columns: ColumnMap, header: Sequence[str]) -> None:
    """Raises BadColumns when the map has no number, or names columns that the file has not."""
    there = column_names(header)
    named = [*(c for names in columns.fields.values() for c in names), *columns.variables.values()]
    missing = [column for column in named if column not in there]
    if missing:
        raise BadColumns(f'The file has no column "{missing[0]}"; it has {_listed(there)}.')
    if not columns.fields.get("number"):
        if any(sum(sign.isdigit() for sign in name) >= 7 for name in header):
            raise BadColumns(
                "The first line holds a telephone number or a date: put a line with the names of "
                "the columns above it."
            )
        raise BadColumns(
            f"No column is known to hold the telephone numbers; say which of {_listed(there)} does "
            '(--map phone="...").'
        )


def slug(name: str) -> str:
    """A column's name as the agent's texts have it in braces: [a-z_][a-z0-9_]*."""
    words = re.findall(r"[a-z0-9]+", normalised(name))
    joined = "_".join(words)[:60].rstrip("_") or "column"
    return joined if not joined[0].isdigit() else f"_{joined}"


def normalised(name: str) -> str:
    """Small letters and digits, words by single spaces: what two spellings have in common."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)  # PhoneNumber
    special = split.casefold().replace("ß", "ss").replace("ø", "o").replace("ł", "l")
    folded = unicodedata.normalize("NFKD", special.replace("ı", "i").replace("æ", "ae"))
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return " ".join(re.findall(r"\w+", plain.replace("_", " ")))


def _with_variables(fields: dict[Field, tuple[str, ...]], columns: Sequence[str]) -> ColumnMap:
    """Every column that the agent may know gets a name of its own.

    Names that have a meaning are kept for those that mean it; of columns with the same name the
    second gets _2 behind it, the third _3.
    """
    hidden = {
        column
        for field, names in fields.items()
        if field not in _AGENT_MAY_KNOW
        for column in names
    }
    meant = {names[0]: field for field, names in fields.items() if field in SPOKEN}
    variables: dict[str, str] = {}
    for column in columns:
        if column in hidden:
            continue
        name = slug(column)
        if meant.get(column) == name:
            continue  # the column "Name" that is the name needs no second one
        base, count = name, 1
        while name in variables or name in SPOKEN or name in TAKEN:
            count += 1
            name = f"{base}_{count}"
        variables[name] = column
    return ColumnMap(fields=fields, variables=variables)


def _field(said: str) -> Field:
    plain = normalised(said).replace(" ", "_")
    for field in FIELDS:
        if field == plain:
            return field
    if plain in _ALIASES:
        return _ALIASES[plain]
    raise BadColumns(f'There is no field "{said}"; the fields are {", ".join(FIELDS)}.')


def _column(said: str, columns: Sequence[str]) -> str:
    if said in columns:
        return said
    alike = [column for column in columns if normalised(column) == normalised(said)]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise BadColumns(f'Several columns are called "{said}": say which of {_listed(alike)}.')
    raise BadColumns(f'The file has no column "{said}"; it has {_listed(columns)}.')


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
