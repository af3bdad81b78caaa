"""Keys of the telephone, pressed by the agent in a call that it has placed."""

from typing import Annotated

from pydantic import Field

from tools.tool import ToolAnswer, ToolCall


async def press_keys(
    call: ToolCall,
    *,
    digits: Annotated[
        str,
        Field(pattern=r"^[0-9*#w]{1,32}$"),
        "The keys in order: 0-9, * and #; w waits half a second, as before an extension.",
    ],
) -> ToolAnswer:
    """Presses keys of the telephone, as a recorded menu asks. Hear all its options first. Say
    nothing before or after: call this alone, and then listen to what comes.
    """
    if not call.control.keys_available:
        return ToolAnswer.failure(
            "no_keys", "Keys can only be pressed in a call that you have placed."
        )
    call.control.request_keys(digits)
    return ToolAnswer(output={"pressing": digits}, speak=False)


async def wait_on_line(call: ToolCall) -> ToolAnswer:
    """Says nothing and goes on listening. Call this in place of words while a recording speaks or
    reads out a menu, and whenever what you have heard wants no answer yet.
    """
    return ToolAnswer(output={"listening": True}, speak=False)


async def wait_on_hold(call: ToolCall) -> ToolAnswer:
    """Waits until a person speaks, hearing and saying nothing. Call this alone, in place of words,
    as soon as you are put on hold: a recording asks to wait, music plays, or somebody goes to look
    something up. What a person then says you hear from its beginning. If it was only a recording
    again, call this again.
    """
    call.control.request_hold()
    return ToolAnswer(output={"waiting": True}, speak=False)
