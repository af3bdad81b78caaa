"""An OpenAPI document, 3.0 or 3.1: which operations it has, and how each is asked. Plain code.

An operation takes parameters in its path, query and headers, and a body in JSON. What it wants
otherwise makes it unusable, which is said with its name; the others stay usable.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml
from openapi_pydantic.v3.v3_0 import Operation as Operation30
from openapi_pydantic.v3.v3_1 import Operation as Operation31
from pydantic import ValidationError

from bot.outside.operation import In, Operation, Parameter
from bot.outside.schemas import Schemas, Unusable

MOST_BYTES = 4 * 1024 * 1024
METHODS = ("get", "put", "post", "delete", "patch", "head")
IDEMPOTENCY = "idempotency-key"
_BY_HTTP = ("get", "head", "put", "delete")  # RFC 9110, 9.2.2: to repeat them changes nothing more
# Set by us, by the operator or by HTTP itself: nothing for a model to say (OpenAPI 3.1.1,
# Parameter Object).
_NOT_THE_MODELS = frozenset(
    ("accept", "content-type", "authorization", "host", "cookie", IDEMPOTENCY)
)

_STYLES: Mapping[In, str] = {"path": "simple", "query": "form", "header": "simple"}


class DocumentError(Exception):
    """The document cannot be read at all; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a document offers."""

    server: str  # empty: it names none that can be used
    operations: Mapping[str, Operation] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)  # operation -> why it cannot be used


def read_document(path: Path) -> Document:
    """Reads a file in YAML or JSON. Raises DocumentError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DocumentError(f"it is longer than {MOST_BYTES // 1024 // 1024} MiB")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        content = yaml.load(path.read_text(encoding="utf-8"), loader)
    except OSError as error:
        raise DocumentError(error.strerror or str(error)) from None
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise DocumentError(
            f"it is neither YAML nor JSON: {' '.join(str(error).split())}"
        ) from None
    if not isinstance(content, dict):
        raise DocumentError("it is no OpenAPI document")
    return document_of(content)


def document_of(content: Mapping[str, Any]) -> Document:
    """What a document offers. Raises DocumentError."""
    version = str(content.get("openapi", ""))
    if not re.match(r"3\.[01](\.|$)", version):
        raise DocumentError(f"it is no OpenAPI 3.0 or 3.1 but {version or 'something else'}")
    paths = content.get("paths")
    if not isinstance(paths, Mapping):
        raise DocumentError("it has no paths")
    schemas = Schemas(content)
    operations: dict[str, Operation] = {}
    faults: dict[str, str] = {}
    for path, method, item, raw in _operations(paths, schemas, faults):
        name = _name(raw, method, path)
        if name in operations or name in faults:
            faults[name] = "two operations have this name"
            operations.pop(name, None)
            continue
        try:
            operations[name] = _operation(name, path, method, item, raw, schemas)
        except Unusable as error:
            faults[name] = str(error)
        except Exception as error:  # somebody may write anything into what it refers to
            faults[name] = f"it is not as OpenAPI has it ({error})"
    return Document(server=_server(content), operations=operations, faults=faults)


def _operations(
    paths: Mapping[str, Any], schemas: Schemas, faults: dict[str, str]
) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    for path, item in paths.items():
        try:
            item = schemas.resolve(item)
        except Unusable as error:
            faults[str(path)] = str(error)
            continue
        for method in METHODS:
            if isinstance(item.get(method), Mapping):
                yield str(path), method, item, item[method]


def _name(raw: Mapping[str, Any], method: str, path: str) -> str:
    """As models take it: letters, digits, _ and -, 64 at most."""
    given = str(raw.get("operationId") or f"{method}_{path}")
    return re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9_-]", "_", given)).strip("_")[:64]


def _operation(
    name: str,
    path: str,
    method: str,
    item: Mapping[str, Any],
    raw: Mapping[str, Any],
    schemas: Schemas,
) -> Operation:
    _check_shape(raw)
    schemas.begin()
    parameters: dict[str, Parameter] = {}
    properties: dict[str, Any] = {}
    required: list[str] = []
    takes_key = False
    for given in _parameters(item, raw, schemas):
        wire, where = str(given.get("name", "")), cast(In, given.get("in"))
        if where == "header" and wire.lower() == IDEMPOTENCY:
            takes_key = True
        if where == "header" and wire.lower() in _NOT_THE_MODELS:
            continue
        if where not in _STYLES:
            if given.get("required"):
                raise Unusable(f"it needs the parameter {wire} in a {where}")
            continue
        schema = schemas.schema(_schema_of(given, wire))
        explode = _explode(given, wire, where, schema)
        argument = _argument(wire)
        if argument in parameters:
            raise Unusable(f"two of its parameters are called {argument}")
        parameters[argument] = Parameter(name=wire, where=where, explode=explode)
        properties[argument] = _described(schema, given)
        if given.get("required") or where == "path":
            required.append(argument)
    if lacking := set(re.findall(r"{([^}]*)}", path)) - {
        each.name for each in parameters.values() if each.where == "path"
    }:
        raise Unusable(f"it has no parameter for {{{min(lacking)}}} in its path")
    body, whole_body = _body(raw, schemas, properties, required)
    return Operation(
        name=name,
        description=_description(raw, name),
        method=method.upper(),
        path=path,
        server=_server(raw) or _server(item),
        schema={
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        },
        parameters=parameters,
        body=body,
        whole_body=whole_body,
        repeatable=takes_key or method in _BY_HTTP,
    )


