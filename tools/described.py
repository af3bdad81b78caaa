"""A tool that is described by data, a JSON schema, and not by a function of ours."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from tools.claims import covered_by_name
from tools.signature import Misfit, Signature
from tools.tool import ToolAnswer, ToolCall

Act = Callable[[ToolCall, Mapping[str, Any]], Coroutine[Any, Any, ToolAnswer]]

_LONGEST_SENTENCE = 200
_LONGEST_DESCRIPTION = 1024  # characters; the model reads all of it before each call
# Not checked here: an expression of a stranger's may take for ever, and whoever is asked checks it.
_UNCHECKED = ("pattern", "patternProperties", "format")


class DescribedTool:
    """Runs `act` with the arguments that fit `parameters`, the JSON schema of an object.

    `writes`: it records something (see `tools.tool.records`); two calls of it with the same
    arguments in one phone call are the same write.
    """

    def __init__(
        self,
        *,
        name: str,
        description: str,
        parameters: Mapping[str, Any],
        writes: bool,
        act: Act,
    ) -> None:
        """Raises ValueError when this is no JSON schema of an object."""
        shown = {"type": "object", "properties": {}, "required": [], **parameters}
        if shown["type"] != "object" or not isinstance(shown["properties"], dict):
            raise ValueError("its parameters are no JSON schema of an object")
        checked = _checked(shown)
        try:
            Draft202012Validator.check_schema(checked)
        except SchemaError as error:
            raise ValueError(f"its parameters are no JSON schema: {error.message}") from None
        except Exception as error:  # somebody may write anything there
            raise ValueError(f"its parameters are no JSON schema ({error})") from None
        self._validator = Draft202012Validator(checked)
        self._act = act
        self.__name__ = name
        self.signature = Signature(
            name=name,
            description=" ".join(description.split())[:_LONGEST_DESCRIPTION],
            parameters=shown,
            take=self._take,
            identity=tuple(shown["properties"]) if writes else None,
            about="",
            undoes=(),
            needs=(),
            covers=covered_by_name(name, writes=writes),
        )

    async def __call__(self, call: ToolCall, /, **arguments: Any) -> ToolAnswer:
        return await self._act(call, arguments)

    def _take(self, given: dict[str, Any]) -> dict[str, Any]:
        errors = list(self._validator.iter_errors(given))
        if errors:
            raise Misfit(map(_sentence, errors))
        return given


def _sentence(error: ValidationError) -> str:
    field = ".".join(str(part) for part in error.absolute_path) or "the arguments"
    return f"{field}: {error.message}"[:_LONGEST_SENTENCE].rstrip(".") + "."


def _checked(schema: Any) -> Any:
    """The schema without what is not checked."""
    if isinstance(schema, Mapping):
        return {
            key: _named(part) if key in ("properties", "$defs") else _checked(part)
            for key, part in schema.items()
            if key not in _UNCHECKED
        }
    if isinstance(schema, Sequence) and not isinstance(schema, str):
        return [_checked(part) for part in schema]
    return schema


def _named(parts: Any) -> Any:
    """Schemas by name: a property may be called "format"."""
    if not isinstance(parts, Mapping):
        return parts
    return {name: _checked(part) for name, part in parts.items()}
