"""Rendering a line in the agent's own voice, outside any call."""

import base64

from bot.brains.clips import same_words
from bot.brains.openai.conversation import OpenAIConversation
from bot.brains.openai.session import OpenAISession
from bot.brains.realtime import events as happened
from bot.brains.realtime.outside_calls import line_in_time
from bot.brains.realtime.sound import sound_path
from bot.brains.realtime.sound_format import FormatCheck
from bot.clock import utcnow


async def render_line(session: OpenAISession, line: str) -> bytes | None:
    """The line as μ-law at 8 kHz, or None when the model did not say it word for word.

    Raises:
        ModelError: the session ended, or the model did not finish in time.
        WrongFormat: it is not in the format that the session has agreed to.
    """
    return await line_in_time(_render(session, line))


async def _render(session: OpenAISession, line: str) -> bytes | None:
    conversation, check, sound = OpenAIConversation(), FormatCheck(session.sound), bytearray()
    conversation.asking.say(line)
    conversation.asking.ask()
    session.post(conversation.to_send.popleft())
    async for event in session.events():
        conversation.server_event(event, utcnow())
        while conversation.happened:
            match conversation.happened.popleft():
                case happened.AgentSound(utterance_id=utterance_id, payload=payload):
                    sound += check.admit(utterance_id, base64.b64decode(payload))
                case happened.AgentSoundEnd(utterance_id=utterance_id):
                    sound += check.rest(utterance_id)
                case happened.LineSpoken(transcript=transcript):
                    ulaw = sound_path(session.sound).from_model(bytes(sound))
                    return ulaw if same_words(line, transcript) else None
                case happened.Generating(under_way=False):
                    return None
    return None
