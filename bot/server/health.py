"""Whether this process lives, and whether it takes calls."""

from fastapi import APIRouter, Response

from bot.calls import Registry


def health(registry: Registry) -> APIRouter:
    """GET /health/live and /health/ready."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, object]:
        """200 as long as the process answers."""
        return {"status": "alive", "live_calls": len(registry)}

    @router.get("/ready")
    async def ready(response: Response) -> dict[str, object]:
        """200 while there is room for a call, else 503."""
        if not registry.has_room:
            response.status_code = 503
        status = "ready" if registry.has_room else "draining" if registry.closed else "full"
        return {"status": status, "live_calls": len(registry)}

    return router
