"""What a service says when it starts: doubts about its settings, and that it is ready."""

from collections.abc import Iterable

from loguru import logger

from bot.brains.catalog import open_brains
from bot.brains_of_agents import doubts_of_brains
from bot.cli.console import errors
from bot.clock import utcnow
from bot.store import place_of
from config import Agent, Settings, doubts


def doubt(settings: Settings, agents: Iterable[Agent] = ()) -> None:
    """Warns of settings that are probably a mistake, and of what agents ask of their brains."""
    for told in doubts(settings):
        logger.warning("{}", told, event="setting_doubtful")
    for told in doubts_of_brains(
        agents,
        open_brains(settings),
        inbound_agent=settings.inbound_agent,
        today=utcnow().date(),
    ):
        logger.warning("{}", told, event="model_doubtful")


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
