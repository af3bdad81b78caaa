"""Numbers never to be called again: the first entry stays, for ever."""

from store_samples import CALLER, LINE, NOON, at

from bot.store import Store, Suppression


async def test_the_first_entry_stays(store: Store) -> None:
    """When and how somebody opted out is never overwritten."""
    first = Suppression(number=CALLER, at=NOON, source="call", call_id="call_a", note="said so")
    assert await store.suppressions.add(first)
    assert not await store.suppressions.add(Suppression(number=CALLER, at=at(5), source="cli"))
    assert await store.suppressions.get(CALLER) == first
    assert await store.suppressions.get(LINE) is None


async def test_many_numbers_are_looked_up_at_once(store: Store) -> None:
    """Ten thousand numbers, of which two are on the list."""
    for number in (CALLER, LINE):
        await store.suppressions.add(Suppression(number=number, at=NOON, source="import"))
    numbers = [f"+1777{n:07}" for n in range(10_000)]
    found = await store.suppressions.find([CALLER, *numbers, LINE])
    assert found.keys() == {CALLER, LINE}


async def test_many_entries_at_once(store: Store) -> None:
    """Those that are new are counted; a number that stands twice among them is one."""
    one, again, other = (
        Suppression(number=number, at=at(n), source="import")
        for n, number in enumerate((CALLER, CALLER, LINE))
    )
    assert await store.suppressions.add_all([one, again, other]) == 2
    assert await store.suppressions.add_all([again]) == 0
    assert await store.suppressions.get(CALLER) == one


async def test_the_list_is_paged_and_an_operator_may_remove_one(store: Store) -> None:
    numbers = sorted(f"+1777{n:07}" for n in range(5))
    for number in numbers:
        await store.suppressions.add(Suppression(number=number, at=NOON, source="cli"))
    first = await store.suppressions.list(limit=3)
    second = await store.suppressions.list(limit=3, after=first[-1])
    assert [each.number for each in [*first, *second]] == numbers
    assert await store.suppressions.remove(numbers[0], at=NOON, by="ann")
    assert not await store.suppressions.remove(numbers[0], at=NOON, by="ann")
    assert len(await store.suppressions.list()) == 4


async def test_what_is_taken_off_is_kept_with_by_whom_and_by_what_consent(store: Store) -> None:
    """The list forgets nothing: what stood there, and why it does no more, the newest first."""
    entry = Suppression(number=CALLER, at=NOON, source="call", call_id="call_a", note="said so")
    for secs, consent in ((10, "She rang on 2 March: call me again"), (20, "")):
        await store.suppressions.add(entry)
        assert await store.suppressions.remove(CALLER, at=at(secs), by="ann", consent=consent)
    assert await store.suppressions.get(CALLER) is None
    await store.suppressions.add(Suppression(number=LINE, at=NOON, source="cli"))
    await store.suppressions.remove(LINE, at=at(5), by="bob")
    kept = await store.suppressions.taken_back(CALLER)
    assert [(each.at, each.consent) for each in kept] == [
        (at(20), ""),
        (at(10), "She rang on 2 March: call me again"),
    ]
    assert (kept[0].suppressed_at, kept[0].source, kept[0].call_id, kept[0].note, kept[0].by) == (
        NOON,
        "call",
        "call_a",
        "said so",
        "ann",
    )
    assert len(await store.suppressions.taken_back()) == 3


async def test_who_is_erased_is_erased_from_what_was_taken_off(store: Store) -> None:
    """That it happened stays; of whom, and what they said, does not."""
    await store.suppressions.add(Suppression(number=CALLER, at=NOON, source="call", note="Ada"))
    await store.suppressions.remove(CALLER, at=at(1), by="ann", consent="Ada wrote on 2 March")
    await store.erase_number(CALLER)
    [kept] = await store.suppressions.taken_back()
    assert (kept.number, kept.note, kept.consent, kept.by) == ("", "", "", "ann")
