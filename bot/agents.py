"""The agents of the service and what they speak in, each of them fit for a call."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import Any

import processors
from bot.brains import Brain
from bot.brains.catalog import open_brains
from bot.brains_of_agents import as_spoken, faults_of_brains, of_line
from bot.calls.agent_in_call import agent_in_call
from bot.calls.call_request import CallRequest
from bot.carriers import parse_target
from bot.extensions import ExtensionError, agent_folder, load_pipelines
from config import (
    SHIPPED,
    Agent,
    AgentError,
    Settings,
    SettingsError,
    as_written,
    find_agents,
)
from config.agents import FoundAgents
from config.places import at_key, at_words
from pipelines import PipelineSpec, UnknownPipeline, find_pipeline
from pipelines.checking import faults_of_pipeline
from processors.agent import OF_HOURS
from processors.words.farewells import compile_farewells
from processors.words.no_more_calls import NoMoreCalls
from tools.checking import unreachable

# Keys that the model, the carrier or the call itself goes by as well.
_ACT_ELSEWHERE_TOO = frozenset({"turns", "limits.secs", "lines.nobody"})


@dataclass(frozen=True, kw_only=True)
class Examined:
    """The agents there are, and what is wrong with them or with their pipelines."""

    agents: Mapping[str, Agent]
    pipelines: Mapping[str, PipelineSpec]
    faults: tuple[str, ...]  # sentences, each with its file and line where it has one


def load_agents(
    settings: Settings,
    pipelines: Mapping[str, PipelineSpec] | None = None,
    brains: Mapping[str, Brain] | None = None,
) -> dict[str, Agent]:
    """The agents that ship and the operator's own, each of them fit for a call, and so are their
    pipelines: by default those of `load_pipelines`. What a file leaves to its brain is filled in.

    Raises:
        AgentError, SettingsError.
    """
    pipelines = load_pipelines(settings) if pipelines is None else pipelines
    brains = open_brains(settings) if brains is None else brains
    fit = fit_agents(settings, pipelines, brains)
    return {name: as_spoken(agent, brains) for name, agent in fit.items()}


def fit_agents(
    settings: Settings, pipelines: Mapping[str, PipelineSpec], brains: Mapping[str, Brain]
) -> dict[str, Agent]:
    """As `load_agents`, without what a file leaves to its brain."""
    found = _found(settings)
    if not found.faults:
        require_inbound_agent(settings, found.agents)
    faults = (*found.faults, *_faults(settings, found.agents, pipelines, brains, _names(found)))
    if faults:
        raise AgentError(*faults)
    return dict(found.agents)


def _found(settings: Settings) -> FoundAgents:
    found = find_agents(*agent_folders(settings))
    of_this_line = {name: of_line(agent, settings) for name, agent in found.agents.items()}
    return replace(found, agents=of_this_line)


def _names(found: FoundAgents) -> Collection[str]:
    """Of those whose file cannot be read, too: their colleagues may name them."""
    return {*found.agents, *found.unread}


def require_inbound_agent(settings: Settings, agents: Collection[str]) -> None:
    """Raises SettingsError: none of these agents answers the phone."""
    _require(settings.inbound_agent, agents, said="INBOUND_AGENT names no agent")


def _require(name: str, agents: Collection[str], *, said: str) -> None:
    if name not in agents:
        raise SettingsError(f"{said}; choose one of: {', '.join(sorted(agents))}")


def faults_of(
    agent: Agent,
    settings: Settings,
    pipelines: Mapping[str, PipelineSpec],
    brains: Mapping[str, Brain],
) -> list[str]:
    """What is wrong with one agent, and with its pipeline; sentences with their places."""
    spoken = {name: spec for name, spec in pipelines.items() if name == agent.pipeline}
    alone = {agent.name: agent}
    return list(_faults(settings, alone, spoken or pipelines, brains, alone))


def examine(settings: Settings, only: str = "") -> Examined:
    """All that `load_agents` would complain of, in place of its first complaint; or what there is
    to say of one agent and its pipeline. Raises SettingsError: there is no such agent.
    """
    found = _found(settings)
    chosen, faults = found.agents, list(found.faults)
    if only:
        _require(only, _names(found), said="there is no such agent")
        chosen = {name: agent for name, agent in chosen.items() if name == only}
        faults = list(found.unread.get(only, ()))
    try:
        pipelines, brains = load_pipelines(settings), open_brains(settings)
    except (ExtensionError, SettingsError) as error:
        return Examined(agents={}, pipelines={}, faults=(*error.faults, *faults))
    if not only:
        try:
            require_inbound_agent(settings, _names(found))
        except SettingsError as error:
            faults.append(str(error))
    elif not chosen:
        return Examined(agents={}, pipelines={}, faults=tuple(faults))
    elif chosen[only].pipeline in pipelines:
        pipelines = {chosen[only].pipeline: pipelines[chosen[only].pipeline]}
    faults += _faults(settings, chosen, pipelines, brains, _names(found))
    return Examined(agents=chosen, pipelines=pipelines, faults=tuple(faults))


def agent_folders(settings: Settings) -> list[Path]:
    """Where agents are; those of a later folder take the place of an earlier one's."""
    own = agent_folder(settings), settings.trunkline_agents
    return [SHIPPED, *(folder for folder in own if folder is not None)]


