"""Whether the service lives, and whether it takes calls."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from bot.calls import HealthStatus
from bot.server.entrance import asker_of


def health(standing: Callable[[], HealthStatus]) -> APIRouter:
    """GET /health/live and /health/ready. Without the key the answer is only yes or no."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live(request: Request) -> dict[str, object]:
        """200 as long as the process answers; with the key, what its calls take."""
        if not asker_of(request.scope).is_known:
            return {"status": "alive"}
        now = standing()
        return {
            "status": "alive",
            "live_calls": now.live_calls,
            "waiting_calls": now.waiting_calls,
            "lag_ms": round(now.lag_ms, 1),
            "notes_waiting": now.notes_waiting,
            "sessions_opening": now.sessions_opening,
            "stalls": list(now.stalls),
            "refused_files": list(now.refused_files),
        }

    @router.get("/ready")
    async def ready(request: Request, response: Response) -> dict[str, object]:
        """200 while there is room for a caller, else 503; with the key, why there is none."""
        now = standing()
        if now.state != "ready":
            response.status_code = 503
        if not asker_of(request.scope).is_known:
            return {"status": now.state}
        if now.state == "ready":
            return {"status": now.state, "live_calls": now.live_calls}
        return {"status": now.state, "why": now.why, "live_calls": now.live_calls}

    return router
