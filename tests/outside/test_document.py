"""What an OpenAPI document offers, 3.0 and 3.1, and what of it cannot be used."""

import contextlib
import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.egress import Egress
from bot.outside.document import DocumentError, document_of, read_document
from bot.outside.openapi import OpenApiTools
from bot.outside.operation import Operation
from tools import ToolAnswer, ToolCall
from tools.described import DescribedTool

SHOP = """
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers:
  - url: https://{region}.shop.example/v1
    variables: {region: {default: eu}}
paths:
  /orders/{id}:
    parameters:
      - $ref: "#/components/parameters/Id"
    get:
      operationId: getOrder
      parameters:
        - {name: fields, in: query, explode: false, schema: {type: array, items: {type: string}}}
      responses: {"200": {description: ok}}
    patch:
      operationId: change order!
      requestBody:
        required: true
        content:
          application/merge-patch+json:
            schema: {$ref: "#/components/schemas/Change"}
      responses: {"200": {description: ok}}
  /orders/{id}/lines:
    parameters:
      - $ref: "#/components/parameters/Id"
    post:
      requestBody:
        content: {application/json: {schema: {type: array, items: {type: integer}}}}
      responses: {"200": {description: ok}}
components:
  parameters:
    Id: {name: id, in: path, required: true, schema: {type: string}, description: The order.}
  schemas:
    Change:
      type: object
      required: [id, amount]
      properties:
        id: {type: string, readOnly: true}
        amount: {type: number, minimum: 0, exclusiveMinimum: true}
        note: {type: string, nullable: true, example: hi}
        where: {$ref: "#/components/schemas/Place"}
    Place: {type: object, properties: {city: {type: string}}}
"""


def shop() -> dict[str, Operation]:
    document = document_of(yaml.safe_load(SHOP))
    assert document.faults == {}
    assert document.server == "https://eu.shop.example/v1"
    return dict(document.operations)


def test_a_document_of_version_3_0() -> None:
    """Names are made fit, parameters of the path count for all, bodies become arguments."""
    operations = shop()
    assert list(operations) == ["getOrder", "change_order", "post_orders_id_lines"]
    change = operations["change_order"]
    assert change.schema["required"] == ["id", "amount"]
    properties = change.schema["properties"]
    assert properties["id"]["description"] == "The order."
    assert properties["amount"] == {"type": "number", "exclusiveMinimum": 0}
    assert properties["note"] == {"type": ["string", "null"]}
    assert properties["where"] == {"type": "object", "properties": {"city": {"type": "string"}}}


def test_arguments_find_their_place() -> None:
    """In path, query and body."""
    operations = shop()
    asked = operations["getOrder"].request({"id": "a/b", "fields": ["x", "y"]})
    assert (asked.path, asked.query) == ("/orders/a%2Fb", [("fields", "x,y")])
    changed = operations["change_order"].request({"id": "1", "amount": 2, "note": None})
    assert changed.body == {"amount": 2, "note": None}
    lines = operations["post_orders_id_lines"].request({"id": "1", "body": [1, 2]})
    assert lines.body == [1, 2]
    assert [each.repeatable for each in operations.values()] == [True, False, False]


def one(operation: str, more: str = "") -> dict[str, Any]:
    """A document of version 3.1 with one operation."""
    text = (
        f"openapi: 3.1.0\ninfo: {{title: x, version: '1'}}\npaths:\n  /x:\n    {operation}\n{more}"
    )
    content: dict[str, Any] = yaml.safe_load(text)
    return content


