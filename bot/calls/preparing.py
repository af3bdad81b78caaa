"""Fixed lines rendered before anybody calls, so that the first caller too is greeted at once."""

from collections.abc import Iterable, Mapping

from loguru import logger

from bot.calls import brief
from bot.calls.brief import CallRequest
from bot.realtime import Clips, RealtimeError, RealtimeSession, Speaker, render_line
from config import Agent, AgentError


async def prepare_lines(
    agents: Iterable[Agent], *, clips: Clips, realtime_url: str, openai_api_key: str
) -> None:
    """Renders what is not there yet, voice by voice; what fails is logged and left to the calls."""
    for speaker, lines in _missing(agents, clips).items():
        try:
            session = await RealtimeSession.open(
                url=realtime_url,
                api_key=openai_api_key,
                model=speaker.model,
                config=brief.reading_config(speaker.voice),
            )
            try:
                for line in lines:
                    await _prepare(session, speaker, line, clips)
            finally:
                await session.close()
        except (RealtimeError, TimeoutError) as error:
            logger.warning(
                "the lines of {} in {} were not prepared: {}", speaker.voice, speaker.model, error
            )


async def _prepare(session: RealtimeSession, speaker: Speaker, line: str, clips: Clips) -> None:
    ulaw = await render_line(session, line)
    if ulaw:
        clips.put(speaker, line, ulaw)
    else:
        logger.warning("the model did not say a line word for word; it is not prepared: {}", line)


def _missing(agents: Iterable[Agent], clips: Clips) -> Mapping[Speaker, list[str]]:
    """Lines without a clip, by the voice that speaks them."""
    missing: dict[Speaker, list[str]] = {}
    for agent in agents:
        try:
            told = brief.model_brief(agent, CallRequest())
        except AgentError:  # its first line needs a variable that comes with each call
            told = brief.model_brief(agent, CallRequest(first_line="-"))
        for line in sorted(told.fixed_lines):
            if clips.get(told.speaker, line) is None:
                missing.setdefault(told.speaker, [])
                if line not in missing[told.speaker]:
                    missing[told.speaker].append(line)
    return missing
