"""An agent as pipelines see it (`pipelines.spec.AgentTraits`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from bot.calls import prompts
from bot.calls.prompts import CallRequest
from config import Agent
from pipelines import OnMachine

# Keys of an agent's file that do something through a trait, and nowhere else.
TRAIT_OF = MappingProxyType(
    {
        "barge_in.style": "barge_in",
        "barge_in.hold_ms": "hold_secs",
        "barge_in.backchannels": "backchannels",
        "goodbye.patterns": "farewells",
        "goodbye.grace_secs": "hangup_grace_secs",
        "silence.prompts": "silence_prompts",
        "silence.goodbye": "silence_goodbye",
        "silence.wait_secs": "silence_secs",
        "limits.usd": "max_call_usd",
        "lines.time_limit": "time_limit_goodbye",
        "lines.screening": "screening",
        "opt_out.key": "opt_out_key",
        "opt_out.patterns": "opt_outs",
    }
)


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What a pipeline's processors are set to."""

    language: str
    turns: Literal["hybrid", "server", "local"]
    barge_in: Literal["hold", "cut"]
    hold_secs: float
    backchannels: Sequence[str]
    farewells: Sequence[str]
    silence_prompts: Sequence[str]
    silence_goodbye: str
    silence_secs: float
    max_call_secs: float
    max_call_usd: float | None
    time_limit_goodbye: str
    hangup_grace_secs: float
    on_machine: OnMachine
    voicemail: str
    first_line: str
    screening: str
    opt_out_key: str
    opt_outs: Sequence[str]
    human_available: bool
    nobody: str


def traits_of(
    agent: Agent,
    request: CallRequest,
    *,
    talked_secs: float = 0.0,
    human_available: bool = False,
) -> Traits:
    """The traits that an agent's file and the request of its call give it, in a call that has
    lasted `talked_secs` already. Raises AgentError.
    """
    return Traits(
        language=agent.language,
        turns=agent.turns,
        barge_in=agent.barge_in.style,
        hold_secs=agent.barge_in.hold_ms / 1000,
        backchannels=agent.barge_in.backchannels,
        farewells=agent.goodbye.patterns,
        silence_prompts=agent.silence.prompts,
        silence_goodbye=agent.silence.goodbye,
        silence_secs=agent.silence.wait_secs,
        max_call_secs=max(0.0, agent.limits.secs - talked_secs),
        max_call_usd=agent.limits.usd,
        time_limit_goodbye=agent.lines.time_limit,
        hangup_grace_secs=agent.goodbye.grace_secs,
        on_machine=request.on_machine,
        voicemail=prompts.voicemail(agent, request),
        first_line=prompts.first_line(agent, request) or "",
        screening=prompts.screening(agent, request),
        opt_out_key=agent.opt_out.key,
        opt_outs=agent.opt_out.patterns,
        human_available=human_available,
        nobody=agent.lines.nobody,
    )
