"""Finding calls by what people know of them, on both databases."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import text
from store_samples import CALLER, LINE, a_call, a_turn, at

from bot.store import CallFilter, CallRecord, Outcome, Store
from bot.store.call_search import _query
from bot.store.engine import make_engine, read_url


def a_past_call(number: int, **changes: object) -> CallRecord:
    call = a_call(f"call_{number:03}", call_sid=f"CA{number}", started_at=at(number))
    return replace(call, **changes)  # type: ignore[arg-type]


def ids(found: Sequence[CallRecord]) -> list[str]:
    return [call.id for call in found]


async def test_calls_are_found(store: Store) -> None:
    """By each thing alone, and by all together; the newest first."""
    await store.add_call(a_past_call(1, turns=(a_turn("a", text="We close at SIX, 100%."),)))
    await store.add_call(a_past_call(2, agent="errand", direction="outbound", to_number=CALLER))
    await store.add_call(a_past_call(3, from_number="+4930123456"))
    summary = Outcome(result="completed", reason="goodbye", summary="A booking for Maria.")
    await store.end_call("call_003", status="completed", outcome=summary, ended_at=at(99))
    for wanted, found in (
        (CallFilter(), [3, 2, 1]),
        (CallFilter(number=CALLER), [2, 1]),
        (CallFilter(number="030 123456"), [3]),
        (CallFilter(number="30123"), [3]),
        (CallFilter(number="99999"), []),
        (CallFilter(number="%"), []),
        (CallFilter(agent="errand"), [2]),
        (CallFilter(direction="inbound"), [3, 1]),
        (CallFilter(result="completed"), [3]),
        (CallFilter(text="close at six"), [1]),
        (CallFilter(text="100%"), [1]),
        (CallFilter(text="1_0"), []),
        (CallFilter(text="maria"), [3]),
        (CallFilter(since=at(2)), [3, 2]),
        (CallFilter(until=at(2)), [1]),
        (CallFilter(number=CALLER, text="six", direction="inbound", until=at(9)), [1]),
        (CallFilter(number=CALLER, text="maria"), []),
    ):
        assert ids(await store.search.find(wanted)) == [f"call_{n:03}" for n in found], wanted


async def test_page_by_page(store: Store) -> None:
    """Each call once, also where several began at the same moment."""
    for number in range(7):
        await store.add_call(a_past_call(number, started_at=at(number // 3)))
    pages, before = [], None
    while found := await store.search.find(CallFilter(number=LINE), limit=3, before=before):
        pages.append(ids(found))
        before = found[-1].id
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [one for page in pages for one in page] == [f"call_{n:03}" for n in range(6, -1, -1)]
    assert await store.search.find(CallFilter(), before="call_none") == []


@pytest.mark.parametrize(
    "wanted",
    [CallFilter(), CallFilter(result="failed"), CallFilter(agent="x"), CallFilter(text="x")],
)
async def test_a_list_is_read_in_its_order(
    store: Store, database_url: str, wanted: CallFilter
) -> None:
    """The newest come from an index: nothing is sorted, however many calls there are."""
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL decides by how much there is")
    engine = make_engine(read_url(database_url), wait_secs=5)
    query = _query(wanted).limit(50)
    compiled = query.compile(engine.sync_engine, compile_kwargs={"literal_binds": True})
    async with engine.connect() as connection:
        plan = " ".join(
            str(row[-1]) for row in await connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))
        )
    await engine.dispose()
    assert "ix_calls_started_at" in plan
    assert "TEMP B-TREE" not in plan
    if wanted.text:
        assert "SCAN turns" not in plan
