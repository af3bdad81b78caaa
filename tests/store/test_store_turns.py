"""Turns and tool calls: written as they happen, read in order."""

from dataclasses import replace

import pytest
from store_samples import a_call, a_tool_call, a_turn, at

from bot.store import Store, StoreError


async def test_a_turn_is_replaced_by_its_key(store: Store) -> None:
    """A turn that grows is one turn; the same key in another call is another turn."""
    await store.add_call(a_call("call_a"))
    await store.add_call(a_call("call_b"))
    await store.put_turn("call_a", a_turn(text="I would"))
    await store.put_turn("call_b", a_turn(text="Other"))
    grown = a_turn(
        role="agent", text="I would like", ended_at=at(2), interrupted=True, latency_ms=9
    )
    await store.put_turn("call_a", grown)
    assert await store.get_call("call_a") == a_call("call_a", turns=(grown,))
    assert await store.get_call("call_b") == a_call("call_b", turns=(a_turn(text="Other"),))


async def test_a_tool_call_gets_its_result(store: Store) -> None:
    """A tool call is stored when it starts, and again when it returned."""
    await store.add_call(a_call())
    await store.put_tool_call("call_a", a_tool_call())
    assert await store.get_call("call_a") == a_call(tool_calls=(a_tool_call(),))
    returned = a_tool_call(result={}, duration_ms=0, ok=False)
    await store.put_tool_call("call_a", returned)
    assert await store.get_call("call_a") == a_call(tool_calls=(returned,))


async def test_turns_are_ordered_by_start_then_key(store: Store) -> None:
    """Neither the order of writing nor the database's alphabet decides."""
    turns = (
        a_turn("item_B", started_at=at(1)),
        a_turn("item_a", started_at=at(1)),
        a_turn("item_0", started_at=at(1.000001)),
    )
    tool_calls = tuple(a_tool_call(turn.key, started_at=turn.started_at) for turn in turns)
    await store.add_call(a_call())
    for turn, tool_call in zip(reversed(turns), reversed(tool_calls), strict=True):
        await store.put_turn("call_a", turn)
        await store.put_tool_call("call_a", tool_call)
    assert await store.get_call("call_a") == a_call(turns=turns, tool_calls=tool_calls)


async def test_a_turn_needs_its_call(store: Store) -> None:
    """A turn or tool call of a call that is not stored is an error, not an orphan."""
    with pytest.raises(StoreError, match="what it belongs to is not stored"):
        await store.put_turn("call_nobody", a_turn())
    with pytest.raises(StoreError, match="what it belongs to is not stored"):
        await store.put_tool_call("call_nobody", a_tool_call())


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Grüße, 你好, مرحبا, 👩‍👩‍👧 'quoted' \"%s\" :name \\", None),
        ("before\0after", "before\ufffdafter"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("a split \ud83d\ude00 pair", "a split 😀 pair"),
        ("", None),
    ],
)
async def test_any_text_can_be_stored(store: Store, said: str, kept: str | None) -> None:
    """All of Unicode survives; what no database takes is replaced, and the turn is kept."""
    await store.add_call(a_call())
    await store.put_turn("call_a", a_turn(text=said))
    expected = a_turn(text=said if kept is None else kept)
    assert await store.get_call("call_a") == a_call(turns=(expected,))


async def test_any_json_can_be_stored(store: Store) -> None:
    """Arguments and results keep their types, and odd characters as they came."""
    value = {"你": ["😀", 1.5, None, True, {"deep": []}], "odd": "\0 \ud83d", "big": 2**53}
    tool_call = a_tool_call(arguments=value, result=value)
    await store.add_call(a_call())
    await store.put_tool_call("call_a", tool_call)
    assert await store.get_call("call_a") == a_call(tool_calls=(tool_call,))


async def test_what_is_not_json_is_refused(store: Store) -> None:
    """An object that JSON cannot hold is an error that names its type, and keeps no half."""
    await store.add_call(a_call())
    with pytest.raises(StoreError, match="not JSON serializable"):
        await store.put_tool_call("call_a", a_tool_call(arguments={"when": at(0)}))
    with pytest.raises(StoreError, match="not JSON serializable"):
        await store.add_call(
            replace(a_call("call_b"), tool_calls=(a_tool_call(arguments={"when": at(0)}),))
        )
    assert await store.get_call("call_a") == a_call()
    assert await store.get_call("call_b") is None
