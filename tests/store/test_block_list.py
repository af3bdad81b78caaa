"""The list of callers who are not let in, and the count of a caller's calls."""

from datetime import timedelta

import pytest
from store_samples import CALLER, LINE, NOON, a_call

from bot.store import BlockedRecord, Outcome, Store


def entry(pattern: str, agent: str = "", note: str = "") -> BlockedRecord:
    return BlockedRecord(pattern=pattern, agent=agent, at=NOON, source="cli", note=note)


async def blocked_for(store: Store, number: str) -> set[str]:
    return set((await store.block_list.look_up(number, since=NOON)).blocked_for)


async def test_an_entry_is_kept_once_for_each_line(store: Store) -> None:
    """The first one stays; another line has one of its own."""
    assert await store.block_list.add(entry(CALLER, note="first"))
    assert not await store.block_list.add(entry(CALLER, note="second"))
    assert await store.block_list.add(entry(CALLER, agent="front"))
    assert [one.note for one in await store.block_list.find(limit=5)] == ["first", ""]
    assert await blocked_for(store, CALLER) == {"", "front"}
    assert await store.block_list.remove(CALLER, "")
    assert not await store.block_list.remove(CALLER, "")
    assert await blocked_for(store, CALLER) == {"front"}


@pytest.mark.parametrize(
    ("pattern", "number", "found"),
    [
        ("+1555*", "+15552223333", True),
        ("+1556*", "+15552223333", False),
        ("+1*", "+15552223333", True),
        ("+15552223333*", "+15552223333", True),
        ("+155522233331*", "+15552223333", False),
        ("+525512345678", "+5215512345678", True),
        ("+521*", "+525512345678", True),
        ("%", "+15552223333", False),
        ("+1_55*", "+15552223333", False),
    ],
)
async def test_beginnings_of_numbers(store: Store, pattern: str, number: str, found: bool) -> None:
    """In each spelling of the number; no sign but the star at the end stands for others."""
    await store.block_list.add(entry(pattern))
    assert bool(await blocked_for(store, number)) is found


async def test_the_list_is_paged(store: Store) -> None:
    for pattern, agent in (("+1900*", ""), ("+1900*", "a"), ("+1901*", "")):
        await store.block_list.add(entry(pattern, agent))
    first = await store.block_list.find(limit=2)
    last = first[-1].pattern, first[-1].agent
    assert [one.pattern for one in await store.block_list.find(limit=2, after=last)] == ["+1901*"]


async def test_calls_of_a_number_are_counted(store: Store) -> None:
    """Those that came in after the moment, from this number, and were not turned away."""
    since = NOON - timedelta(hours=1)

    def call(name: str, mins: float, **facts: object) -> object:
        started = {"started_at": NOON - timedelta(minutes=mins), "from_number": CALLER}
        common = {"id": name, "call_sid": name, "direction": "inbound", "to_number": LINE}
        return a_call(**{**common, **started, **facts})

    turned_away = Outcome(result="turned_away", reason="blocked", summary="")
    for one in (
        call("now", 0),
        call("within", 59.9),
        call("at_the_hour", 60),
        call("before", 61),
        call("another", 1, from_number="+15559998888"),
        call("placed_by_us", 1, direction="outbound"),
        call("kept_out", 1, outcome=turned_away),
        call("over", 1, outcome=Outcome(result="completed", reason="goodbye", summary="")),
    ):
        await store.add_call(one)
    assert (await store.block_list.look_up(CALLER, since=since)).calls == 3


async def test_erasing_a_number_leaves_the_block(store: Store) -> None:
    """Without the note."""
    await store.block_list.add(entry(CALLER, note="Mr Smith, dials all night"))
    await store.erase_number(CALLER)
    (left,) = await store.block_list.find(limit=5)
    assert (left.pattern, left.note) == (CALLER, "")
