"""Traces: what happened in each call as spans of OpenTelemetry, for the operator's own tools."""

from bot.traces.export import Export, NotMade
from bot.traces.traces import Traces

__all__ = ["Export", "NotMade", "Traces"]
