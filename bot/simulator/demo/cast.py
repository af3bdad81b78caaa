"""Who speaks and who listens in the demo, made ready before the first call."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.simulator.caller import Action, CallerScript, InterruptAfter, WaitForAgent
from bot.simulator.ears import Ears, MoonshineEars
from bot.simulator.model import Manner
from bot.simulator.stories import Story, spoken
from bot.simulator.voices import CachedVoice, EspeakVoice, PiperVoice, Voice, default_voice
from config import SHIPPED, fill, read_agents

HASTE = 1.6  # how much faster people speak, and how much sooner, in the fast mode
FAST_MANNER = Manner(first_audio_after_secs=0.1, speed=8.0, transcript_after_secs=0.1)


class NotReady(Exception):
    """A voice or the recogniser is missing; the message says how to get it."""


@dataclass(frozen=True, kw_only=True)
class Cast:
    """How everybody speaks and listens."""

    agent: Voice
    caller: Voice
    ears: Ears | None  # of the model; None: it takes the script's word for what was said
    manner: Manner  # of the model

    def direct(self, caller: CallerScript) -> CallerScript:
        """The script as the caller of this cast performs it."""
        actions = caller.actions if self.ears else [_hastened(action) for action in caller.actions]
        return replace(caller, actions=actions, voice=self.caller)


def choose_cast(voices: Path, *, fast: bool, agents_haste: float = HASTE) -> Cast:
    """The best there is, its lines kept in the folder `voices`. Raises NotReady.

    `agents_haste`, in the fast mode, is how much faster the agent speaks.
    """
    try:
        agent, caller = default_voice("agent"), default_voice("caller")
    except RuntimeError as missing:
        raise NotReady(str(missing)) from missing
    if fast:
        agent, caller = _hurried(agent, agents_haste), _hurried(caller, HASTE)
    return Cast(
        agent=CachedVoice(agent, voices),
        caller=CachedVoice(caller, voices),
        ears=None if fast else MoonshineEars(),
        manner=FAST_MANNER if fast else Manner(),
    )


async def rehearse(cast: Cast, stories: Sequence[Story], agents: Path | None) -> None:
    """Renders every line and wakes the ears, so that nobody waits for them. Raises NotReady."""
    try:
        for text in _lines_of_agents(stories, agents):
            await asyncio.to_thread(cast.agent.render, text)
        for text in (text for story in stories for text in spoken(story.caller)):
            sound = await asyncio.to_thread(cast.caller.render, text)
        if cast.ears:
            await cast.ears.hear(sound)
    except RuntimeError as missing:
        raise NotReady(str(missing)) from missing


def _lines_of_agents(stories: Sequence[Story], folder: Path | None) -> Iterable[str]:
    agents = read_agents(SHIPPED, *([folder] if folder else []))
    for story in stories:
        agent = agents[story.agent]
        first_line = fill(agent.first_line, {**agent.variables, **story.variables})
        scripted = [step.say for step in story.model.steps]
        yield from filter(None, (first_line, agent.lines.filler, *scripted))


def _hurried(voice: Voice, haste: float) -> Voice:
    match voice:
        case PiperVoice(pace=pace):
            return replace(voice, pace=pace * haste)
        case EspeakVoice(words_per_minute=words):
            return replace(voice, words_per_minute=round(words * haste))
    return voice


def _hastened(action: Action) -> Action:
    match action:
        case WaitForAgent(silence_ms=ms):
            return replace(action, silence_ms=round(ms / HASTE))
        case InterruptAfter(ms=ms):
            return replace(action, ms=round(ms / HASTE))
    return action
