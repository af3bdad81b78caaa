"""What a service says when it starts: doubts about its settings, and that it is ready."""

from collections.abc import Iterable, Mapping

from loguru import logger

from bot.brains.brain import Brain
from bot.brains.catalog import open_brains
from bot.cli.console import errors
from bot.clock import utcnow
from bot.store import place_of
from config import Agent, Settings, doubts


def doubt(settings: Settings, agents: Iterable[Agent] = ()) -> None:
    """Warns of settings that are probably a mistake, and of models without price or future."""
    for told in doubts(settings):
        logger.warning("{}", told, event="setting_doubtful")
    agents, brains = tuple(agents), open_brains(settings)
    models: dict[str, list[str]] = {}
    for agent in agents:
        models.setdefault(agent.brain, []).append(agent.model)
        if agent.fallback_brain:
            models.setdefault(agent.fallback_brain, []).append(agent.fallback_model)
    for told in _misfits(agents, brains):
        logger.warning("{}", told, event="model_doubtful")
    for name, used in models.items():
        for told in brains[name].doubts(used, utcnow().date()):
            logger.warning("{}", told, event="model_doubtful")


def _misfits(agents: Iterable[Agent], brains: Mapping[str, Brain]) -> Iterable[str]:
    for agent in agents:
        speakers = [brains[agent.brain].speaker(agent.model, agent.voice)]
        if agent.fallback_brain:
            other = brains[agent.fallback_brain]
            speakers.append(other.speaker(agent.fallback_model, agent.fallback_voice))
        for speaker in speakers:
            for told in brains[speaker.brain].misfits(speaker, agent.language):
                yield f"agent {agent.name}: {told}"


def say_ready(settings: Settings, agents: Iterable[Agent], *, host: str, port: int) -> None:
    """Where it listens, and below that what the carrier asks, who answers, where calls are kept."""
    below = f"{settings.public_url}/twilio"
    first = f"ready at http://{host}:{port}"
    facts = (
        f"webhooks: {below}/incoming (a call comes in), {below}/status (call status changes), "
        f"{below}/text (a message comes in)",
        f"agents: {_who_answers(settings, agents)}",
        f"database: {place_of(settings.database_url)}",
    )
    if settings.log_format == "json":
        logger.info("{}", "; ".join((first, *facts)), event="service_ready")
        return
    told = "\n  ".join((f"trunkline: {first}", *facts))
    errors.print(told, highlight=False, markup=False, soft_wrap=True)


def _who_answers(settings: Settings, agents: Iterable[Agent]) -> str:
    named = [f"{number} {agent.name}" for agent in agents for number in agent.numbers]
    rest = "any other number" if named else "any number"
    return ", ".join([*sorted(named), f"{rest} {settings.inbound_agent}"])
