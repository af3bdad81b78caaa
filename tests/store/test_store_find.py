"""Finding calls: newest first, by what is asked, page by page."""

from typing import Any

import pytest
from store_samples import CALLER, COMPLETED, LINE, a_call, a_full_call, at

from bot.store import Store


async def ids(store: Store, **query: Any) -> list[str]:
    return [call.id for call in await store.find_calls(**query)]


@pytest.fixture
async def filled(store: Store) -> Store:
    """Four calls, a minute apart; the second has ended, the third is the other way round."""
    await store.add_call(a_call("call_1", started_at=at(0), status="ringing"))
    await store.add_call(a_call("call_2", started_at=at(60)))
    await store.end_call("call_2", status="completed", outcome=COMPLETED, ended_at=at(90))
    outbound = {"direction": "outbound", "agent": "errand"}
    await store.add_call(
        a_call("call_3", started_at=at(120), from_number=LINE, to_number=CALLER, **outbound)
    )
    await store.add_call(a_call("call_4", started_at=at(180), from_number="+15552223333"))
    return store


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["call_4", "call_3", "call_2", "call_1"]),
        ({"limit": 2}, ["call_4", "call_3"]),
        ({"status": "ringing"}, ["call_1"]),
        ({"agent": "errand"}, ["call_3"]),
        ({"direction": "inbound"}, ["call_4", "call_2", "call_1"]),
        ({"number": CALLER}, ["call_3", "call_2", "call_1"]),
        ({"number": "+1555222"}, []),
        ({"since": at(60)}, ["call_4", "call_3", "call_2"]),
        ({"until": at(60)}, ["call_1"]),
        ({"since": at(60), "until": at(180)}, ["call_3", "call_2"]),
        ({"open_only": True}, ["call_4", "call_3", "call_1"]),
        ({"open_only": True, "number": CALLER, "direction": "inbound"}, ["call_1"]),
        ({"before": "call_3"}, ["call_2", "call_1"]),
        ({"before": "call_3", "open_only": True}, ["call_1"]),
        ({"before": "call_nobody"}, []),
    ],
)
async def test_calls_are_found_newest_first(
    filled: Store, query: dict[str, Any], expected: list[str]
) -> None:
    """All conditions hold at once; since is included, until is not."""
    assert await ids(filled, **query) == expected


async def test_pages_hold_every_call_once(store: Store) -> None:
    """Paging by cursor misses none and repeats none, even among calls of the same instant."""
    every = [f"call_{n:02}" for n in range(11)]
    for n, call_id in enumerate(every):
        await store.add_call(a_call(call_id, started_at=at(n // 4)))
    seen: list[str] = []
    while page := await ids(store, limit=3, before=seen[-1] if seen else None):
        seen += page
    assert seen == every[::-1]


async def test_a_new_call_does_not_move_the_next_page(store: Store) -> None:
    """A cursor is a call, not a count: what begins meanwhile changes no later page."""
    for n in range(4):
        await store.add_call(a_call(f"call_{n}", started_at=at(n)))
    assert await ids(store, limit=2) == ["call_3", "call_2"]
    await store.add_call(a_call("call_9", started_at=at(9)))
    assert await ids(store, limit=2, before="call_2") == ["call_1", "call_0"]


async def test_turns_are_loaded_only_if_asked_for(store: Store) -> None:
    """Whole calls have their own turns and tool calls, others have none."""
    call = a_full_call()
    await store.add_call(call)
    await store.add_call(a_call("call_bare"))
    (first, second) = await store.find_calls(whole=True)
    assert {first.id: first, second.id: second} == {call.id: call, "call_bare": a_call("call_bare")}
    (found,) = await store.find_calls(direction="outbound")
    assert (found.turns, found.tool_calls, found.outcome) == ((), (), call.outcome)


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_a_limit_has_limits(store: Store, limit: int) -> None:
    """No page is empty by request, and none is endless."""
    with pytest.raises(ValueError, match="limit"):
        await store.find_calls(limit=limit)
