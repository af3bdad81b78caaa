"""Messages: what a caller wants passed on to the people of the business."""

from typing import Annotated

from pydantic import Field

from tools.ports import NumberNeeded
from tools.reading_back import in_groups, spelled
from tools.tool import ToolAnswer, ToolCall, covers, records


@covers("message")
@records("name", "number", "reason")
async def take_message(
    call: ToolCall,
    *,
    name: Annotated[str, Field(min_length=1, max_length=80), "The caller's name, as spelled."],
    reason: Annotated[
        str, Field(min_length=1, max_length=1000), "What it is about, in the caller's own words."
    ],
    number: Annotated[
        str | None,
        Field(max_length=32),
        "The number to call back, as digits; leave it out for the number they call from.",
    ] = None,
    urgent: Annotated[
        bool, "True only if it cannot wait until the office opens: somebody is told at once."
    ] = False,
    confirmed: Annotated[
        bool, "True only if the caller said yes when you read the name and the number back."
    ] = False,
) -> ToolAnswer:
    """Takes a message for the people of the business. Ask for the name, have it spelled if it is
    not common, and for the reason. First call it without confirmed: the answer says how to read
    name and number back. Once the caller says that both are right, call it again with confirmed.
    It is passed on only if the answer says so.
    """
    if call.messages is None:
        return ToolAnswer.failure(
            "no_messages", "No messages are taken on this line. Say so, and offer to help yourself."
        )
    said = call.messages.number_of(number) if number else ""
    if not said and not call.messages.caller_number:
        raise NumberNeeded("Their number is withheld, and they have said none")
    if not (confirmed and call.read_back.was_asked(name, said)):
        call.read_back.ask(name, said)
        return ToolAnswer.failure("read_back_first", _read_back(call, name, said))
    await call.messages.take(
        name=name,
        number=said or call.messages.caller_number,
        reason=reason,
        urgent=urgent,
        idempotency_key=call.idempotency_key,
    )
    when = "is told at once" if urgent else "gets it and will call back"
    return ToolAnswer(output={"taken": True, "say": f"Somebody {when}. Promise no time."})


def _read_back(call: ToolCall, name: str, number: str) -> str:
    """What the model does before a message is taken."""
    assert call.messages is not None
    parts = [f"Not taken yet. Spell the name back, letter by letter: {spelled(name)}."]
    if number:
        groups = in_groups(number, home=call.messages.our_number)
        parts.append(f"Read the number back in these groups, with a pause after each: {groups}.")
    else:
        ending = " ".join(call.messages.caller_number[-4:])
        parts.append(f"Ask whether the number they call from, ending in {ending}, is right.")
    parts.append("Ask whether both are right. If so, call take_message again with confirmed true.")
    if call.read_back.wants_keypad:
        parts.append(
            "The number was not understood twice: if it is wrong again, ask them to type it on "
            "the keypad of their telephone, followed by the pound key."
        )
    return " ".join(parts)
