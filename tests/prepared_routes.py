"""What FastAPI finds out about the parameters and the answer of a route is kept for the next
service that a test opens: for all routes of one it takes a tenth of a second.

A route of another service is made by the same lines: its function has the same code, and may have
other defaults and annotations. Only what is the same in all of these is taken from what is kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fastapi import routing

_plain_parameters: Any = routing._build_dependant_with_parameterless_dependencies
_plain_field: Any = routing.create_model_field
_parameters: dict[object, tuple[Any, Any]] = {}  # (code, path) -> what the function says, found
_fields: dict[object, Any] = {}


def keep_prepared_routes() -> None:
    """From now on each route is looked into once in this process."""
    routing._build_dependant_with_parameterless_dependencies = parameters_of
    routing.create_model_field = field_of  # type: ignore[attr-defined]


def parameters_of(*, path: str, call: Callable[..., Any], dependencies: Sequence[Any]) -> Any:
    """As FastAPI finds them: (parameters, those of the body, whether the body is a table of them).

    Whatever depends on other functions is looked into anew: they may belong to one service.
    """
    code = getattr(call, "__code__", None)
    said = [getattr(call, name, None) for name in ("__defaults__", "__kwdefaults__")]
    said.append(getattr(call, "__annotations__", None))
    kept_of, kept = _parameters.get((code, path), (None, None))
    if kept_of == said and not dependencies:
        return replace(kept[0], call=call), *kept[1:]
    found = _plain_parameters(path=path, call=call, dependencies=dependencies)
    if code is not None and not hasattr(call, "__wrapped__") and not found[0].dependencies:
        _parameters[code, path] = said, found
    return found


def field_of(name: str, type_: Any, *, mode: str) -> Any:
    """As FastAPI makes it: what an answer of this type is checked by."""
    key = name, type_, mode
    try:
        return _fields[key]
    except KeyError:
        return _fields.setdefault(key, _plain_field(name=name, type_=type_, mode=mode))
    except TypeError:  # no type that can be looked up
        return _plain_field(name=name, type_=type_, mode=mode)
