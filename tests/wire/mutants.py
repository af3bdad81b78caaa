"""Captured messages with one field that is not what it should be."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import orjson

from tests.wire import openai_events
from tests.wire.openai_events import Event

GONE = object()  # in place of a value: the field is left out
ENDLESS = "x" * 300_000
ODD: tuple[Any, ...] = (
    GONE,
    None,
    True,
    17,
    -1,
    1e300,
    -1e300,
    2**63,
    "",
    "NaN",
    ENDLESS,
    [],
    ["a"],
    {},
    {"id": None},
    {"a": {"b": {"c": {"d": 1}}}},
)
Path = tuple[str, ...]


def paths(value: Any, before: Path = ()) -> Iterator[Path]:
    """Of every field at any depth, but `type`, by which an event is known."""
    if isinstance(value, dict):
        for name, part in value.items():
            if (path := (*before, name)) != ("type",):
                yield path
                yield from paths(part, path)


def changed(event: Event, path: Path, value: Any) -> Event:
    """The event with this in place of one field, as it comes over the wire."""
    event = copy.deepcopy(event)
    parent = event
    for name in path[:-1]:
        parent = parent[name]
    if value is GONE:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    read_again: Event = orjson.loads(json.dumps(event))
    return read_again


def openai_mutants() -> Iterator[Event]:
    """Each captured event with each odd value in each of its fields, endless ones left out."""
    for event in openai_events.all_kinds():
        for path in paths(event):
            for value in ODD:
                if value is not ENDLESS:
                    yield changed(event, path, value)
