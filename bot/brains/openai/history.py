"""What was said and done in a call so far, as another session must be told it: plain data.

A realtime session cannot be resumed: a new one begins with an empty memory (OpenAI, Realtime
conversations guide). Words come from what was heard, so an interrupted sentence stays cut.
"""

from typing import Any, Literal

Item = dict[str, Any]


class History:
    """The conversation as items for `conversation.item.create`, in the order in which they began.

    Words come later than their place: `begin` keeps it, `said` fills it, `forget` gives it up.
    """

    def __init__(self) -> None:
        self._items: dict[str, Item | None] = {}
        self._told = 0

    def begin(self, key: str) -> None:
        """Begins a turn."""
        self._items.setdefault(key, None)

    def said(self, role: Literal["user", "assistant"], key: str, text: str) -> None:
        """What was said in the turn with this key."""
        kind = "input_text" if role == "user" else "output_text"
        content = [{"type": kind, "text": text}]
        self._items[key] = {"type": "message", "role": role, "content": content}

    def told(self, item: Item) -> None:
        """What the model was told by neither side."""
        self._told += 1
        self._items[f"told {self._told}"] = item

    def forget(self, key: str) -> None:
        """Nothing of this turn was heard or understood."""
        self._items.pop(key, None)

    def called(self, call_id: str, name: str, arguments: str) -> None:
        """The model called a function."""
        self._items[f"call {call_id}"] = {
            "type": "function_call",
            "call_id": call_id,
            "name": name,
            "arguments": arguments,
        }

    def answered(self, call_id: str, output: str) -> None:
        """A function gave its result, a JSON text."""
        self._items[f"result {call_id}"] = {
            "type": "function_call_output",
            "call_id": call_id,
            "output": output,
        }

    def retelling(self) -> list[Item]:
        """The client events that tell a new session all of it."""
        return [
            {"type": "conversation.item.create", "item": item}
            for item in self._items.values()
            if item is not None
        ]