def _faults(
    settings: Settings,
    agents: Mapping[str, Agent],
    pipelines: Mapping[str, PipelineSpec],
    brains: Mapping[str, Brain],
    everybody: Collection[str],
) -> Iterator[str]:
    """What is wrong with these agents and these pipelines, each fault once."""
    told: dict[str, None] = {}
    for agent in agents.values():
        file = _file(agent, settings)
        if len(everybody) > 1:  # one alone is looked at: who else there is is not known
            for fault in _faults_of_colleagues(agent, everybody):
                told[f"agent {agent.name}: {fault}{at_key(file, 'hand_over_to')}"] = None
        faults = [
            f"{fault}{at_key(file, key)}"
            for fault, key in (*_faults_of_agent(agent), *faults_of_brains(agent, brains))
        ]
        if agent.numbers or agent.name == settings.inbound_agent:
            faults += _unfilled(agent, file)
        try:
            spec = find_pipeline(agent.pipeline, pipelines)
        except UnknownPipeline as error:
            faults.append(f"{error}{at_key(file, 'pipeline')}")
        else:
            of_pipeline, in_pipeline = _faults_in_pipeline(agent, spec, file)
            told |= dict.fromkeys(of_pipeline)
            faults += in_pipeline
        told |= dict.fromkeys(f"agent {agent.name}: {fault}" for fault in faults)
    spoken_in = {agent.pipeline for agent in agents.values()}
    for spec in pipelines.values():
        if spec.name not in spoken_in:
            nobody = Agent(name="nobody", pipeline=spec.name, instructions="-")
            told |= dict.fromkeys(faults_of_pipeline(spec, _in_a_call(nobody))[0])
    yield from told


def _faults_of_colleagues(agent: Agent, everybody: Collection[str]) -> Iterator[str]:
    for name in agent.hand_over_to:
        if name == agent.name:
            yield "hand_over_to: it cannot hand a call over to itself"
        elif name not in everybody:
            yield f"hand_over_to: there is no agent {name}"


def _faults_of_agent(agent: Agent) -> Iterator[tuple[str, str]]:
    """What is wrong with its file, whatever its pipeline: sentences, each with its key."""
    try:
        compile_farewells(agent.goodbye.patterns)
    except ValueError as error:
        yield str(error), "goodbye.patterns"
    try:
        NoMoreCalls(language=agent.language, more=agent.opt_out.patterns)
    except ValueError as error:
        yield str(error), "opt_out.patterns"
    for number in agent.numbers:
        try:
            if (written := parse_target(number)) != number:
                yield f"numbers: write {written} for {number}", "numbers"
        except ValueError as error:
            yield str(error), "numbers"


def _unfilled(agent: Agent, file: Path | None) -> Iterator[str]:
    """The places in its texts that stay open when somebody calls, each with where it is."""
    for name in sorted(agent.placeholders - agent.variables.keys()):
        yield (
            "it answers the phone (INBOUND_AGENT, or its numbers) and needs what no caller "
            f"brings: give it [variables] {name}{at_words(file, f'{{{name}}}')}"
        )


