"""Versions of agents, on both databases."""

from datetime import UTC, datetime, timedelta

from bot.store import AgentVersion, Store, StoredAgent

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)


def version(hash_: str, hours: int, agent: str = "desk") -> StoredAgent:
    since = AT + timedelta(hours=hours)
    return StoredAgent(agent=agent, hash=hash_, since=since, text=f"# {hash_}", hours_text="")


async def test_a_version_is_in_force_since_it_was_first_told(store: Store) -> None:
    """Whoever tells of it again, later, learns that; it is kept once."""
    first = await store.agent_versions.in_force(version("aaa", 0))
    again = await store.agent_versions.in_force(version("aaa", 1))
    assert first == again == AgentVersion(hash="aaa", since=AT)
    assert await store.agent_versions.of("desk") == [version("aaa", 0)]


async def test_the_newest_comes_first_and_may_be_an_old_one_again(store: Store) -> None:
    """Agents are kept apart."""
    for hash_, hours in (("aaa", 0), ("bbb", 1), ("aaa", 2)):
        await store.agent_versions.in_force(version(hash_, hours))
    await store.agent_versions.in_force(version("ccc", 3, agent="shop"))
    found = await store.agent_versions.of("desk")
    assert [each.hash for each in found] == ["aaa", "bbb", "aaa"]
    assert await store.agent_versions.of("nobody") == []
