"""The agents' files and what they point to: all that `trunkline check` asks."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.agents import examine
from bot.brains import Brain, NotSpoken, UnknownBrain
from bot.brains_of_agents import as_spoken
from bot.doctor.finding import Finding, ok, wrong
from bot.far_sides import faults_of_far_sides
from config import Agent, AgentError, Settings, SettingsError

_CHECK = "run `trunkline check` after you have mended the file or the server it names"


@dataclass(frozen=True, kw_only=True)
class AgentsFound:
    """The findings, and the agents that can be read, each with its model."""

    findings: Sequence[Finding]
    agents: Mapping[str, Agent]


async def agents_files(settings: Settings, brains: Mapping[str, Brain]) -> AgentsFound:
    """Every fault is one finding."""
    try:
        examined = await asyncio.to_thread(examine, settings)
        far = await faults_of_far_sides(settings, examined.agents, examined.pipelines)
    except (AgentError, SettingsError) as error:
        return AgentsFound(findings=[wrong("agents", str(error), _CHECK)], agents={})
    faults = [*examined.faults, *far]
    findings = [wrong("agents", fault, _CHECK) for fault in faults]
    if not findings:
        findings = [ok("agents", f"{len(examined.agents)} agents are fit for a call")]
    agents: dict[str, Agent] = {}
    for name, agent in examined.agents.items():
        try:
            agents[name] = as_spoken(agent, brains)
        except (NotSpoken, UnknownBrain):
            continue  # a fault tells of it
    return AgentsFound(findings=findings, agents=agents)
