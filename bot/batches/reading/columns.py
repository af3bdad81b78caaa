"""Which column of a file means what: guessed from the names of columns, corrected, remembered.

A column is known by its name. Columns without one are called by their place ("column 3"), those
whose name another column has already by name and place ("Phone (4)").
"""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.batches.reading.column_names import NAMES, VAGUE_NUMBERS, spelled
from bot.batches.reading.fields import (
    AGENT_MAY_KNOW,
    ALIASES,
    FIELDS,
    OF_A_PERSON,
    PROTECTIVE,
    SEVERAL,
    SPOKEN,
    TAKEN,
    WHOSE,
    Field,
)
from bot.batches.reading.header_words import protective_field
from bot.batches.reading.spelling import normalised


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

    def telling(self, names: Container[str]) -> "ColumnMap":
        """With those variables alone that have such names: no other is handed on."""
        told = {name: column for name, column in self.variables.items() if name in names}
        return replace(self, variables=told)

    def unread(self, header: Sequence[str]) -> tuple[str, ...]:
        """Columns that are neither a field nor a variable, or that are ignored."""
        fields = {field: named for field, named in self.fields.items() if field != "ignored"}
        used = {*(c for named in fields.values() for c in named), *self.variables.values()}
        return tuple(column for column in column_names(header) if column not in used)

    def as_text(self) -> str:
        """For people: a line for each field and each variable."""
        lines = [
            f"{field:<15} {', else '.join(columns) if field == 'number' else ', '.join(columns)}"
            for field, columns in self.fields.items()
            if field != "ignored"
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
    known = [(column, *_spelled(name)) for column, name in zip(columns, header, strict=True)]
    for field in FIELDS:
        found = [
            column
            for name in NAMES.get(field, ())
            for column, whole, rest in known
            if column not in taken
            and (
                whole == name or rest == name and field in OF_A_PERSON and name not in VAGUE_NUMBERS
            )
        ]
        if field == "number":
            clear = [column for column in found if normalised(column) not in VAGUE_NUMBERS]
            found = clear or found[:1]
        if found:
            fields[field] = tuple(dict.fromkeys(found) if field in SEVERAL else found[:1])
            taken.update(fields[field])
    for column in columns:
        protects = protective_field(column) if column not in taken else None
        if protects is not None and (protects in SEVERAL or protects not in fields):
            fields[protects] = (*fields.get(protects, ()), column)
    return _with_variables({f: fields[f] for f in FIELDS if f in fields}, columns)


def remembered(kept: Mapping[str, Any], header: Sequence[str]) -> ColumnMap:
    """A map that was remembered for such a header, by this version or one that knew fewer fields:
    a column that says who must not be called is not overlooked because of it.
    """
    known = ColumnMap.of_json(kept)
    columns, fields = column_names(header), dict(known.fields)
    used = {column for names in fields.values() for column in names}
    guessed = guess_columns(header).fields
    for field in FIELDS:
        if field in PROTECTIVE:
            more = tuple(column for column in guessed.get(field, ()) if column not in used)
            fields[field] = (*fields.get(field, ()), *more)
    return _with_variables({f: fields[f] for f in FIELDS if fields.get(f)}, columns)


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
        if len(chosen) > 1 and field not in SEVERAL:
            raise BadColumns(f'Only one column can be "{field}".')
        dropped = tuple(c for c in fields.get(field, ()) if c not in chosen)
        for other in FIELDS:  # a column means one thing
            fields[other] = tuple(c for c in fields.get(other, ()) if c not in chosen)
        fields[field] = chosen
        if field in PROTECTIVE:  # the sender knows that these mean something else
            fields["ignored"] = (*fields["ignored"], *dropped)
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


def _spelled(written: str) -> tuple[str, str]:
    """The name of a column as names are compared, and without whose it is: "home phone" of
    "Patient Home Phone"; empty where it does not say.
    """
    name = spelled(written)
    whose, _, rest = name.partition(" ")
    return name, rest if whose in WHOSE else ""


def slug(name: str) -> str:
    """A column's name as the agent's texts have it in braces: [a-z_][a-z0-9_]*."""
    words = re.findall(r"[a-z0-9]+", normalised(name))
    joined = "_".join(words)[:60].rstrip("_") or "column"
    return joined if not joined[0].isdigit() else f"_{joined}"


def _with_variables(fields: dict[Field, tuple[str, ...]], columns: Sequence[str]) -> ColumnMap:
    """Every column that the agent may know gets a name of its own.

    Names that have a meaning are kept for those that mean it; of columns with the same name the
    second ends in _2, the third in _3.
    """
    hidden = {
        column for field, names in fields.items() if field not in AGENT_MAY_KNOW for column in names
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
    if plain in ALIASES:
        return ALIASES[plain]
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
