"""`--json`: what a command shows, in the words of the API."""

import json
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from pydantic import BaseModel

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API returns it.")]


def show_json(view: BaseModel) -> None:
    """One object."""
    write_json(_plain(view))


def list_json(name: str, views: Iterable[BaseModel | dict[str, Any]]) -> None:
    """An object with a list of that name."""
    write_json({name: [_plain(view) for view in views]})


def _plain(view: BaseModel | dict[str, Any]) -> dict[str, Any]:
    return view if isinstance(view, dict) else view.model_dump(mode="json", by_alias=True)


def write_json(value: dict[str, Any]) -> None:
    """An object of plain values."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
