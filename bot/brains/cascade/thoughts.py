"""An answer of the chat model under way: begun early where the caller's words may be all there."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from pipecat.services.openai.base_llm import BaseOpenAILLMService

from bot.brains.cascade.thinking import Chat, ThinkingFailed, Thought, think
from bot.clock import monotonic

FIRST_SECS = 10.0  # a model that says nothing for so long will not; a caller waits no longer
NEXT_SECS = 6.0  # and one that stops in the middle
CHARACTERS_PER_TOKEN = 4  # of a request that was given up: its usage is never told


class Thoughts:
    """One request, from the moment it is made."""

    def __init__(
        self, service: BaseOpenAILLMService, chat: Chat, tools: Sequence[Mapping[str, Any]]
    ) -> None:
        self.thought = Thought()
        self.began_at = monotonic()
        self._chat = chat
        self._characters = 0  # of its words
        self._words: asyncio.Queue[str | ThinkingFailed | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(service, chat, tools), name="cascade-thinking")

    async def words(self) -> AsyncGenerator[str]:
        """As they come. Raises ThinkingFailed."""
        wait_secs = FIRST_SECS
        try:
            while True:
                try:
                    async with asyncio.timeout(wait_secs):
                        came = await self._words.get()
                except TimeoutError:
                    late = f"no words for {wait_secs:g} s"
                    raise ThinkingFailed("server_error", late) from None
                if came is None:
                    return
                if isinstance(came, ThinkingFailed):
                    raise came
                wait_secs = NEXT_SECS
                yield came
        finally:
            self._task.cancel()

    def give_up(self) -> Thought:
        """Nobody wants it any more: what it has cost, as far as that can be told."""
        self._task.cancel()
        if not (self.thought.text_in or self.thought.text_cached or self.thought.text_out):
            characters = sum(len(str(message.get("content"))) for message in self._chat)
            self.thought.text_in = characters // CHARACTERS_PER_TOKEN
            self.thought.text_out = -(-self._characters // CHARACTERS_PER_TOKEN)
        return self.thought

    async def _run(
        self, service: BaseOpenAILLMService, chat: Chat, tools: Sequence[Mapping[str, Any]]
    ) -> None:
        try:
            async for words in think(service, chat, tools=tools, thought=self.thought):
                self._characters += len(words)
                self._words.put_nowait(words)
            self._words.put_nowait(None)
        except ThinkingFailed as failed:
            self._words.put_nowait(failed)
        except Exception as error:
            self._words.put_nowait(ThinkingFailed("server_error", repr(error)))
