"""Lines in the agent's own voice, outside any call."""

import base64

from bot.brains.clips import same_words
from bot.brains.errors import ModelRefused
from bot.brains.gemini.conversation import GeminiConversation
from bot.brains.gemini.session import GeminiSession
from bot.brains.realtime import events as happened
from bot.brains.realtime.outside_calls import line_in_time
from bot.brains.realtime.sound import sound_path
from bot.clock import utcnow

HELLO = "Hello."


async def render_line(session: GeminiSession, line: str) -> bytes | None:
    """The line as μ-law at 8 kHz, or None when the model did not say it word for word.

    Raises:
        ModelError: the session ended, or the model did not finish in time.
    """
    return await line_in_time(_render(session, line))


async def _render(session: GeminiSession, line: str) -> bytes | None:
    conversation, sound = _asked_to_say(session, line), bytearray()
    async for message in session.events():
        conversation.server_event(message, utcnow())
        while conversation.happened:
            match conversation.happened.popleft():
                case happened.AgentSound(payload=payload):
                    sound += base64.b64decode(payload)
                case happened.LineSpoken(transcript=transcript):
                    ulaw = sound_path(session.sound).from_model(bytes(sound))
                    return ulaw if sound and same_words(line, transcript) else None
        if conversation.asking.waiting:  # it brought nothing, and would be asked for again
            return None
    return None


async def hear_first_sound(session: GeminiSession) -> None:
    """Returns when the first sound of a short line has come. Raises ModelError."""
    conversation = _asked_to_say(session, HELLO)
    async for message in session.events():
        conversation.server_event(message, utcnow())
        while conversation.happened:
            match conversation.happened.popleft():
                case happened.AgentSound():
                    return
        if conversation.asking.waiting:
            raise ModelRefused("the model answered without any sound")


def _asked_to_say(session: GeminiSession, line: str) -> GeminiConversation:
    conversation = GeminiConversation()
    conversation.asking.say(line)
    conversation.asking.ask()
    while conversation.to_send:
        session.post(conversation.to_send.popleft())
    return conversation
