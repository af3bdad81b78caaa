"""The messages we send, built in one place.

Source: google-genai 3.6, `types.LiveClientMessage` and its parts.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bot.brains.gemini.config import SUMMARY

ClientMessage = dict[str, Any]
Turn = dict[str, Any]  # a `Content`: one side's words

ACTIVITY_START: ClientMessage = {"realtimeInput": {"activityStart": {}}}
ACTIVITY_END: ClientMessage = {"realtimeInput": {"activityEnd": {}}}
# Models from 3 on begin to speak only at an input in real time, after what they were told.
NUDGE: ClientMessage = {"realtimeInput": {"text": " "}}


def bracketed(text: str) -> str:
    """What the telephone system says; the session's instructions tell what brackets mean."""
    return f"[{text}]"


def turn(role: Literal["user", "model"], text: str) -> Turn:
    """Words of the caller ("user", what is bracketed too) or of the agent."""
    return {"role": role, "parts": [{"text": text}]}


def content(turns: Sequence[Turn], *, complete: bool) -> ClientMessage:
    """Adds to the conversation and stops what the model is generating. `complete`: nothing more
    follows before it is to be answered, or before it is all of the history."""
    told: ClientMessage = {"turnComplete": complete}
    if turns:
        told["turns"] = list(turns)
    return {"clientContent": told}


def ask(notes: Sequence[str], wanted: str) -> list[ClientMessage]:
    """Has the model speak, after it was told these notes."""
    turns = [turn("user", bracketed(text)) for text in (*notes, wanted)]
    return [content(turns, complete=True), NUDGE]


def aside_in_activity(text: str) -> ClientMessage:
    """A note while the caller speaks: `clientContent` there may end the session (1007)."""
    return {"realtimeInput": {"text": bracketed(text)}}


def say_exactly(line: str) -> str:
    """What is wanted: one line, word for word."""
    return f'Say exactly: "{line}" Say nothing else.'


BEGIN = "The call begins. Speak first."
ANSWER = "It is your turn: answer now."
LINE_BROKE_OFF = (
    "The phone line was interrupted for a moment and is back now. The caller did not hear what is "
    "missing above. Say so in a few words, then continue where you stopped."
)
PERSON_CAME = (
    "Everything heard so far came from a machine. A person has just picked up and has heard none "
    "of this. Greet them as at the start of the call."
)
GO_ON = "Your last sentence broke off in the middle. Go on from there, without an apology."
FILTERED = "Your last answer was held back by a filter. Answer in other words."


def opening(first_line: str | None) -> list[ClientMessage]:
    """An agent's first words, which may precede the caller."""
    return ask((), say_exactly(first_line) if first_line else BEGIN)


def heard_only(text: str) -> str:
    """A note: what was heard of words that were cut. Nothing can be taken out of its memory."""
    if not text:
        return "The caller has heard nothing of what you said last: it was cut off."
    return f'You were cut off. Of what you said last the caller has heard only: "{text}"'


def summary(instructions: str) -> str:
    """What is wanted: a text about the conversation, through the function that hands it in."""
    return (
        f"The call is over. Say nothing. Call the function {SUMMARY} once, with the text that "
        f"these instructions ask for: {instructions}"
    )


def function_response(
    call_id: str, name: str, output: Mapping[str, Any], *, speak: bool
) -> ClientMessage:
    """The result of a function; the model is to `speak` about it, or only to know it."""
    response = {
        "id": call_id,
        "name": name,
        "response": {"output": dict(output)},
        "scheduling": "WHEN_IDLE" if speak else "SILENT",
        "willContinue": False,
    }
    return {"toolResponse": {"functionResponses": [response]}}
