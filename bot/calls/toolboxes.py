"""The tools of one call, with the ports that they need."""

from collections.abc import Callable

from bot.brains import CallRequests
from bot.calls import prompts
from bot.calls.call import Call
from bot.calls.opt_outs import OtherParty
from bot.calls.sessions import tools_of
from bot.calls.shared_services import SharedServices
from bot.clock import utcnow
from bot.same_number import is_withheld
from processors.hours import facts_of_days
from tools import HoursOf, Knowledge, Toolbox
from tools.appointments import theirs_before
from tools.tool import Theirs, ToolAnswer


def toolbox_of(
    call: Call,
    shared: SharedServices,
    requests: CallRequests,
    on_late: Callable[[str, str, ToolAnswer], None],
) -> Toolbox:
    """The toolbox; see `Toolbox` for `on_late`."""
    return Toolbox(
        tools_of(call),
        business=shared.business,
        control=requests,
        contacts=OtherParty(
            opt_outs=shared.opt_outs,
            number=call.other_party,
            call_id=call.id,
            our_number=call.our_number,
        ),
        call_id=call.id,
        messages=shared.messages_of(call),
        texts=shared.texts_of(call),
        numbers=shared.numbers,
        knowledge=_knowledge_of(call, shared),
        variables=prompts.variables(call.agent, call.request),
        language=call.agent.language,
        hours=_hours_of(call),
        caller="" if is_withheld(call.other_party) else call.other_party,
        on_late=on_late,
        succeeded=succeeded_before(call),
        theirs=_theirs(call),
    )


def done_before(call: Call) -> list[str]:
    """The tools that did so in a call that broke, and in this one before this process had it."""
    done = call.before.tool_calls if call.before else ()
    return [*(each.name for each in done if each.ok), *succeeded_before(call)]


def succeeded_before(call: Call) -> list[str]:
    """The tools that did what they were asked before this process had the call."""
    return [done.name for done in call.earlier.tool_calls if done.ok] if call.earlier else []


def _hours_of(call: Call) -> HoursOf | None:
    """The opening hours that the agent knows itself."""
    hours = call.agent.hours
    return None if hours is None else lambda day: facts_of_days(hours, utcnow(), day)


def _knowledge_of(call: Call, shared: SharedServices) -> Knowledge | None:
    """What the documents say that the agent's file names."""
    named = call.agent.knowledge
    return shared.library.of(named) if named and shared.library is not None else None


def _theirs(call: Call) -> Theirs:
    """The appointments that were shown to be the other party's before this process had the call."""
    done = call.earlier.tool_calls if call.earlier else []
    return theirs_before((each.name, each.result or {}) for each in done if each.ok)
