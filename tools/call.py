"""The call itself: ending it, and putting the caller through."""

from typing import Annotated

from tools.tool import ToolAnswer, ToolCall


async def end_call(
    call: ToolCall,
    *,
    summary: Annotated[str, "One sentence on what the call was about and how it ended."],
) -> ToolAnswer:
    """Hangs up. Say goodbye first, and call this only when the conversation is over."""
    call.control.request_end(summary)
    return ToolAnswer(output={"ending": True}, speak=False)


async def transfer_to_human(
    call: ToolCall,
    *,
    reason: Annotated[str, "One sentence for the person who picks up: what is it about?"],
) -> ToolAnswer:
    """Puts the caller through to a person. Use it when the caller asks for one, or when you
    cannot help. Tell the caller that you are putting them through, then call this.
    """
    if not call.control.human_available:
        return ToolAnswer.failure(
            "nobody_available",
            "Nobody can take the call right now. Say so, and offer to help yourself.",
        )
    call.control.request_transfer(reason)
    return ToolAnswer(output={"transferring": True}, speak=False)
