"""Pipelines: one file is one kind of call, a list of processors in the order audio meets them."""

# First what authors' files import from here: they are imported by the catalog.
from pipelines.spec import Agent, CallParts, OnMachine, PipelineSpec

# isort: split
from pipelines.catalog import PIPELINES, UnknownPipeline, find_pipeline
from pipelines.errand import ERRAND
from pipelines.reception import RECEPTION
from pipelines.reminder import REMINDER

__all__ = [
    "ERRAND",
    "PIPELINES",
    "RECEPTION",
    "REMINDER",
    "Agent",
    "CallParts",
    "OnMachine",
    "PipelineSpec",
    "UnknownPipeline",
    "find_pipeline",
]
