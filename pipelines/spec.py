"""The types an author of pipelines meets."""

from collections.abc import Callable
from dataclasses import dataclass

from pipecat.processors.frame_processor import FrameProcessor

from processors.agent import Agent
from processors.agent_tables import OnMachine
from tools import Tool

__all__ = ["Agent", "CallParts", "OnMachine", "PipelineSpec"]


@dataclass(frozen=True, kw_only=True)
class CallParts:
    """What one call brings along. Used once: processors belong to a single call."""

    caller_audio: FrameProcessor  # the carrier's line, towards us
    model: FrameProcessor  # hears the caller, calls the tools, speaks
    bot_audio: FrameProcessor  # the carrier's line, towards the caller
    agent: Agent  # as its file says, with what this call has made of it


@dataclass(frozen=True, kw_only=True)
class PipelineSpec:
    """A kind of call: its processors, in the order audio meets them, and the model's tools."""

    name: str  # as agent files name it
    build: Callable[[CallParts], list[FrameProcessor]]  # once for each call
    tools: tuple[Tool, ...]
    always: tuple[Tool, ...] = ()  # of those, what no agent's file can take away
    # For people who ring: no batch calls anybody with it. Of those who are called some are
    # machines, and the others must be able to end it with a key.
    for_callers: bool = False
