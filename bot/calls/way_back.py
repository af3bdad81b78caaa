"""Going on with a caller whom nobody took: the same agent, who knows what happened."""

from dataclasses import replace

from bot.calls.call import Call
from bot.calls.legs import HumanLeg, TransferOutcome
from bot.store import CallRecord

_TOLD = (
    "You were putting the caller through to {who}, because: {reason} {what} The caller is back on "
    "the line with you and hears no new greeting. Say so in one short sentence, and offer to take "
    "a message or to have somebody call back."
)
_WHAT = {
    TransferOutcome.BUSY: "The line was busy.",
    TransferOutcome.NO_ANSWER: "Nobody answered.",
    TransferOutcome.DECLINED: "They could not take the call.",
    TransferOutcome.VOICEMAIL: "Only a machine answered.",
}
_OTHERWISE = "They could not be reached."


def as_continued(call: Call, human: HumanLeg, *, recorded: bool) -> Call:
    """The same call as its agent goes on with it. What was `recorded` until the person was called
    goes on without another announcement.
    """
    call.journal.another_session()
    return replace(
        call,
        agent=replace(call.agent, recorded=recorded, announcement=""),
        earlier=so_far(call, call.agent.name),
        unheard=False,
        late_facts=None,
        handed_over=told_of(human),
    )


def so_far(call: Call, agent: str) -> CallRecord:
    """What there is of a call in its middle, for the agent who goes on with it."""
    turns, tool_calls = call.journal.so_far()
    return CallRecord(
        id=call.id,
        direction=call.direction,
        agent=agent,
        from_number=call.from_number,
        to_number=call.to_number,
        started_at=call.started_at,
        answered_at=call.state.answered_at,
        status="in-progress",
        turns=turns,
        tool_calls=tool_calls,
    )


def told_of(human: HumanLeg) -> str:
    """What the agent is told of a transfer that came to nothing."""
    return _TOLD.format(
        who=human.name or "a person",
        reason=human.reason.strip().rstrip(".") + ".",
        what=_WHAT.get(human.outcome or TransferOutcome.FAILED, _OTHERWISE),
    )
