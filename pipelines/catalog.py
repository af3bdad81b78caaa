"""Pipelines by the name agent files give them."""

from collections.abc import Mapping
from types import MappingProxyType

from pipelines.errand import ERRAND
from pipelines.reception import RECEPTION
from pipelines.reminder import REMINDER
from pipelines.spec import PipelineSpec

PIPELINES: Mapping[str, PipelineSpec] = MappingProxyType(
    {spec.name: spec for spec in (RECEPTION, ERRAND, REMINDER)}
)


class UnknownPipeline(LookupError):
    """No pipeline has that name; the message names those there are."""


def find_pipeline(name: str, pipelines: Mapping[str, PipelineSpec] = PIPELINES) -> PipelineSpec:
    """The pipeline of that name. Raises UnknownPipeline."""
    if name not in pipelines:
        known = ", ".join(sorted(pipelines))
        raise UnknownPipeline(f'there is no pipeline "{name}"; choose one of: {known}')
    return pipelines[name]
