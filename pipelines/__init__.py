"""Pipelines: one file is one kind of call, a list of processors in the order audio meets them."""

from pipelines.catalog import PIPELINES, UnknownPipeline, find_pipeline
from pipelines.errand import ERRAND
from pipelines.reception import RECEPTION
from pipelines.spec import AgentTraits, CallParts, PipelineSpec

__all__ = [
    "ERRAND",
    "PIPELINES",
    "RECEPTION",
    "AgentTraits",
    "CallParts",
    "PipelineSpec",
    "UnknownPipeline",
    "find_pipeline",
]
