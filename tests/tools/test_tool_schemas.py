"""What the model is shown of each tool."""

import json
from pathlib import Path
from typing import Annotated, Literal

import pytest
from openai.types.realtime import RealtimeFunctionTool
from pydantic import BaseModel

import tools
from bot.brains.openai.config import tool_schema
from tools import Tool, ToolAnswer, ToolCall
from tools.signature import signature_of

SHOWN = json.loads((Path(__file__).parent / "schemas.json").read_text())
TOOLS: list[Tool] = [
    tools.another_language,
    tools.book_appointment,
    tools.call_back_later,
    tools.cancel_appointment,
    tools.confirm_appointment,
    tools.end_call,
    tools.find_slots,
    tools.lookup_hours,
    tools.lookup_order,
    tools.opt_out,
    tools.reschedule_appointment,
    tools.right_person,
    tools.transfer_to_human,
    tools.wrong_person,
]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_a_tool_is_shown_as_agreed(tool: Tool) -> None:
    """A change of what the model reads is a change of behaviour: it shows up in schemas.json."""
    schema = tool_schema(signature_of(tool))
    assert schema == SHOWN[tool.__name__]
    read = RealtimeFunctionTool.model_validate(schema)
    assert (read.type, read.name) == ("function", tool.__name__)


def test_every_tool_on_the_menu_is_in_the_snapshot() -> None:
    """No tool reaches the model without its schema having been looked at."""
    assert sorted(SHOWN) == [tool.__name__ for tool in TOOLS]


def test_an_authors_own_types_are_shown_in_full() -> None:
    """Choices, lists, nested models and defaults survive; titles and null do not."""

    class Dish(BaseModel):
        title: str
        size: Literal["small", "large"] = "small"

    async def order(
        call: ToolCall,
        *,
        dishes: Annotated[list[Dish], "What to cook."],
        when: Annotated[Literal["now", "later"], "When to cook it."] = "now",
        table: Annotated[int | str | None, "Where it goes."] = None,
    ) -> ToolAnswer:
        """Orders food.

        This paragraph is for authors.
        """
        raise AssertionError

    assert tool_schema(signature_of(order)) == {
        "type": "function",
        "name": "order",
        "description": "Orders food.",
        "parameters": {
            "type": "object",
            "properties": {
                "dishes": {
                    "type": "array",
                    "items": {"$ref": "#/$defs/Dish"},
                    "description": "What to cook.",
                },
                "when": {
                    "type": "string",
                    "enum": ["now", "later"],
                    "default": "now",
                    "description": "When to cook it.",
                },
                "table": {
                    "anyOf": [{"type": "integer"}, {"type": "string"}],
                    "description": "Where it goes.",
                },
            },
            "required": ["dishes"],
            "additionalProperties": False,
            "$defs": {
                "Dish": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string"},
                        "size": {"type": "string", "enum": ["small", "large"], "default": "small"},
                    },
                    "required": ["title"],
                }
            },
        },
    }
