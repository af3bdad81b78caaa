"""Whether the service lives, and whether it takes calls."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from bot.calls import Standing


def health(standing: Callable[[], Standing]) -> APIRouter:
    """GET /health/live and /health/ready."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, object]:
        """200 as long as the process answers, with what its calls take."""
        now = standing()
        return {
            "status": "alive",
            "live_calls": now.live_calls,
            "waiting_calls": now.waiting_calls,
            "lag_ms": round(now.lag_ms, 1),
            "notes_waiting": now.notes_waiting,
            "sessions_opening": now.sessions_opening,
        }

    @router.get("/ready")
    async def ready(response: Response) -> dict[str, object]:
        """200 while there is room for a caller, else 503 and why there is none."""
        now = standing()
        if now.state == "ready":
            return {"status": now.state, "live_calls": now.live_calls}
        response.status_code = 503
        return {"status": now.state, "why": now.why, "live_calls": now.live_calls}

    return router
