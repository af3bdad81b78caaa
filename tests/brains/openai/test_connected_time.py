"""Minutes that sessions were open, told while they are."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from bot.brains import ForCall
from bot.brains.openai.connected_time import with_connected_time
from bot.brains.openai.session import OpenAISession
from bot.brains.openai.usage import Usage
from bot.clock import monotonic
from tests.brains.realtime.call_notes import Notes


class _Session:
    """As much of one as counts."""

    def __init__(self) -> None:
        self.opened_at = monotonic()
        self.let_go: Callable[[], None] = lambda: None

    def when_over(self, told: Callable[[], None]) -> None:
        self.let_go = told


async def test_a_session_is_billed_while_it_is_open() -> None:
    """Each minute, and the rest at its end: a call with a limit has to know what it costs."""
    notes, session = Notes(), _Session()

    async def opening() -> OpenAISession:
        return cast(OpenAISession, session)

    def told() -> list[float]:
        return [round(used["usage"]["connected_secs"], 3) for used in notes.of("used")]

    rest: Any = dict.fromkeys(("config", "toolbox", "requests", "clips"))
    await with_connected_time(ForCall(session=opening(), log=cast(Any, notes), **rest)).session
    await asyncio.sleep(150)
    assert told() == [60, 60]
    session.let_go()
    await asyncio.sleep(150)
    assert told() == [60, 60, 30]


def test_time_is_no_answer() -> None:
    """Nor is an answer whose usage is not told one that is counted."""
    usage = Usage()
    for each in ({"connected_secs": 60.0}, {"connected_secs": 0.0}, {}):
        usage.add_response(each)
    assert (usage.connected_secs, usage.responses) == (60.0, 0)