def _faults_in_pipeline(
    agent: Agent, spec: PipelineSpec, file: Path | None
) -> tuple[list[str], list[str]]:
    """What is wrong with the pipeline, and with what the agent's file wants of it."""
    read: set[str] = set()
    noting: Any = _Noting(_in_a_call(agent), read)
    faults, built = faults_of_pipeline(spec, noting)
    if faults:
        return faults, []
    names = [tool.__name__ for tool in spec.tools]
    allowed = set(names if agent.own_tools is None else agent.own_tools)
    allowed |= {tool.__name__ for tool in spec.always}
    wrong: list[str] = []
    if lacking := sorted(allowed - set(names)):
        wrong.append(f"its pipeline has no tool {', '.join(lacking)}{at_key(file, 'tools')}")
    for tool, first in unreachable(spec.tools, allowed):
        wrong.append(
            f"its tools leave out {first}, without which {tool} is always refused"
            f"{at_key(file, 'tools')}"
        )
    for each in built:
        for tool in getattr(each, "runs_tools", ()):
            if tool not in allowed:
                runner = type(each).__name__
                wrong.append(
                    f"its tools leave out {tool}, which {runner} runs{at_key(file, 'tools')}"
                )
    for key in sorted(agent.given & _acts_only_there() - read):
        wrong.append(f"{key} does nothing{at_key(file, key)}: {_why_idle(key, spec, built)}")
    return [], wrong


def _why_idle(key: str, spec: PipelineSpec, built: list[Any]) -> str:
    """Why no processor takes this key, and what to do about it."""
    kinds = [getattr(processors, name) for name in processors.__all__]
    takers = [kind.__name__ for kind in kinds if key in kind.settings]
    here = [name for name in takers if name in (type(each).__name__ for each in built)]
    if here:
        return f"write {here[0]}.of(agent) in the pipeline {spec.name}, which does not hand it on"
    return f"the pipeline {spec.name} has no {' or '.join(takers)}; add it, or take the key away"


def _acts_only_there() -> set[str]:
    """Keys of an agent's file that do something through a processor, and nowhere else."""
    kinds = [getattr(processors, name) for name in processors.__all__]
    return {key for kind in kinds for key in kind.settings} - _ACT_ELSEWHERE_TOO


def _in_a_call(agent: Agent) -> Agent:
    """As in a call that brings all that the agent needs."""
    names = agent.placeholders | OF_HOURS
    return agent_in_call(agent, CallRequest(variables={name: name for name in names}))


class _Noting:
    """An agent, or a part of one, that notes which of its keys were read."""

    def __init__(self, part: Any, read: set[str], within: str = "") -> None:
        self._part = part
        self._read = read
        self._within = within

    def __getattr__(self, name: str) -> Any:
        value, key = getattr(self._part, name), self._within + name
        self._read.add(key)
        return _Noting(value, self._read, f"{key}.") if is_dataclass(value) else value


def _file(agent: Agent, settings: Settings) -> Path | None:
    """The file that the agent comes from, if it has the agent's name."""
    for folder in reversed(agent_folders(settings)):
        if (path := folder / f"{agent.name}.toml").is_file():
            return path
    return None


def restore(settings: Settings, name: str, *, text: str, hours_text: str) -> list[Path]:
    """Writes an agent's file as it was, and that of its hours where they were others; which files
    were written. Raises AgentError, nothing written: it is not fit for a call any more, or its file
    is none of the operator's.
    """
    folders = [folder for folder in agent_folders(settings) if folder != SHIPPED]
    there = [folder / f"{name}.toml" for folder in reversed(folders)]
    path = next((path for path in there if path.is_file()), there[0] if there else None)
    if path is None:
        raise AgentError("TRUNKLINE_AGENTS names no folder: agents that ship do not change")
    file = as_written(path, text, hours_text)
    agent = of_line(file.agent(), settings)
    if faults := faults_of(agent, settings, load_pipelines(settings), open_brains(settings)):
        raise AgentError(*faults)
    written = {path: text}
    if file.hours_path is not None:
        written = {file.hours_path: hours_text, **written}
    for where, content in written.items():
        where.parent.mkdir(exist_ok=True)
        new = where.with_suffix(".new")  # which nobody takes for an agent's file
        new.write_text(content, encoding="utf-8")
        new.replace(where)
    return list(written)
