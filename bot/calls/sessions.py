"""The session with the model that a call speaks over: opened for it, and opened anew when lost."""

from collections.abc import Mapping
from dataclasses import replace

from bot.brains import Brain, ModelConfig, ModelError, Session, Speaker, find_brain
from bot.calls import prompts
from bot.calls.call import Call
from bot.calls.shared_services import SharedServices
from bot.calls.troubles import KEY, Troubles
from tools import Tool, end_call, transfer_to_human
from tools.signature import signature_of

ENDINGS: tuple[Tool, ...] = (end_call, transfer_to_human)  # refused to no model


def tools_of(call: Call) -> tuple[Tool, ...]:
    """The tools the model may call: those of the pipeline that the agent's file allows, and those
    that it has from elsewhere.
    """
    own, wanted = call.pipeline.tools, call.agent.own_tools
    if wanted is not None:
        always = call.pipeline.always
        own = tuple(tool for tool in own if tool.__name__ in wanted or tool in always)
    names = {tool.__name__ for tool in call.pipeline.tools}
    return (*own, *(tool for tool in call.outside_tools if tool.__name__ not in names))


def speaker_of(call: Call, brains: Mapping[str, Brain]) -> Speaker:
    """Whose voice the other party hears."""
    return prompts.speaker(call.agent, call.request, brains)


def model_config_of(call: Call, brains: Mapping[str, Brain]) -> ModelConfig:
    """What the model's processor must know. A call in its middle needs no first line."""
    told = prompts.model_config(call.agent, call.request, speaker_of(call, brains))
    always = frozenset(tool.__name__ for tool in (*ENDINGS, *call.pipeline.always))
    if call.earlier is not None:
        return replace(told, always=always, first_line=None)
    placed_in = call.agent.language if call.direction == "outbound" else None
    return replace(told, always=always, placed_in=placed_in)


async def open_session(call: Call, shared: SharedServices, troubles: Troubles) -> Session:
    """Opens the session and, unless a prepared greeting will be played, has the model begin.

    Raises:
        ModelError.
    """
    session = await connect(call, shared, troubles)
    if call.earlier is not None:
        session.tell_line_broke_off()
    told = model_config_of(call, shared.brains)
    line = told.first_line
    if not (line and shared.clips.get(told.speaker, line)):
        session.ask_opening(line)
    return session


async def connect(call: Call, shared: SharedServices, troubles: Troubles) -> Session:
    """A session that knows what an earlier process heard of this call, and nothing else.

    Raises:
        ModelError.
    """
    config = prompts.session_config(
        call.agent,
        call.request,
        call.direction,
        speaker=speaker_of(call, shared.brains),
        tools=[signature_of(tool) for tool in tools_of(call)],
        earlier=call.earlier.turns if call.earlier else (),
    )
    try:
        session = await find_brain(call.agent.brain, shared.brains).open(config)
    except ModelError as error:
        troubles.model_refused(error)
        raise
    troubles.over(KEY)
    return session
