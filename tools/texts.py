"""Text messages to the caller."""

from typing import Annotated

from pydantic import Field

from tools.reading_back import in_groups
from tools.tool import ToolAnswer, ToolCall, covers, records


@covers("texted")
@records("text", "number")
async def send_text(
    call: ToolCall,
    *,
    text: Annotated[
        str,
        Field(min_length=1, max_length=320),
        "The whole text message: what they asked for, and nothing else. One or two sentences.",
    ],
    number: Annotated[
        str | None,
        Field(max_length=32),
        "Another mobile number that they want it sent to; leave it out for the one they call from.",
    ] = None,
    confirmed: Annotated[
        bool, "With another number: true only if the caller said yes when you read it back."
    ] = False,
) -> ToolAnswer:
    """Sends the caller a text message while you talk: the details of a booking, an address, a
    link. Only when they want one. It is on its way only if the answer says so.
    """
    if call.texts is None or call.messages is None:
        return ToolAnswer.failure(
            "no_texts", "No text messages are sent from this line. Say it to them instead."
        )
    said = call.messages.number_of(number) if number else ""
    if said == call.messages.caller_number:
        said = ""
    if said and not (confirmed and call.read_back.was_asked("", said)):
        call.read_back.ask("", said)
        groups = in_groups(said, home=call.messages.our_number)
        return ToolAnswer.failure(
            "read_back_first",
            f"Not sent yet. Read the number back in these groups: {groups}. If it is right, call "
            "send_text again with confirmed true.",
        )
    await call.texts.send(text, number=said, idempotency_key=call.idempotency_key)
    return ToolAnswer(output={"sent": True, "say": "It is on its way. It may take a minute."})
