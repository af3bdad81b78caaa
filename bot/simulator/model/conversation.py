"""The items of a conversation, in order, and what may be done to them."""

import base64
import copy
from dataclasses import dataclass, field

from bot.simulator.model.refusal import Event, ModelRefusal
from bot.simulator.model.sound import ULAW_BYTES_PER_MS, encode

MAX_ID = 32  # characters
KINDS = ("message", "function_call", "function_call_output")  # MCP is not simulated


@dataclass
class Item:
    """One item. `body` is its wire form without sound; `ulaw` the sound, however it travelled.

    `answered` once a response has taken it into account.
    """

    body: Event
    ulaw: bytearray = field(default_factory=bytearray)
    answered: bool = False

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def audio_ms(self) -> int:
        return len(self.ulaw) // ULAW_BYTES_PER_MS

    @property
    def is_spoken(self) -> bool:
        """Sound of the assistant: the only thing that can be truncated."""
        parts = self.body.get("content") or []
        return any(part["type"] == "output_audio" for part in parts)

    @property
    def words(self) -> str:
        """Everything in it that reads as text."""
        parts = self.body.get("content") or []
        said = [part.get("text") or part.get("transcript") or "" for part in parts]
        named = [self.body.get(name) or "" for name in ("name", "arguments", "output")]
        return " ".join(text for text in (*said, *named) if text)

    def as_wire(self, *, sound_format: Event | None = None) -> Event:
        """As events carry it: without the sound, or with it in this format."""
        body = copy.deepcopy(self.body)
        if sound_format is not None:
            for part in body.get("content") or []:
                if part["type"] in ("input_audio", "output_audio"):
                    sound = encode(bytes(self.ulaw), sound_format)
                    part["audio"] = base64.b64encode(sound).decode()
        return body


class Conversation:
    """The default conversation of a session."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def find(self, item_id: str, *, verb: str) -> Item:
        for item in self.items:
            if item.id == item_id:
                return item
        raise ModelRefusal(
            message=f"Error with item {verb}: the item with id '{item_id}' does not exist.",
            code=f"item_{verb}_invalid_item_id",
            param="item_id",
        )

    def append(self, item: Item) -> str | None:
        """Adds at the end; returns the id of the item before it."""
        previous = self.items[-1].id if self.items else None
        self.items.append(item)
        return previous

    def insert(self, item: Item, previous_item_id: str | None) -> str | None:
        """Adds what a client made; "root" is the front, None the end.

        Raises `ModelRefusal` for what the service would not take.
        """
        self._check(item)
        if previous_item_id is None:
            return self.append(item)
        if previous_item_id == "root":
            self.items.insert(0, item)
            return None
        place = self.items.index(self.find(previous_item_id, verb="create"))
        self.items.insert(place + 1, item)
        return previous_item_id

    def delete(self, item_id: str) -> None:
        self.items.remove(self.find(item_id, verb="delete"))

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Forgets the sound after `audio_end_ms` and, with it, the whole transcript."""
        item = self.find(item_id, verb="truncate")
        if not item.is_spoken:
            raise _invalid("item_id", "Only model output audio messages can be truncated.")
        if content_index != 0:
            raise _invalid("content_index", f"There is no content part {content_index}.")
        if audio_end_ms < 0:
            raise _invalid("audio_end_ms", "audio_end_ms cannot be negative.")
        if audio_end_ms > item.audio_ms:
            has, wants = f"{item.audio_ms}ms", f"{audio_end_ms}ms"
            why = f"Audio content of {has} is already shorter than {wants}."
            raise _invalid("audio_end_ms", why)
        del item.ulaw[audio_end_ms * ULAW_BYTES_PER_MS :]
        item.body["content"][0]["transcript"] = ""

    def call_name(self, call_id: str) -> str | None:
        """The function that was called under this id."""
        for item in self.items:
            if item.body["type"] == "function_call" and item.body.get("call_id") == call_id:
                return str(item.body["name"])
        return None

    def _check(self, item: Item) -> None:
        if item.body["type"] not in KINDS:
            raise _invalid("item.type", f"This model takes items of type {', '.join(KINDS)}.")
        if len(item.id) > MAX_ID:
            raise ModelRefusal(
                message=f"Invalid 'item.id': string too long, at most {MAX_ID} characters.",
                code="string_above_max_length",
                param="item.id",
            )
        if any(known.id == item.id for known in self.items):
            raise _invalid("item.id", f"An item with id '{item.id}' already exists.")
        if item.is_spoken:
            raise _invalid("item.content[0].type", "Assistant audio cannot be added by a client.")
        call_id = item.body.get("call_id")
        if item.body["type"] == "function_call_output" and self.call_name(call_id or "") is None:
            raise ModelRefusal(
                message=f"Tool call ID '{call_id}' not found in conversation.",
                code="invalid_tool_call_id",
                param="item.call_id",
            )


def _invalid(param: str, message: str) -> ModelRefusal:
    return ModelRefusal(message=message, code="invalid_value", param=param)
