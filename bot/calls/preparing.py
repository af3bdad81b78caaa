"""Fixed lines rendered before they are needed: of all agents when the service starts, and of a
voice that a call brings along."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial

from loguru import logger

from bot.brains.realtime import Brief, Clips, RealtimeError, RealtimeSession, Speaker, render_line
from bot.brains.realtime.rendering import LINE_SECS
from bot.calls import brief
from bot.calls.brief import CallRequest
from config import Agent, AgentError


class Preparing:
    """Renders what is not there yet; what fails is logged and left to the calls."""

    def __init__(self, *, clips: Clips, realtime_url: str, openai_api_key: str) -> None:
        self._clips = clips
        self._realtime_url = realtime_url
        self._openai_api_key = openai_api_key
        self._under_way: dict[Speaker, asyncio.Task[None]] = {}  # for calls

    async def prepare(self, agents: Iterable[Agent]) -> None:
        """The lines of these agents in their own voices, voice by voice."""
        failed: dict[str, list[str]] = {}  # why -> in which voices
        for speaker, lines in self._missing(map(_told, agents)).items():
            if why := await self._render(speaker, lines):
                failed.setdefault(why, []).append(f"{speaker.voice} in {speaker.model}")
        for why, voices in failed.items():
            _not_prepared(", ".join(voices), why)

    def begin(self, told: Brief) -> None:
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

    async def _render_one(self, speaker: Speaker, lines: Iterable[str]) -> None:
        if why := await self._render(speaker, lines):
            _not_prepared(f"{speaker.voice} in {speaker.model}", why)

    async def _render(self, speaker: Speaker, lines: Iterable[str]) -> str:
        """Why lines are missing now; empty: none is."""
        try:
            session = await RealtimeSession.open(
                url=self._realtime_url,
                api_key=self._openai_api_key,
                model=speaker.model,
                config=brief.reading_config(speaker.voice),
            )
            try:
                unsaid = [
                    line for line in lines if not await self._is_rendered(session, speaker, line)
                ]
            finally:
                await session.close()
        except TimeoutError:
            return f"the model did not finish a line within {LINE_SECS:g} s"
        except (RealtimeError, OSError) as error:
            return str(error) or repr(error)
        if not unsaid:
            return ""
        shown = ", ".join(f'"{line}"' for line in unsaid)
        return f"the model did not say word for word: {shown}"

    async def _is_rendered(self, session: RealtimeSession, speaker: Speaker, line: str) -> bool:
        ulaw = await render_line(session, line)
        if ulaw:
            self._clips.put(speaker, line, ulaw)
        return bool(ulaw)

    def _missing(self, briefs: Iterable[Brief]) -> Mapping[Speaker, list[str]]:
        """Lines without a clip, by the voice that speaks them."""
        missing: dict[Speaker, list[str]] = {}
        for told in briefs:
            for line in sorted(told.fixed_lines):
                if self._clips.get(told.speaker, line) is None:
                    missing.setdefault(told.speaker, [])
                    if line not in missing[told.speaker]:
                        missing[told.speaker].append(line)
        return missing


def _told(agent: Agent) -> Brief:
    try:
        return brief.model_brief(agent, CallRequest())
    except AgentError:  # its first line needs a variable that comes with each call
        return brief.model_brief(agent, CallRequest(first_line="-"))


def _not_prepared(voices: str, why: str) -> None:
    logger.bind(event="lines_not_prepared").warning(
        "the lines of {} were not prepared: {}; until the model has said them in a call they are "
        "spoken by the model itself",
        voices,
        why,
    )
