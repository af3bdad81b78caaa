"""The agents of the service, each of them fit for a call."""

from collections.abc import Mapping

from bot.carriers import parse_target
from config import SHIPPED, Agent, AgentError, Settings, SettingsError, read_agents
from pipelines import PIPELINES, PipelineSpec, UnknownPipeline, find_pipeline
from processors.farewells import compile_farewells
from processors.no_more_calls import NoMoreCalls
from tools.signature import signature_of


def load_agents(
    settings: Settings, pipelines: Mapping[str, PipelineSpec] = PIPELINES
) -> dict[str, Agent]:
    """The agents that ship and the operator's own, each of them fit for a call.

    Raises:
        AgentError, SettingsError.
    """
    folders = [SHIPPED] + ([settings.trunkline_agents] if settings.trunkline_agents else [])
    agents = dict(read_agents(*folders))
    if settings.inbound_agent not in agents:
        known = ", ".join(sorted(agents))
        raise SettingsError(f"INBOUND_AGENT names no agent; choose one of: {known}")
    for agent in agents.values():
        _check(agent, pipelines, answers=agent.name == settings.inbound_agent)
    return agents


def _check(agent: Agent, pipelines: Mapping[str, PipelineSpec], *, answers: bool) -> None:
    """Raises AgentError when the agent could not do what its file says."""
    try:
        spec = find_pipeline(agent.pipeline, pipelines)
        compile_farewells(agent.goodbye.patterns)
        NoMoreCalls(language=agent.language, more=agent.opt_out.patterns)
        _check_tools(agent, spec)
        for number in agent.numbers:
            if (written := parse_target(number)) != number:
                raise ValueError(f"numbers: write {written} for {number}")
    except (UnknownPipeline, ValueError) as error:
        raise AgentError(f"agent {agent.name}: {error}") from error
    needed = agent.placeholders - agent.variables.keys()
    if needed and (answers or agent.numbers):
        names = ", ".join(sorted(needed))
        raise AgentError(
            f"agent {agent.name} answers the phone (INBOUND_AGENT, or its numbers) and needs what "
            f"no caller brings: give it [variables] {names}"
        )


def _check_tools(agent: Agent, spec: PipelineSpec) -> None:
    """Raises ValueError when a tool could not do what it is there for."""
    names = [signature_of(tool).name for tool in spec.tools]
    if twice := sorted(name for name in set(names) if names.count(name) > 1):
        raise ValueError(f"its pipeline has two tools named {twice[0]}: give one another name")
    if lacking := set(agent.tools or ()) - set(names):
        raise ValueError(f"its pipeline has no tool {', '.join(sorted(lacking))}")
    wanted = set(names if agent.tools is None else agent.tools)
    wanted |= {tool.__name__ for tool in spec.always}
    for tool in spec.tools:
        needs = signature_of(tool).needs
        if needs and tool.__name__ in wanted and needs not in wanted:
            raise ValueError(f"its tool {tool.__name__} needs {needs}, which it does not have")
