"""Orders that callers ask after."""

from typing import Annotated

from pydantic import Field

from tools.tool import ToolAnswer, ToolCall


async def lookup_order(
    call: ToolCall,
    *,
    order_id: Annotated[
        str | None, Field(max_length=64), "The order number as the caller gave it."
    ] = None,
    email: Annotated[
        str | None, Field(max_length=254), "The e-mail address the order was placed with."
    ] = None,
) -> ToolAnswer:
    """Looks up an order by its number or by the caller's e-mail address. Give at least one."""
    if order_id is None and email is None:
        return ToolAnswer.failure(
            "bad_arguments", "Ask the caller for the order number or the e-mail address first."
        )
    return ToolAnswer(output=await call.business.lookup_order(order_id, email))