def _parameters(
    item: Mapping[str, Any], raw: Mapping[str, Any], schemas: Schemas
) -> Iterator[Mapping[str, Any]]:
    """Those of the path, and in their place those of the operation."""
    found: dict[tuple[Any, Any], Mapping[str, Any]] = {}
    for each in (*(item.get("parameters") or ()), *(raw.get("parameters") or ())):
        given = schemas.resolve(each)
        found[given.get("in"), given.get("name")] = given
    yield from found.values()


def _schema_of(given: Mapping[str, Any], name: str) -> Any:
    if "content" in given:
        raise Unusable(f"its parameter {name} is a document of its own")
    return given.get("schema", {"type": "string"})


def _explode(given: Mapping[str, Any], name: str, where: In, schema: Mapping[str, Any]) -> bool:
    """Whether a list is written as several. Raises Unusable for what is written otherwise."""
    usual = _STYLES[where]
    style = given.get("style", usual)
    if style != usual:
        raise Unusable(f"its parameter {name} is written in the style {style}")
    if "object" in (schema.get("type"), *_listed(schema.get("type"))):
        raise Unusable(f"its parameter {name} is an object")
    return bool(given.get("explode", usual == "form"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _argument(wire: str) -> str:
    """A header like X-Request-Id or a name with brackets, as an argument."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", wire).strip("_") or "value"


def _described(schema: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    told = given.get("description")
    return {"description": told, **schema} if isinstance(told, str) else schema


def _body(
    raw: Mapping[str, Any],
    schemas: Schemas,
    properties: dict[str, Any],
    required: list[str],
) -> tuple[tuple[str, ...] | None, str]:
    """Adds the body's arguments. Which are its properties; or which one is all of it."""
    if "requestBody" not in raw:
        return None, ""
    given = schemas.resolve(raw["requestBody"])
    content = given.get("content")
    kinds = content if isinstance(content, Mapping) else {}
    json_kinds = [
        part
        for kind, part in kinds.items()
        if re.fullmatch(r"application/(.+\+)?json|\*/\*", kind.partition(";")[0].strip().lower())
    ]
    if not json_kinds:
        if not given.get("required"):
            return None, ""
        raise Unusable(f"its body is {', '.join(kinds) or 'nothing known'}, and not JSON")
    schema = schemas.schema(schemas.resolve(json_kinds[0]).get("schema", {}))
    parts = schema.get("properties") or {}
    plain = (
        schema.get("type") == "object" and parts and not schema.keys() & {"allOf", "anyOf", "oneOf"}
    )
    if plain and not parts.keys() & properties.keys():
        properties.update(parts)
        if given.get("required"):
            required += [name for name in schema.get("required", ()) if name in parts]
        return tuple(parts), ""
    name = "body" if "body" not in properties else "request_body"
    properties[name] = schema
    if given.get("required"):
        required.append(name)
    return None, name


def _check_shape(raw: Mapping[str, Any]) -> None:
    """Raises Unusable where the operation is not as OpenAPI has it."""
    for kind in (Operation31, Operation30):
        try:
            kind.model_validate(raw)
            return
        except ValidationError as error:
            first = error.errors()[0]
    field_ = ".".join(str(part) for part in first["loc"] if not str(part)[:1].isupper())
    raise Unusable(f"{field_}: {first['msg']}")


def _description(raw: Mapping[str, Any], name: str) -> str:
    told = [str(raw[key]) for key in ("summary", "description") if raw.get(key)]
    return ". ".join(part.strip().rstrip(".") for part in told) or name.replace("_", " ")


def _server(part: Mapping[str, Any]) -> str:
    """The first server's URL with its variables as they are by default; or empty."""
    servers = part.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    if not isinstance(first, Mapping) or not isinstance(first.get("url"), str):
        return ""
    url: str = first["url"]
    variables = first.get("variables")
    for name, variable in (variables if isinstance(variables, Mapping) else {}).items():
        if isinstance(variable, Mapping):
            url = url.replace("{" + str(name) + "}", str(variable.get("default", "")))
    return url if url.startswith(("http://", "https://")) else ""
