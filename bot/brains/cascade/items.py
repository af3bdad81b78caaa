"""What a session knows of the call, and the chat that is made of it. Plain code.

It is told in items, as any realtime session (`bot.brains.openai.client_events`): what was said and
typed, functions and their results, notes. The agent's words are cut to what was heard of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.brains.realtime.speech import Utterance

WORDLESS = "(sound without words that could be made out)"
BEGINS = "The call begins: you speak first."
SPOKEN = (
    "What you write is spoken over a telephone: plain sentences, and nothing that is made for "
    "the eye. What the caller says was written down by a machine that mishears; where it makes no "
    "sense, ask."
)


@dataclass(kw_only=True)
class Item:
    """One of them. A caller's turn without `text` is still being made out."""

    id: str
    kind: Literal["caller", "agent", "note", "call", "result"]
    text: str | None = None  # words; of a call its arguments, of a result the result
    call_id: str = ""
    name: str = ""  # of a function
    utterance: Utterance | None = None  # the agent's, as it is spoken


class Items:
    """Those of one session, oldest first."""

    def __init__(self, *, notes_by: Literal["developer", "user"]) -> None:
        """Many a small model knows no developer: there notes come as `user`."""
        self._notes_by = notes_by
        self._items: list[Item] = []
        self._made = 0

    def new_id(self, kind: str) -> str:
        """An id that no other item has."""
        self._made += 1
        return f"{kind}_{self._made}"

    def add(self, item: Item, *, first: bool = False) -> None:
        """A new one, at the end or at the beginning."""
        self._items.insert(0 if first else len(self._items), item)

    def told(self, body: Mapping[str, Any], *, first: bool) -> Item:
        """One that the conversation puts before the model. Raises KeyError."""
        kind, item_id = body["type"], str(body.get("id") or self.new_id("told"))
        if kind == "function_call":
            item = Item(
                id=item_id,
                kind="call",
                call_id=body["call_id"],
                name=body["name"],
                text=body["arguments"],
            )
        elif kind == "function_call_output":
            item = Item(id=item_id, kind="result", call_id=body["call_id"], text=body["output"])
        else:
            text = " ".join(part["text"] for part in body["content"])
            by: Mapping[str, Literal["caller", "agent", "note"]]
            by = {"user": "caller", "assistant": "agent"}
            item = Item(id=item_id, kind=by.get(body["role"], "note"), text=text)
        self.add(item, first=first)
        return item

    def delete(self, item_id: str) -> None:
        """It was no turn."""
        self._items = [item for item in self._items if item.id != item_id]

    def truncate(self, item_id: str, heard_ms: int) -> None:
        """So much of the agent's words was heard."""
        for item in self._items:
            if item.id == item_id and item.utterance is not None:
                item.text, item.utterance = item.utterance.heard_text(heard_ms) + " ...", None

    @property
    def unheard(self) -> list[Item]:
        """The caller's turns that are still being made out."""
        return [item for item in self._items if item.kind == "caller" and item.text is None]

    # -- the chat -----------------------------------------------------------------------------

    def chat(self, *, instructions: str = "", guess: str = "") -> list[dict[str, Any]]:
        """The messages of a request after its system message; further `instructions` come last.
        `guess`: what the caller's last turn seems to say."""
        messages = list(self._messages(guess)) or [self._note(BEGINS)]
        if instructions:
            messages.append(self._note(instructions))
        return messages

    def _messages(self, guess: str) -> Iterator[dict[str, Any]]:
        results = {item.call_id: item for item in self._items if item.kind == "result"}
        callers = [item for item in self._items if item.kind == "caller"]
        for item in self._items:
            if item.kind == "caller":
                seems = guess if item is callers[-1] and item.text is None else ""
                yield {"role": "user", "content": item.text or seems or WORDLESS}
            elif item.kind == "agent":
                if text := item.utterance.text if item.utterance else item.text:
                    yield {"role": "assistant", "content": text}
            elif item.kind == "note":
                yield self._note(item.text or "")
            elif item.kind == "call" and item.call_id in results:
                yield from _call(item, results[item.call_id])

    def _note(self, text: str) -> dict[str, Any]:
        if self._notes_by == "developer":
            return {"role": "developer", "content": text}
        return {"role": "user", "content": f"[Not said by the caller: {text}]"}


def _call(call: Item, result: Item) -> Iterator[dict[str, Any]]:
    """A call that has no result yet is not told of: no request may end with one."""
    function = {"name": call.name, "arguments": call.text or "{}"}
    asked = {"id": call.call_id, "type": "function", "function": function}
    yield {"role": "assistant", "content": None, "tool_calls": [asked]}
    yield {"role": "tool", "tool_call_id": call.call_id, "content": result.text or "{}"}
