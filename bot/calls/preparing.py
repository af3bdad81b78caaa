"""Fixed lines rendered before they are needed: of all agents when the service starts, and of a
voice that a call brings along."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial

from loguru import logger

from bot.brains import Brain, Clips, ModelConfig, ModelError, Speaker, find_brain
from bot.calls import prompts
from bot.calls.call_request import CallRequest
from bot.calls.failing_over import with_fallback
from config import Agent, AgentError


class Preparing:
    """Renders what is not there yet; what fails is logged and left to the calls."""

    def __init__(self, *, clips: Clips, brains: Mapping[str, Brain]) -> None:
        self.clips = clips
        self._brains = brains
        self._under_way: dict[Speaker, asyncio.Task[None]] = {}  # for calls

    async def prepare(self, agents: Iterable[Agent]) -> None:
        """The lines of these agents in their own voices, voice by voice."""
        failed: dict[str, list[str]] = {}  # why -> in which voices
        both = [each for agent in agents for each in (agent, with_fallback(agent)) if each]
        for speaker, lines in self._missing(map(self._told, both)).items():
            if why := await self._render(speaker, lines):
                failed.setdefault(why, []).append(f"{speaker.voice} in {speaker.model}")
        for why, voices in failed.items():
            _not_prepared(", ".join(voices), why)

    def begin(self, told: ModelConfig) -> None:
        """A call is spoken with in this voice: begins to render its lines, for this call as soon
        as they are there, and for the next."""
        for speaker, lines in self._missing((told,)).items():
            if speaker not in self._under_way:
                task = asyncio.create_task(self._render_one(speaker, lines), name="prepare lines")
                self._under_way[speaker] = task
                task.add_done_callback(partial(self._rendered, speaker))

    async def stop(self) -> None:
        """Lets go of what is being rendered for calls."""
        tasks = set(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _rendered(self, speaker: Speaker, task: "asyncio.Task[None]") -> None:
        del self._under_way[speaker]

    async def _render_one(self, speaker: Speaker, lines: Sequence[str]) -> None:
        if why := await self._render(speaker, lines):
            _not_prepared(f"{speaker.voice} in {speaker.model}", why)

    async def _render(self, speaker: Speaker, lines: Sequence[str]) -> str:
        """Why lines are missing now; empty: none is."""
        unsaid: list[str] = []
        brain = find_brain(speaker.brain, self._brains)
        try:
            async with aclosing(brain.render(speaker, lines)) as rendered:
                async for line, ulaw in rendered:
                    if ulaw:
                        self.clips.put(speaker, line, ulaw)
                    else:
                        unsaid.append(line)
        except (ModelError, OSError) as error:
            return str(error) or repr(error)
        if not unsaid:
            return ""
        shown = ", ".join(f'"{line}"' for line in unsaid)
        return f"the model did not say word for word: {shown}"

    def _missing(self, configs: Iterable[ModelConfig]) -> Mapping[Speaker, list[str]]:
        """Lines without a clip, by the voice that speaks them."""
        missing: dict[Speaker, list[str]] = {}
        for told in configs:
            for line in sorted(told.fixed_lines):
                if self.clips.get(told.speaker, line) is None:
                    missing.setdefault(told.speaker, [])
                    if line not in missing[told.speaker]:
                        missing[told.speaker].append(line)
        return missing

    def _told(self, agent: Agent) -> ModelConfig:
        speaker = prompts.speaker(agent, CallRequest(), self._brains)
        try:
            return prompts.model_config(agent, CallRequest(), speaker)
        except AgentError:  # its first line needs a variable that comes with each call
            return prompts.model_config(agent, CallRequest(first_line="-"), speaker)


def _not_prepared(voices: str, why: str) -> None:
    logger.warning(
        "the lines of {} were not prepared: {}; until the model has said them in a call they are "
        "spoken by the model itself",
        voices,
        why,
        event="lines_not_prepared",
    )
