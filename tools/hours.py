"""Opening hours."""

from typing import Annotated

from tools.tool import ToolAnswer, ToolCall
from tools.values import Day


async def lookup_hours(
    call: ToolCall,
    *,
    day: Annotated[
        Day | None, "The day asked about, like 2026-11-24. Leave out for the coming week."
    ] = None,
) -> ToolAnswer:
    """Looks up when the business is open. Use it before naming any opening hours."""
    if call.hours is not None:
        return ToolAnswer(output=call.hours(day))
    return ToolAnswer(output=await call.business.lookup_hours(day))
