"""Schemas of an OpenAPI document as the JSON schemas that a model is shown. Plain code.

Sources: OpenAPI 3.0.4, Schema Object (nullable, exclusiveMinimum as a bool); OpenAPI 3.1.1 (JSON
Schema 2020-12); Reference Object, within one document.
"""

from collections.abc import Mapping
from typing import Any

_DEEPEST = 12
_MOST_PARTS = 2000  # of one operation: more would fill the instructions of a model
# Words that are of no use to a model, or that it must not see.
_DROPPED = frozenset(
    ("xml", "example", "examples", "externalDocs", "discriminator", "deprecated", "nullable")
)
_SCHEMAS = ("items", "additionalProperties", "not", "contains", "propertyNames")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")


class Unusable(Exception):
    """Something in the document cannot be used; the message says what and why."""


class Schemas:
    """Reads schemas out of one document, references followed."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._version_3_0 = str(document.get("openapi", "")).startswith("3.0")
        self._parts = 0

    def begin(self) -> None:
        """Another operation: parts are counted anew."""
        self._parts = 0

    def resolve(self, part: Any) -> Mapping[str, Any]:
        """What stands at the end of references. Raises Unusable."""
        seen: list[str] = []
        while isinstance(part, Mapping) and isinstance(part.get("$ref"), str):
            ref = part["$ref"]
            if ref in seen:
                raise Unusable(f"{ref} refers to itself")
            seen.append(ref)
            part = self._at(ref)
        if not isinstance(part, Mapping):
            raise Unusable(f"{seen[-1] if seen else 'a part'} is no object")
        return part

    def schema(self, schema: Any, *, within: tuple[str, ...] = ()) -> dict[str, Any]:
        """The schema without references, as JSON Schema 2020-12. Raises Unusable."""
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise Unusable("what it takes is too big to be shown to a model")
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        if not isinstance(schema, Mapping):
            raise Unusable(f"{schema!r} is no schema")
        ref = schema.get("$ref")
        if isinstance(ref, str):
            if ref in within or len(within) >= _DEEPEST:
                raise Unusable(f"{ref} holds itself: such arguments cannot be shown to a model")
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            target = self.resolve(schema)
            merged = target if self._version_3_0 else {**target, **beside}
            return self.schema(merged, within=(*within, ref))
        return self._plain(schema, within)

    def _plain(self, schema: Mapping[str, Any], within: tuple[str, ...]) -> dict[str, Any]:
        plain = {
            key: value
            for key, value in schema.items()
            if key not in _DROPPED and not key.startswith("x-")
        }
        for key in _SCHEMAS:
            if isinstance(plain.get(key), Mapping):
                plain[key] = self.schema(plain[key], within=within)
        for key in _LISTS:
            if isinstance(plain.get(key), list):
                plain[key] = [self.schema(part, within=within) for part in plain[key]]
        if isinstance(plain.get("properties"), Mapping):
            self._properties(plain, within)
        if self._version_3_0:
            _as_2020(plain, nullable=schema.get("nullable") is True)
        return plain

    def _properties(self, plain: dict[str, Any], within: tuple[str, ...]) -> None:
        """What only answers hold is not asked for."""
        kept = {
            name: self.schema(part, within=within)
            for name, part in plain["properties"].items()
            if not (isinstance(part, Mapping) and part.get("readOnly") is True)
        }
        gone = plain["properties"].keys() - kept.keys()
        plain["properties"] = kept
        if gone and isinstance(plain.get("required"), list):
            plain["required"] = [name for name in plain["required"] if name not in gone]

    def _at(self, ref: str) -> Any:
        if not ref.startswith("#/"):
            raise Unusable(f"{ref} is in another document: put all of it into one")
        part: Any = self._document
        for step in ref[2:].split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(part, list) and step.isdigit() and int(step) < len(part):
                part = part[int(step)]
            elif isinstance(part, Mapping) and step in part:
                part = part[step]
            else:
                raise Unusable(f"{ref} leads nowhere")
        return part


def _as_2020(plain: dict[str, Any], *, nullable: bool) -> None:
    """A schema of OpenAPI 3.0 as one of JSON Schema 2020-12."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if plain.get(exclusive) is True and bound in plain:
            plain[exclusive] = plain.pop(bound)
        elif isinstance(plain.get(exclusive), bool):
            del plain[exclusive]
    if nullable and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
        if isinstance(plain.get("enum"), list) and None not in plain["enum"]:
            plain["enum"] = [*plain["enum"], None]
