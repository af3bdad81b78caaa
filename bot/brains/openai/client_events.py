"""The client events we send, built in one place.

Source: OpenAI, Realtime API reference, client events (GA).
"""

from collections.abc import Mapping
from typing import Any

import orjson

ClientEvent = dict[str, Any]


def say_exactly(line: str) -> str:
    """Instructions of a response that is one line, word for word."""
    return f'Say exactly: "{line}" Say nothing else.'


def opening_request(first_line: str | None) -> ClientEvent:
    """The `response.create` of an agent's first words, which may precede the caller."""
    return response("opening", event_id="opening", line=first_line or "")


ARE_YOU_THERE = "are_you_there"  # errors about this one are ignored


def are_you_there() -> ClientEvent:
    """Changes nothing: the model's side answers it at once, with `session.updated`."""
    event = {"type": "session.update", "session": {"type": "realtime"}}
    return {**event, "event_id": ARE_YOU_THERE}


def note(text: str) -> ClientEvent:
    """Tells the model something, as an item of the conversation.

    Instructions of a response would take the place of the session's: persona, language and all.
    """
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "system", "content": content}
    return {"type": "conversation.item.create", "item": item}


def line_broke_off() -> ClientEvent:
    """Tells the model why it was cut off, and what to do when it speaks next."""
    return note(
        "The phone line was interrupted for a moment and is back now. The caller did not hear "
        "what is missing above. Say so in a few words, then continue where you stopped."
    )


def heard_only(text: str) -> ClientEvent:
    """Tells a model whose memory cannot be cut what became of its last words."""
    heard = f'heard only this of them: "{text}"' if text else "heard nothing of them"
    return note(f"You were interrupted in your last words. The other person {heard}.")


def person_came() -> ClientEvent:
    """Tells the model that what it heard so far was no person, and that one is there now."""
    return note(
        "Everything heard so far came from a machine. A person has just picked up and "
        "has heard none of this. Greet them as at the start of the call."
    )


def response(
    purpose: str,
    *,
    event_id: str,
    line: str = "",
    instructions: str = "",
    words_only: bool = False,
) -> ClientEvent:
    """A response in the conversation: a line word for word, or an answer to what is new.
    `words_only`: no function may be called in it."""
    wanted: dict[str, Any] = {"metadata": {"purpose": purpose}}
    if line:
        wanted["instructions"] = say_exactly(line)
    elif instructions:
        wanted["instructions"] = instructions
    if line or words_only:
        wanted["tool_choice"] = "none"
    return {"type": "response.create", "event_id": event_id, "response": wanted}


def aside(line: str) -> ClientEvent:
    """A line spoken beside the conversation, which goes on unaware of it."""
    return _beside("aside", instructions=say_exactly(line), input=[])


def closing_summary(instructions: str) -> ClientEvent:
    """The same within the conversation, for a server that has nothing beside it."""
    wanted: dict[str, Any] = {"metadata": {"purpose": "summary"}, "instructions": instructions}
    wanted |= {"tool_choice": "none", "output_modalities": ["text"]}
    return {"type": "response.create", "event_id": "summary", "response": wanted}


def summary(instructions: str) -> ClientEvent:
    """A text about the conversation, beside it."""
    return _beside("summary", instructions=instructions, output_modalities=["text"])


def _beside(purpose: str, **wanted: Any) -> ClientEvent:
    return {
        "type": "response.create",
        "event_id": purpose,
        "response": {
            "conversation": "none",
            "tools": [],
            "tool_choice": "none",
            "metadata": {"purpose": purpose},
            **wanted,
        },
    }


def cancel(response_id: str) -> ClientEvent:
    """Stops a response."""
    return {"type": "response.cancel", "response_id": response_id}


def function_output(call_id: str, output: Mapping[str, Any]) -> ClientEvent:
    """The result of a function; asks for no answer by itself."""
    text = orjson.dumps(output).decode()
    item = {"type": "function_call_output", "call_id": call_id, "output": text}
    return {"type": "conversation.item.create", "item": item}


def function_call(call_id: str, name: str, arguments: str) -> ClientEvent:
    """A call of a function that the model takes for its own."""
    item = {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}
    return {"type": "conversation.item.create", "item": item}


def told(item_id: str, text: str, *, first: bool) -> ClientEvent:
    """Words the agent has said, added to the conversation as text; `first`: at its beginning."""
    event: ClientEvent = {
        "type": "conversation.item.create",
        "item": {
            "id": item_id,
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": text}],
        },
    }
    if first:
        event["previous_item_id"] = "root"
    return event


def typed(item_id: str, text: str) -> ClientEvent:
    """What the caller has typed, added to the conversation as words of theirs."""
    content = [{"type": "input_text", "text": text}]
    item = {"id": item_id, "type": "message", "role": "user", "content": content}
    return {"type": "conversation.item.create", "item": item}


def delete(item_id: str) -> ClientEvent:
    """Takes an item out of the conversation."""
    return {"type": "conversation.item.delete", "item_id": item_id}


def truncate(item_id: str, heard_ms: int) -> ClientEvent:
    """Cuts an item of agent speech; the server refuses a cut beyond its sound."""
    return {
        "type": "conversation.item.truncate",
        "item_id": item_id,
        "content_index": 0,
        "audio_end_ms": heard_ms,
    }


def commit() -> ClientEvent:
    """The caller's turn is over (local turns)."""
    return {"type": "input_audio_buffer.commit"}


def clear() -> ClientEvent:
    """Forget the sound sent since the last turn (local turns)."""
    return {"type": "input_audio_buffer.clear"}
