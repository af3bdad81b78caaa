"""Whether this process lives, and whether it takes calls."""

from fastapi import APIRouter, Response

from bot.calls import Registry


def health(registry: Registry) -> APIRouter:
    """GET /health/live and /health/ready."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, object]:
        """200 as long as the process answers, with what its calls take."""
        load = registry.load()
        return {
            "status": "alive",
            "live_calls": len(registry),
            "waiting_calls": registry.waiting,
            "lag_ms": round(load.lag_ms, 1),
            "notes_waiting": load.backlog,
            "sessions_opening": load.opening,
        }

    @router.get("/ready")
    async def ready(response: Response) -> dict[str, object]:
        """200 while there is room for a caller, else 503 and why there is none."""
        refusal = registry.refusal("inbound")
        if refusal is None:
            return {"status": "ready", "live_calls": len(registry)}
        response.status_code = 503
        return {"status": refusal.state, "why": refusal.why, "live_calls": len(registry)}

    return router
