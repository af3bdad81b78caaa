"""One operation of an OpenAPI document: how its arguments become a request. Plain code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

_HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,1000}")

In = Literal["path", "query", "header"]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """Where an argument goes."""

    name: str  # on the wire
    where: In
    explode: bool  # a list in a query: repeated, or with commas


@dataclass(frozen=True, kw_only=True)
class Request:
    """An operation with its arguments, ready to be sent."""

    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any = None  # None: there is none


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation that a model may call."""

    name: str
    description: str
    method: str  # GET
    path: str
    server: str  # of its own, or empty
    schema: Mapping[str, Any]  # of its arguments
    parameters: Mapping[str, Parameter]  # argument -> where it goes
    body: tuple[str, ...] | None  # arguments that are properties of the body; None: it has none
    whole_body: str  # the argument that is the body as a whole, or empty
    repeatable: bool  # by HTTP, or since it takes an Idempotency-Key

    @property
    def reads(self) -> bool:
        return self.method in ("GET", "HEAD")

    def request(self, arguments: Mapping[str, Any]) -> Request:
        """Raises ValueError, a sentence, when an argument cannot go where it should."""
        path, query, headers = self.path, [], {}
        for argument, parameter in self.parameters.items():
            if argument not in arguments or arguments[argument] is None:
                continue
            value = arguments[argument]
            if parameter.where == "path":
                text = _text(value)
                if not text.strip("."):
                    raise ValueError(f"{argument} cannot be {text!r}.")
                path = path.replace("{" + parameter.name + "}", quote(text, safe=""))
            elif parameter.where == "header":
                if not _HEADER_VALUE.fullmatch(_text(value)):
                    raise ValueError(f"{argument} must be plain text.")
                headers[parameter.name] = _text(value)
            elif isinstance(value, list) and parameter.explode:
                query += [(parameter.name, _text(each)) for each in value]
            else:
                query.append((parameter.name, _text(value)))
        body = arguments.get(self.whole_body) if self.whole_body else None
        if self.body is not None:
            body = {name: arguments[name] for name in self.body if name in arguments}
        return Request(path=path, query=query, headers=headers, body=body)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return str(value)
