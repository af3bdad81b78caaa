"""What agents have from elsewhere, opened for the service, or asked before there is one."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.agents import agent_folders
from bot.brains import Brain
from bot.brains_of_agents import without_account
from bot.businesses import business_faults
from bot.egress import Egress
from bot.outside import Outside
from config import Agent, AgentError, Settings
from pipelines import PipelineSpec


@asynccontextmanager
async def open_outside(
    settings: Settings,
    agents: Mapping[str, Agent],
    pipelines: Mapping[str, PipelineSpec],
    *,
    strict: bool = True,
) -> AsyncIterator[Outside]:
    """The tools that agents' files point to. A server that is away does not keep the service from
    answering the phone. Raises AgentError: something in a file or a document is wrong; not where
    that is to be looked at later (`strict`).
    """
    async with _opened(settings, agents) as outside:
        if strict and (faults := _faults(outside, agents, pipelines)):
            raise AgentError(*faults)
        yield outside


async def faults_of_far_sides(
    settings: Settings, agents: Mapping[str, Agent], pipelines: Mapping[str, PipelineSpec]
) -> list[str]:
    """What is wrong with them and with the business on a calendar, servers that do not answer too.
    Raises SettingsError.
    """
    async with _opened(settings, agents) as outside:
        troubles = [
            f"agent {agent.name}: {trouble}"
            for agent in agents.values()
            for trouble in outside.troubles(agent)
        ]
        faults = _faults(outside, agents, pipelines)
    return [*faults, *troubles, *await business_faults(settings)]


async def faults_outside(
    agent: Agent,
    *,
    outside: Outside,
    pipelines: Mapping[str, PipelineSpec],
    brains: Mapping[str, Brain],
    inbound_agent: str,
) -> list[str]:
    """What is wrong with what the file of an agent points to, which is opened for it if it is not
    open yet; an account that its brain needs is looked for first.
    """
    if fault := without_account(agent, brains, inbound_agent=inbound_agent):
        return [fault]
    await outside.open_for(agent)
    return _faults(outside, {agent.name: agent}, pipelines)


@asynccontextmanager
async def _opened(settings: Settings, agents: Mapping[str, Agent]) -> AsyncIterator[Outside]:
    async with Outside.opened(
        agents.values(),
        egress=Egress(settings.private_targets),
        folders=reversed(agent_folders(settings)),
    ) as outside:
        yield outside


def _faults(
    outside: Outside, agents: Mapping[str, Agent], pipelines: Mapping[str, PipelineSpec]
) -> list[str]:
    told = []
    for agent in agents.values():
        own = pipelines[agent.pipeline].tools if agent.pipeline in pipelines else ()
        names = [tool.__name__ for tool in own]
        told += [f"agent {agent.name}: {fault}" for fault in outside.faults(agent, names)]
    return told
