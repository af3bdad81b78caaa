"""Pipelines by the name agent files give them."""

from pipelines.errand import ERRAND
from pipelines.reception import RECEPTION
from pipelines.spec import PipelineSpec

_CATALOG = {spec.name: spec for spec in (RECEPTION, ERRAND)}


class UnknownPipeline(LookupError):
    """No pipeline has that name; the message names those there are."""


def find_pipeline(name: str) -> PipelineSpec:
    """The pipeline of that name. Raises UnknownPipeline."""
    if name not in _CATALOG:
        known = ", ".join(sorted(_CATALOG))
        raise UnknownPipeline(f'there is no pipeline "{name}"; choose one of: {known}')
    return _CATALOG[name]
