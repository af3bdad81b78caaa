"""The models that the agents speak with, and how each is asked whether it would."""

from collections.abc import Iterable, Mapping

from bot.brains import Brain, find_brain
from bot.calls.watch import LOOK_SECS
from config import Agent


async def check_model(brains: Mapping[str, Brain], brain: str, model: str) -> None:
    """Raises ModelError: it would not, or does not say in time."""
    await find_brain(brain, brains).check_model(model, within_secs=LOOK_SECS)


def models_with_another(agents: Iterable[Agent]) -> set[tuple[str, str]]:
    """Those that every agent who speaks with them can do without."""
    there = list(agents)
    alone = {(agent.brain, agent.model) for agent in there if not agent.fallback_brain}
    return {(agent.brain, agent.model) for agent in there if agent.fallback_brain} - alone


def reachable(
    models: Mapping[tuple[str, str], bool], brains: Mapping[str, Brain]
) -> dict[tuple[str, str], bool]:
    """Those of brains whose accounts are set up: the others are no news."""
    return {
        (brain, model): answers
        for (brain, model), answers in models.items()
        if not find_brain(brain, brains).lacks(model)
    }


def models_of(agents: Iterable[Agent], inbound_agent: str) -> dict[tuple[str, str], bool]:
    """The models there are, by brain and name, and whether one who answers the phone speaks with
    it."""
    models: dict[tuple[str, str], bool] = {}
    for agent in agents:
        answers = agent.name == inbound_agent or bool(agent.numbers)
        key = agent.brain, agent.model
        models[key] = answers or models.get(key, False)
        if agent.fallback_brain:
            models.setdefault((agent.fallback_brain, agent.fallback_model), False)
    return models
