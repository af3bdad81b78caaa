"""The call itself: ending it, and putting the caller through."""

from typing import Annotated

from tools.tool import ToolAnswer, ToolCall

_LONGEST_BRIEF = 160  # characters: some ten seconds of speech


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
    to: Annotated[
        str | None,
        "The person or department, by a name from your instructions. Leave out if none are named "
        "there, or if anyone will do.",
    ] = None,
    brief: Annotated[
        str | None,
        "For somebody who is asked first: who calls and what about, in at most 15 words, such as "
        "'Maria Diaz, about moving tomorrow's appointment'. Only they hear it.",
    ] = None,
    ask_first: Annotated[
        bool | None,
        "True: the person is asked whether they take the call while the caller stays with you. "
        "Leave out, unless the caller wishes it one way or the other.",
    ] = None,
) -> ToolAnswer:
    """Puts the caller through to a person. Use it when the caller asks for one, or when you
    cannot help. Tell the caller that you are putting them through, then call this.
    """
    people = call.control.people
    if not (call.control.human_available or (to and people)):
        return ToolAnswer.failure(
            "nobody_available",
            "Nobody can take the call right now. Say so, and offer to help yourself.",
        )
    if to and to not in people:
        names = ", ".join(people) or "none; leave it out"
        return ToolAnswer.failure("unknown_person", f"There is no {to!r}. The names are: {names}.")
    if to and not people[to]:
        return ToolAnswer.failure(
            "not_there_now",
            f"{to} cannot take calls now. Say so, and offer to take a message or to have somebody "
            "call back.",
        )
    if to and (to in call.control.warm if ask_first is None else ask_first):
        return _ask_first(call, to, reason, brief or reason)
    call.control.request_transfer(reason, to or "")
    return ToolAnswer(output={"transferring": True}, speak=False)


def _ask_first(call: ToolCall, to: str, reason: str, brief: str) -> ToolAnswer:
    if call.control.asking:
        return ToolAnswer.failure(
            "asking_already",
            "Somebody is being asked already; you will be told what they say. Stay with the "
            "caller until then.",
        )
    call.control.request_consultation(to, reason, " ".join(brief.split())[:_LONGEST_BRIEF])
    return ToolAnswer(
        output={
            "asking": to,
            "say": "Stay with the caller, who may go on talking; you will be told what comes of "
            "it. If they want nobody any more, call stop_asking.",
        },
        speak=False,
    )


async def stop_asking(call: ToolCall) -> ToolAnswer:
    """Stops asking for a person. Use it when the caller waits for somebody and says never mind."""
    if not call.control.asking:
        return ToolAnswer.failure("nobody_asked", "Nobody is being asked now.")
    call.control.call_off_consultation()
    return ToolAnswer(output={"stopped": True}, speak=False)


async def hand_over(
    call: ToolCall,
    *,
    agent: Annotated[str, "The name of the colleague, as you were told it."],
    reason: Annotated[str, "One sentence for them: what does the caller want?"],
) -> ToolAnswer:
    """Hands the caller over to a colleague who goes on with the call. Tell the caller in a few
    words that you do, then call this.
    """
    if agent not in call.control.colleagues:
        known = ", ".join(call.control.colleagues) or "none any more"
        return ToolAnswer.failure(
            "no_such_colleague", f"Not done. There are: {known}. Help the caller yourself."
        )
    call.control.request_hand_over(agent, reason)
    return ToolAnswer(output={"handing_over": True}, speak=False)
