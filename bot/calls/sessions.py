"""The session with the model that a call speaks over: opened for it, and opened anew when lost."""

from bot.brains import ModelError, Session, find_brain
from bot.calls import prompts
from bot.calls.call import Call
from bot.calls.pipeline import SharedServices, model_config_of, speaker_of, tools_of
from bot.calls.troubles import KEY, Troubles
from tools.signature import signature_of


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
