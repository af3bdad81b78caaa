"""Numbers that the model must not learn: the caller types them, and tools hand them on."""

from typing import Annotated

from tools.ports import NumberKind
from tools.tool import ToolAnswer, ToolCall, covers, records

_KIND = 'What the number is of: "card" for a payment card, "id" for an identity document.'


async def ask_for_number(call: ToolCall, *, kind: Annotated[NumberKind, _KIND]) -> ToolAnswer:
    """Has the caller type the number of a card or an identity document on the keypad. You do not
    hear them meanwhile, it is not recorded, and you never learn the number. Never ask for such a
    number in any other way, and do not let them say it.
    """
    call.control.request_number(kind)
    output = {"asking": True, "note": "Say nothing until you are told that they have typed it."}
    return ToolAnswer(output=output, speak=False)


@covers()
@records("kind", about="number")
async def hand_in_number(call: ToolCall, *, kind: Annotated[NumberKind, _KIND]) -> ToolAnswer:
    """Passes on the number that the caller has typed after ask_for_number. It is done only if the
    answer says so.
    """
    number = call.typed.get(kind)
    if number is None:
        return ToolAnswer.failure(
            "not_typed", "The caller has typed no such number. Call ask_for_number first."
        )
    if call.numbers is None:
        return ToolAnswer.failure(
            "not_taken", "Such numbers are not taken on this line. Say so, and offer other help."
        )
    facts = await call.numbers.hand_in(kind, number, idempotency_key=call.idempotency_key)
    call.typed.pop(kind, None)
    return ToolAnswer(output={"handed_in": True} | facts)
