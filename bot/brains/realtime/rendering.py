"""Rendering a line in the agent's own voice, outside any call."""

import asyncio

from bot.brains.realtime import happenings as happened
from bot.brains.realtime.clips import same_words
from bot.brains.realtime.conversation import Conversation
from bot.brains.realtime.session import RealtimeSession
from bot.brains.realtime.sound import sound_path
from bot.clock import utcnow

LINE_SECS = 30.0  # a line takes a few seconds; a model that is slower than this is out of order


async def render_line(session: RealtimeSession, line: str) -> bytes | None:
    """The line as μ-law at 8 kHz, or None when the model did not say it word for word.

    Raises:
        RealtimeError: the session ended.
        TimeoutError: the model did not finish within `LINE_SECS`.
    """
    conversation, sound, ulaw = Conversation(), sound_path(session.sound), bytearray()
    conversation.say(line)
    conversation.ask()
    session.post(conversation.to_send.popleft())
    async with asyncio.timeout(LINE_SECS):
        async for event in session.events():
            conversation.server_event(event, utcnow())
            while conversation.happened:
                match conversation.happened.popleft():
                    case happened.AgentSound(payload=payload):
                        ulaw += sound.from_model(payload)
                    case happened.LineSpoken(transcript=transcript):
                        return bytes(ulaw) if same_words(line, transcript) else None
                    case happened.Generating(under_way=False):
                        return None
    return None
