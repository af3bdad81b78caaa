"""Rendering lines in the agent's own voice, outside any call."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from bot.brains.clips import same_words
from bot.brains.errors import ModelUnreachable
from bot.brains.openai.conversation import OpenAIConversation
from bot.brains.openai.session import OpenAISession
from bot.brains.realtime import events as happened
from bot.brains.realtime.sound import sound_path
from bot.clock import utcnow

LINE_SECS = 30.0  # a line takes a few seconds; a model that is slower than this is out of order


async def render_lines(
    session: OpenAISession, lines: Sequence[str]
) -> AsyncIterator[tuple[str, bytes | None]]:
    """Each line as μ-law at 8 kHz, or None when the model did not say it word for word.

    Raises:
        ModelError: the session ended, or the model did not finish a line within `LINE_SECS`.
    """
    for line in lines:
        try:
            async with asyncio.timeout(LINE_SECS):
                rendered = await _render(session, line)
        except TimeoutError as error:
            late = f"the model did not finish a line within {LINE_SECS:g} s"
            raise ModelUnreachable(late) from error
        yield line, rendered


async def _render(session: OpenAISession, line: str) -> bytes | None:
    conversation, sound, ulaw = OpenAIConversation(), sound_path(session.sound), bytearray()
    conversation.say(line)
    conversation.ask()
    session.post(conversation.to_send.popleft())
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
