"""What agents ask of the brains they name: what cannot be, and what is probably a mistake."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from bot.brains import Brain, NotSpoken, Speaker, UnknownBrain, find_brain
from config import Agent, Settings, SettingsError
from config.settings import not_set


def of_line(agent: Agent, settings: Settings) -> Agent:
    """With the brain of this line, where its file names none: its model and voice are then those of
    the brain that agents have without any setting.
    """
    if "brain" in agent.given or settings.brain == agent.brain:
        return agent
    return replace(agent, brain=settings.brain, model="", voice="")


def as_spoken(agent: Agent, brains: Mapping[str, Brain]) -> Agent:
    """With the model, voice and turns that its brain suggests, where its file names none, and the
    model and voice of the one that goes on when that is lost. Raises UnknownBrain, NotSpoken.
    """
    speaker = _first(agent, brains)
    turns = agent.turns
    if "turns" not in agent.given:
        turns = find_brain(agent.brain, brains).abilities.turns[0]
    spoken = replace(agent, model=speaker.model, voice=speaker.voice, turns=turns)
    if not agent.fallback_brain:
        return spoken
    other = _second(agent, brains)
    return replace(spoken, fallback_model=other.model, fallback_voice=other.voice)


def _first(agent: Agent, brains: Mapping[str, Brain]) -> Speaker:
    return find_brain(agent.brain, brains).speaker(agent.model, agent.voice)


def _second(agent: Agent, brains: Mapping[str, Brain]) -> Speaker:
    brain = find_brain(agent.fallback_brain, brains)
    return brain.speaker(agent.fallback_model, agent.fallback_voice)


def faults_of_brains(agent: Agent, brains: Mapping[str, Brain]) -> Iterator[tuple[str, str]]:
    """What its file wants of a brain that is not there, or cannot do it: sentences, each with the
    key of the file that says so.
    """
    first: Speaker | None = None
    try:
        first = _first(agent, brains)
    except UnknownBrain as error:
        yield str(error), "brain"
    except NotSpoken as error:
        yield str(error), "voice"
    else:
        if fault := _turns_it_has_not(agent, brains[agent.brain]):
            yield f"its brain {fault}", "turns"
    if agent.fallback_brain:
        yield from _faults_of_fallback(agent, brains, first)
    elif agent.fallback_model or agent.fallback_voice:
        yield "its fallback has no brain: give it a fallback_brain", "fallback_model"


def _faults_of_fallback(
    agent: Agent, brains: Mapping[str, Brain], first: Speaker | None
) -> Iterator[tuple[str, str]]:
    """Of who goes on when the first is lost."""
    try:
        second = _second(agent, brains)
    except UnknownBrain as error:
        yield f"fallback_brain: {error}", "fallback_brain"
    except NotSpoken as error:
        yield f"fallback_voice: {error}", "fallback_voice"
    else:
        if first is not None and (first.brain, first.model) == (second.brain, second.model):
            yield "it falls back on the model that it has", "fallback_brain"
        if fault := _turns_it_has_not(agent, brains[agent.fallback_brain]):
            yield f"its fallback_brain {fault}", "turns"


def _turns_it_has_not(agent: Agent, brain: Brain) -> str:
    if "turns" not in agent.given or agent.turns in brain.abilities.turns:
        return ""
    return f"can do these turns: {', '.join(brain.abilities.turns)}"


def require_keys(
    agents: Iterable[Agent], brains: Mapping[str, Brain], *, inbound_agent: str
) -> None:
    """Raises SettingsError: who answers the phone has a brain whose account is not set up."""
    for agent in agents:
        if fault := without_account(agent, brains, inbound_agent=inbound_agent):
            raise SettingsError(fault)


def without_account(agent: Agent, brains: Mapping[str, Brain], *, inbound_agent: str) -> str:
    """What is not set, a sentence, if that keeps an agent from answering the phone; else empty."""
    missing = find_brain(agent.brain, brains).lacks(agent.model)
    if not missing or not (agent.name == inbound_agent or agent.numbers):
        return ""
    return f"{not_set(missing)}: the brain {agent.brain} of {agent.name}"


def doubts_of_brains(
    agents: Iterable[Agent], brains: Mapping[str, Brain], *, inbound_agent: str, today: date
) -> list[str]:
    """What is probably a mistake in what these agents ask of brains, as sentences: a key that is
    not set, a voice of another language, a model that ends soon or has no known price. Of an agent
    that asks for what cannot be, see `faults_of_brains`.
    """
    told: dict[str, None] = {}
    models: dict[str, list[str]] = {}
    for agent in agents:
        if next(faults_of_brains(agent, brains), None) is not None:
            continue
        told |= dict.fromkeys(_keys_missing(agent, brains, inbound_agent))
        speakers = [_first(agent, brains)]
        if agent.fallback_brain:
            speakers.append(_second(agent, brains))
        for speaker in speakers:
            models.setdefault(speaker.brain, []).append(speaker.model)
            misfits = brains[speaker.brain].misfits(speaker, agent.language)
            told |= dict.fromkeys(f"agent {agent.name}: {misfit}" for misfit in misfits)
    for name, used in models.items():
        told |= dict.fromkeys(brains[name].doubts(used, today))
    return list(told)


def _keys_missing(agent: Agent, brains: Mapping[str, Brain], inbound_agent: str) -> Iterator[str]:
    if fault := without_account(agent, brains, inbound_agent=inbound_agent):
        yield fault
    elif missing := brains[agent.brain].lacks(agent.model):
        yield (
            f"{not_set(missing)}: {agent.name} cannot speak in a call, for that is what "
            f"{agent.brain} needs"
        )
    if not agent.fallback_brain:
        return
    if missing := brains[agent.fallback_brain].lacks(agent.fallback_model):
        yield (
            f"{not_set(missing)}: nobody goes on with a call when the brain of {agent.name} is "
            f"lost, for that is what {agent.fallback_brain} needs"
        )
