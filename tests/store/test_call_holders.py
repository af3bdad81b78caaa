"""Which process has a call: one takes it by its stream, one takes it over, and nobody else."""

import asyncio

import pytest
from store_samples import a_call

from bot.store import Outcome, Store, digest_of

DIGEST = digest_of("token") or ""


@pytest.fixture
async def store(store: Store) -> Store:
    """With one open call of the process "one", which awaits a stream."""
    call = a_call(id="call_a", ended_at=None, outcome=None, holder="one", stream_digest=DIGEST)
    await store.add_call(call)
    return store


async def test_one_claims_a_call_by_its_stream(store: Store) -> None:
    """However many do at once."""
    claims = [store.holders.claim("call_a", stream_digest=DIGEST, by=each) for each in "xyz"]
    assert sorted(await asyncio.gather(*claims)) == [False, False, True]
    assert await store.holders.of("call_a") in ("x", "y", "z")
    assert not await store.holders.claim("call_a", stream_digest=DIGEST, by="one")


@pytest.mark.parametrize("digest", ["", digest_of("another"), "token"])
async def test_another_stream_claims_nothing(store: Store, digest: str) -> None:
    """Nor does the token itself: what is stored is no token."""
    assert not await store.holders.claim("call_a", stream_digest=digest, by="x")
    assert await store.holders.of("call_a") == "one"


async def test_one_takes_over(store: Store) -> None:
    """Of two who find the same process gone."""
    takes = [store.holders.take("call_a", before="one", by=each) for each in "xy"]
    assert sorted(await asyncio.gather(*takes)) == [False, True]
    assert not await store.holders.take("call_a", before=None, by="z")


async def test_what_is_over_is_nobodys(store: Store) -> None:
    """It is not found, claimed or taken."""
    outcome = Outcome(result="completed", reason="goodbye")
    await store.end_call(
        "call_a", status="completed", outcome=outcome, ended_at=a_call().started_at
    )
    assert await store.holders.of("call_a") is None
    assert not await store.holders.claim("call_a", stream_digest=DIGEST, by="x")
    assert not await store.holders.take("call_a", before="one", by="x")


async def test_a_call_of_a_version_that_named_nobody(store: Store) -> None:
    """It can be taken over, once."""
    await store.add_call(a_call(id="call_b", call_sid="CAb", ended_at=None, outcome=None))
    assert await store.holders.of("CAb") is None
    assert await store.holders.take("call_b", before=None, by="x")
    assert await store.holders.of("CAb") == "x"


def test_no_token_is_no_digest() -> None:
    assert digest_of("") is None
    assert digest_of("token") != "token"