TREE = (
    "components: {schemas: {Tree: {type: object, properties: "
    "{left: {$ref: '#/components/schemas/Tree'}}}}}"
)
UNUSABLE = {
    "a form": (
        "post: {requestBody: {required: true, content: {multipart/form-data: {schema: {}}}}}",
        "",
        "its body is multipart/form-data, and not JSON",
    ),
    "a tree": (
        "post: {requestBody: {content: {application/json: {schema: "
        "{$ref: '#/components/schemas/Tree'}}}}}",
        TREE,
        "holds itself",
    ),
    "nowhere": (
        "get: {parameters: [{$ref: '#/components/parameters/Gone'}]}",
        "",
        "leads nowhere",
    ),
    "another file": (
        "get: {parameters: [{name: a, in: query, schema: {$ref: 'other.yaml#/A'}}]}",
        "",
        "is in another document",
    ),
    "an object": (
        "get: {parameters: [{name: a, in: query, style: deepObject, schema: {type: object}}]}",
        "",
        "style deepObject",
    ),
    "a cookie": (
        "get: {parameters: [{name: a, in: cookie, required: true, schema: {type: string}}]}",
        "",
        "in a cookie",
    ),
    "no shape": ("get: {tags: 7}", "", "tags: "),
    "itself": (
        "get: {parameters: [{$ref: '#/components/parameters/A'}]}",
        "components: {parameters: {A: {$ref: '#/components/parameters/A'}}}",
        "refers to itself",
    ),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_what_cannot_be_used_is_named(what: str) -> None:
    """With its reason; the document's other operations stay usable."""
    operation, more, why = UNUSABLE[what]
    content = one(operation, more)
    content["paths"]["/fine"] = {"get": {"operationId": "fine"}}
    document = document_of(content)
    assert list(document.operations) == ["fine"]
    (fault,) = document.faults.values()
    assert why in fault


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("swagger: '2.0'", "no OpenAPI 3.0 or 3.1"),
        ("openapi: 4.0.0\npaths: {}", "no OpenAPI 3.0 or 3.1 but 4.0.0"),
        ("openapi: 3.1.0", "no paths"),
        ("- a\n- b", "no OpenAPI document"),
        ("a: [", "neither YAML nor JSON"),
        ("!!python/object/apply:os.system ['true']", "neither YAML nor JSON"),
    ],
)
def test_what_is_no_document(tmp_path: Path, text: str, why: str) -> None:
    """Said in one sentence; nothing in a file is run."""
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=why):
        read_document(path)


def test_faults_name_file_and_operation(tmp_path: Path) -> None:
    """So that an owner finds the place."""
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP, encoding="utf-8")

    def faults(**more: Any) -> list[str]:
        settings: dict[str, Any] = {
            **{"only": (), "headers": {}, "query": {}, "repeatable": False, "address": ""},
            "egress": Egress(),
        }
        return OpenApiTools(path, **(settings | more)).faults

    assert faults() == []
    (unknown,) = faults(only=["getOrders"])
    assert unknown.startswith(f"{path}: there is no operation getOrders; there are: change_order")
    local = faults(address="http://localhost/v1", only=["getOrder"])
    assert local == [
        f"{path}: operation getOrder: its server is at localhost, which is this machine "
        "(PRIVATE_TARGETS may allow it)"
    ]
    path.write_text(SHOP.replace("https://{region}.shop.example", ""), encoding="utf-8")
    assert "names no server: give its `address`" in faults()[0]
    path.write_text("openapi: 3.1.0", encoding="utf-8")
    assert faults() == [f"{path}: it has no paths"]


JUNK = (None, 7, "x", [], {}, [None], True, {"$ref": "#/paths"}, {"$ref": 7}, [[1]], -1.5, {7: 8})


@given(st.data())
def test_whatever_a_document_holds_is_said_and_nothing_breaks(data: st.DataObject) -> None:
    """Anything may stand anywhere in it."""
    content = yaml.safe_load(SHOP)
    for _ in range(data.draw(st.integers(1, 2))):
        part, step = content, data.draw(st.sampled_from(sorted(content)))
        while isinstance(part[step], dict | list) and part[step] and data.draw(st.booleans()):
            part = part[step]
            steps = list(part) if isinstance(part, dict) else list(range(len(part)))
            step = data.draw(st.sampled_from(steps))
        part[step] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))  # it may be changed in turn
    try:
        document = document_of(content)
    except DocumentError:
        return
    for operation in document.operations.values():
        with contextlib.suppress(ValueError):
            DescribedTool(
                name=operation.name,
                description=operation.description,
                parameters=operation.schema,
                writes=False,
                act=nothing,
            )


async def nothing(call: ToolCall, arguments: Mapping[str, Any]) -> ToolAnswer:
    """Is never asked."""
    raise AssertionError
