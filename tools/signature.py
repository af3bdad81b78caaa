"""The signature of a tool: what the model is shown of it, and how its arguments are read."""

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from tools.claims import covered_by_name
from tools.tool import Tool


class BadArguments(ValueError):
    """The model's arguments do not fit; the message tells the model how to mend them."""


class Misfit(ValueError):
    """Arguments do not fit what a tool takes; `sentences` say which, and how."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(dict.fromkeys(sentences))
        super().__init__(" ".join(self.sentences))


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Everything about a tool that is read off its definition."""

    name: str
    description: str
    parameters: dict[str, Any]  # JSON schema of an object
    take: Callable[[dict[str, Any]], dict[str, Any]]  # a JSON object as arguments; raises Misfit
    identity: tuple[str, ...] | None  # None: it only reads, see `tools.tool.records`
    about: str  # what its writes are about; empty: nothing that others write about
    undoes: tuple[str, ...]  # tools whose writes may be asked for again once it has succeeded
    needs: tuple[str, ...]  # one of these must have succeeded before, see `tools.tool.needs`
    covers: tuple[str, ...]  # what the agent may claim once it has succeeded, see `tools.claims`

    def read(self, arguments_json: str) -> dict[str, Any]:
        """The arguments the model gave, as keyword arguments. Raises `BadArguments`.

        Models leave an optional argument out, or send null or "": all three mean not given.
        """
        try:
            given = orjson.loads(arguments_json.strip() or "{}")
        except (orjson.JSONDecodeError, AttributeError):
            raise BadArguments(f"The arguments of {self.name} must be valid JSON.") from None
        if not isinstance(given, dict):
            raise BadArguments(f"The arguments of {self.name} must be one JSON object.")
        optional = self.parameters["properties"].keys() - set(self.parameters["required"])
        given = {k: v for k, v in given.items() if not (k in optional and v in (None, ""))}
        try:
            return self.take(given)
        except Misfit as error:
            raise BadArguments(
                f"{error} Mend this and call {self.name} again; ask if unsure."
            ) from None

    def same(self, arguments: dict[str, Any]) -> tuple[str, ...]:
        """What makes a write this one and no other; letter case and spacing do not count."""
        told = (str(arguments.get(name)) for name in self.identity or ())
        return (self.name, *(" ".join(value.split()).casefold() for value in told))


@lru_cache(maxsize=1024)
def signature_of(tool: Tool) -> Signature:
    """Reads a tool's definition; one that is described by data brings it along. Raises ValueError
    naming what an author forgot.
    """
    described: Signature | None = getattr(tool, "signature", None)
    if described is not None:
        return described
    name = tool.__name__
    description = " ".join((inspect.getdoc(tool) or "").split("\n\n")[0].split())
    if not description:
        raise ValueError(f"Tool {name} needs a docstring: the model reads its first paragraph.")
    hints = get_type_hints(tool, include_extras=True)
    first, *others = inspect.signature(tool).parameters.values()
    fields: dict[str, Any] = {
        parameter.name: _field(name, parameter, hints[parameter.name]) for parameter in others
    }
    identity = tool.__dict__.get("identity")
    if misspelt := [part for part in identity or () if part not in fields]:
        raise ValueError(
            f"Tool {name} is marked @records({misspelt[0]!r}) and has no parameter of that name: "
            "two different writes would be taken for one. Name a parameter of the tool."
        )
    arguments = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    return Signature(
        name=name,
        description=description,
        parameters=_parameters(arguments),
        take=_Reader(arguments).read,
        identity=identity,
        about=tool.__dict__.get("about", ""),
        undoes=tool.__dict__.get("undoes", ()),
        needs=tool.__dict__.get("needs", ()),
        covers=_covers(tool, name, writes=identity is not None),
    )


def _covers(tool: Tool, name: str, *, writes: bool) -> tuple[str, ...]:
    told: tuple[str, ...] | None = tool.__dict__.get("covers")
    return covered_by_name(name, writes=writes) if told is None else told


@dataclass(frozen=True)
class _Reader:
    """Reads arguments by the types of a function's parameters."""

    arguments: type[BaseModel]

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        try:
            read = self.arguments.model_validate(given)
        except ValidationError as error:
            raise Misfit(map(self._sentence, error.errors(include_url=False))) from None
        return {name: getattr(read, name) for name in read.model_fields_set}

    def _sentence(self, error: ErrorDetails) -> str:
        if error["type"] == "extra_forbidden":
            names = ", ".join(self.arguments.model_fields) or "no arguments"
            return f"{self.arguments.__name__} takes only {names}."
        field = str(error["loc"][0]) if error["loc"] else "the arguments"
        if error["type"] == "missing":
            return f"{field} is missing."
        rule = re.sub(r"^(Input|String|Value) should", "must", error["msg"])
        return f"{field} {rule}."


def _field(tool_name: str, parameter: inspect.Parameter, hint: Any) -> tuple[Any, Any]:
    notes = list(get_args(hint)[1:]) if get_origin(hint) is Annotated else []
    told = [note for note in notes if isinstance(note, str)]
    if not told:
        raise ValueError(
            f'Parameter {parameter.name} of tool {tool_name} needs Annotated[..., "description"].'
        )
    kind: Any = get_args(hint)[0]
    for note in notes:
        kind = Annotated[kind, Field(description=note) if isinstance(note, str) else note]
    required = parameter.default is inspect.Parameter.empty
    return kind, ... if required else parameter.default


def _parameters(arguments: type[BaseModel]) -> dict[str, Any]:
    schema = _plain(arguments.model_json_schema())
    return {"type": "object", "properties": {}, "required": []} | schema


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Without pydantic's titles, and without null: an optional argument is one left out."""
    plain = {key: value for key, value in schema.items() if key not in ("title", "anyOf")}
    for key in plain.keys() & {"properties", "$defs"}:
        plain[key] = {name: _plain(value) for name, value in plain[key].items()}
    if isinstance(plain.get("items"), dict):
        plain["items"] = _plain(plain["items"])
    if plain.get("default", ...) is None:
        del plain["default"]
    kinds = [_plain(kind) for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        return kinds[0] | plain
    return plain | ({"anyOf": kinds} if kinds else {})
