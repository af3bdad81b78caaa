"""Whether the service lives, and whether it takes calls."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from bot.calls import Standing


def health(standing: Callable[[], Standing]) -> APIRouter:
    """GET /health/live and /health/ready."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, object]:
        """200 as long as the process answers."""
        return {"status": "alive", "live_calls": standing().live_calls}

    @router.get("/ready")
    async def ready(response: Response) -> dict[str, object]:
        """200 while there is room for a call, else 503."""
        now = standing()
        if not now.room:
            response.status_code = 503
        status = "ready" if now.room else "draining" if now.closed else "full"
        return {"status": status, "live_calls": now.live_calls}

    return router
