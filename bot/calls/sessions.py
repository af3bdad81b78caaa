"""The session with the model that a call speaks over: opened, opened anew when lost, closed."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.brains import Brain, ModelConfig, ModelError, Session, Speaker, find_brain
from bot.calls import prompts
from bot.calls.call import Call
from bot.calls.shared_services import SharedServices
from bot.calls.troubles import Troubles, key_of
from bot.clock import utcnow
from tools import (
    Facts,
    Tool,
    ask_for_number,
    check_and_call_back,
    end_call,
    hand_in_number,
    hand_over,
    lookup_context,
    stop_asking,
    transfer_to_human,
)
from tools.signature import signature_of

OF_NUMBERS: tuple[Tool, ...] = (ask_for_number, hand_in_number)
OF_DOCUMENTS: tuple[Tool, ...] = (lookup_context, check_and_call_back)
ENDINGS: tuple[Tool, ...] = (end_call, transfer_to_human)  # refused to no model


def tools_of(call: Call) -> tuple[Tool, ...]:
    """The tools the model may call: those of the pipeline that the agent's file allows, and those
    that it has from elsewhere.
    """
    own, wanted = call.pipeline.tools, call.agent.own_tools
    if wanted is not None:
        always = call.pipeline.always
        own = tuple(tool for tool in own if tool.__name__ in wanted or tool in always)
    if not call.agent.keypad_numbers:
        own = tuple(tool for tool in own if tool not in OF_NUMBERS)
    names = {tool.__name__ for tool in call.pipeline.tools}
    if call.agent.hand_over_to and hand_over.__name__ not in names:
        own = (*own, hand_over)
    if call.agent.knowledge:
        own = (*own, *(tool for tool in OF_DOCUMENTS if tool.__name__ not in names))
    if call.agent.people and transfer_to_human in own:
        own = (*own, stop_asking)
    return (*own, *(tool for tool in call.outside_tools if tool.__name__ not in names))


def speaker_of(call: Call, brains: Mapping[str, Brain]) -> Speaker:
    """Whose voice the other party hears."""
    return prompts.speaker(call.agent, call.request, brains)


def model_config_of(call: Call, brains: Mapping[str, Brain]) -> ModelConfig:
    """What the model's processor must know. A call in its middle needs no first line."""
    told = prompts.model_config(call.agent, call.request, speaker_of(call, brains))
    always = frozenset(tool.__name__ for tool in (*ENDINGS, *call.pipeline.always))
    if call.earlier is not None and not call.unheard:
        return replace(told, always=always, first_line=None)
    placed_in = call.agent.language if call.direction == "outbound" else None
    return replace(told, always=always, placed_in=placed_in)


def asks_for_opening(call: Call, shared: SharedServices) -> bool:
    """Whether the model is to say the first words itself, for no prepared line can be played.

    To be asked once in a call: another call may leave the line prepared at any moment.
    """
    told = model_config_of(call, shared.brains)
    return not (told.first_line and shared.clips.get(told.speaker, told.first_line))


async def open_session(
    call: Call, shared: SharedServices, troubles: Troubles, *, asks_for_opening: bool
) -> Session:
    """Opens the session and, unless a prepared greeting will be played, has the model begin.

    Raises:
        ModelError.
    """
    session = await connect(call, shared, troubles)
    if call.handed_over:
        session.tell(call.handed_over)
    elif call.earlier is not None:
        session.tell_line_broke_off()
    if asks_for_opening:
        session.ask_opening(model_config_of(call, shared.brains).first_line)
    return session


async def connect(call: Call, shared: SharedServices, troubles: Troubles) -> Session:
    """A session that knows what an earlier process heard of this call, and nothing else.

    Raises:
        ModelError.
    """
    documents = await _documents_of(call, shared)
    config = prompts.session_config(
        call.agent,
        call.request,
        call.direction,
        speaker=speaker_of(call, shared.brains),
        tools=[signature_of(tool) for tool in tools_of(call)],
        earlier=[turn for record in (call.before, call.earlier) if record for turn in record.turns],
        documents=documents,
    )
    brain = find_brain(call.agent.brain, shared.brains)
    tell = partial(
        call.feed.model_session,
        brain=brain.name,
        provider=brain.provider,
        model=config.speaker.model,
        asked_at=utcnow(),
    )
    try:
        session = await brain.open(config)
    except ModelError as error:
        tell(failed=error.reason)
        if not call.state.fallback:  # else calls can be spoken with
            troubles.model_refused(error, brain=call.agent.brain)
        raise
    tell()
    troubles.over(key_of(call.agent.brain))
    return session


async def _documents_of(call: Call, shared: SharedServices) -> Sequence[Facts]:
    """What the agent's documents say about its task; the record keeps from where it is."""
    if not call.agent.knowledge or shared.library is None:
        return ()
    task = prompts.task(call.agent, call.request)
    documents = await shared.library.for_task(call.agent.knowledge, task)
    call.journal.told_of(each["source"] for each in documents)
    return documents


async def close_session(session: "asyncio.Task[Session] | None") -> None:
    """Closes a session, also one that is still being opened or failed to open."""
    if session is None:
        return
    if not session.done():
        session.cancel()
    with contextlib.suppress(Exception, asyncio.CancelledError):  # whoever needed it met the error
        await (await session).close()
