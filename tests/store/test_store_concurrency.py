"""Many at once, and ends without warning: what was acknowledged is there."""

import asyncio
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import NoneType

import asyncpg
import pytest
from sqlalchemy import Connection, event, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from store_samples import CALLER, COMPLETED, a_call, a_turn, at

from bot.store import KeyTaken, Outcome, Store, StoreError, migrate
from bot.store.database import Database
from bot.store.engine import SQLITE_CONNECTIONS, make_engine, read_url
from bot.store.tables import calls


async def test_two_endings_at_once_have_one_winner(database_url: str) -> None:
    """Whatever store and task they come from, one ending is told it won, and it is stored."""
    stores = [await Store.open(database_url) for _ in range(2)]
    for round_number in range(10):
        call_id = f"call_{round_number}"
        await stores[0].add_call(a_call(call_id))
        outcomes = [Outcome(result="completed", reason=f"reason_{n}") for n in range(4)]
        won = await asyncio.gather(
            *(
                stores[n % 2].end_call(call_id, status="completed", outcome=outcome, ended_at=at(n))
                for n, outcome in enumerate(outcomes)
            )
        )
        assert won.count(True) == 1
        call = await stores[1].get_call(call_id)
        assert call is not None
        assert (call.outcome, call.ended_at) == (outcomes[won.index(True)], at(won.index(True)))
    for store in stores:
        await store.close()


async def test_of_many_orders_with_one_key_one_is_stored(database_url: str) -> None:
    """Whatever process they come to: the others are told that the key is taken."""
    stores = [await Store.open(database_url) for _ in range(2)]
    for key in ("one", "two", "three"):
        told = await asyncio.gather(
            *(stores[n % 2].add_call(a_call(f"call_{key}_{n}", key=key)) for n in range(8)),
            return_exceptions=True,
        )
        assert told.count(None) == 1
        assert all(isinstance(error, KeyTaken) for error in told if error is not None)
        winner = await stores[1].get_call_of_key(key)
        assert winner is not None
        assert winner.id == f"call_{key}_{told.index(None)}"
    for store in stores:
        await store.close()


async def test_fifty_writers(database_url: str) -> None:
    """Fifty calls write turns at the same time through two stores, and none is lost."""
    stores = [await Store.open(database_url) for _ in range(2)]

    async def live(n: int) -> None:
        store, call_id = stores[n % 2], f"call_{n:02}"
        await store.add_call(a_call(call_id, started_at=at(n)))
        for turn in range(4):
            await store.put_turn(call_id, a_turn(f"turn_{turn}", started_at=at(turn)))
        await store.set_call(call_id, status="in-progress")
        assert await store.end_call(
            call_id, status="completed", outcome=COMPLETED, ended_at=at(n + 9)
        )

    await asyncio.gather(*(live(n) for n in range(50)))
    found = await stores[0].find_calls(status="completed", whole=True)
    assert len(found) == 50
    assert {len(call.turns) for call in found} == {4}
    for store in stores:
        await store.close()


@pytest.mark.realtime
async def test_a_killed_writer_loses_nothing_it_was_told_is_stored(database_url: str) -> None:
    """kill -9 in the middle of a stream of turns: each acknowledged one can be read."""
    store = await Store.open(database_url)
    await store.add_call(a_call())
    script = (
        "import asyncio, sys; from bot.clock import utcnow\n"
        "from bot.store import Store, TurnRecord\n"
        "async def main():\n"
        "    store = await Store.open(sys.argv[1])\n"
        "    for n in range(1_000_000):\n"
        "        turn = TurnRecord(key=f't{n}', role='caller', text='x' * 500,\n"
        "                          started_at=utcnow())\n"
        "        await store.put_turn('call_a', turn)\n"
        "        sys.stdout.write(f't{n}\\n'); sys.stdout.flush()\n"
        "asyncio.run(main())"
    )
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, database_url, stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    acknowledged = [await writer.stdout.readline() for _ in range(40)]
    writer.kill()
    acknowledged += (await writer.stdout.read()).splitlines(keepends=True)
    await writer.wait()
    keys = {line.decode().strip() for line in acknowledged if line.endswith(b"\n")}
    call = await store.get_call("call_a")
    assert call is not None
    assert len(keys) >= 40
    assert keys <= {turn.key for turn in call.turns}
    await store.put_turn("call_a", a_turn("after"))  # the dead writer holds no lock
    await store.close()


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    return tmp_path / "calls.db"


@pytest.fixture
def holder(sqlite_file: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else's connection to the same file."""
    with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as connection:
        yield connection


@pytest.mark.realtime
async def test_a_locked_file_is_waited_for(sqlite_file: Path, holder: sqlite3.Connection) -> None:
    """A write outlasts another program's lock, past SQLite's own patience; reads go on."""
    store = await Store.open(f"sqlite:///{sqlite_file}?timeout=0.01")
    await store.add_call(a_call())
    holder.execute("BEGIN IMMEDIATE")
    write = asyncio.create_task(store.put_turn("call_a", a_turn()))
    done, _ = await asyncio.wait({write}, timeout=0.3)  # many times SQLite's 0.01 s
    assert not done
    assert await store.get_call("call_a") == a_call()
    holder.execute("ROLLBACK")
    await write
    assert await store.get_call("call_a") == a_call(turns=(a_turn(),))
    await store.close()


async def test_a_write_starts_with_the_lock(sqlite_file: Path, holder: sqlite3.Connection) -> None:
    """What a write reads first still holds when it writes: its work runs behind the lock."""
    store = await Store.open(f"sqlite:///{sqlite_file}")
    await store.add_call(a_call())
    url = read_url(f"sqlite:///{sqlite_file}?timeout=0.01")
    database = Database(make_engine(url, wait_secs=1))
    holder.execute("BEGIN IMMEDIATE")
    runs = 0

    async def append(connection: AsyncConnection) -> None:
        nonlocal runs
        runs += 1
        agent = (await connection.execute(select(calls.c.agent))).scalar_one()
        await connection.execute(update(calls).values(agent=agent + "+"))

    write = asyncio.create_task(database.write("append", append))
    await asyncio.wait({write}, timeout=0.2)
    assert runs == 0
    holder.execute("UPDATE calls SET agent = 'errand'")
    holder.execute("COMMIT")
    await write
    assert runs == 1
    assert await store.get_call("call_a") == a_call(agent="errand+")
    await database.close()
    await store.close()


async def test_writes_that_wait_are_one_transaction(sqlite_file: Path) -> None:
    """Whoever has the turn to write on SQLite writes for all that wait, in the order they came."""
    await migrate(f"sqlite:///{sqlite_file}")
    engine = make_engine(read_url(f"sqlite:///{sqlite_file}"), wait_secs=1)
    database, commits, written = Database(engine), 0, []

    @event.listens_for(engine.sync_engine, "commit")
    def count(connection: Connection) -> None:
        nonlocal commits
        commits += 1

    async def write(n: int) -> int:
        async def work(connection: AsyncConnection) -> int:
            written.append(n)
            await connection.execute(update(calls).values(agent=f"agent {n}"))
            return n

        return await database.write("count", work)

    assert await asyncio.gather(*map(write, range(20))) == list(range(20))
    assert written == list(range(20))
    assert commits == 2  # the first alone, for nobody waited yet
    await database.close()


async def test_a_write_that_fails_costs_no_other(sqlite_file: Path) -> None:
    """Also of those that would have been one transaction: each is told how its own went."""
    store = await Store.open(f"sqlite:///{sqlite_file}")
    sids = ["CA1", "CA1", "CA2", "CA3"]
    told = await asyncio.gather(
        *(store.add_call(a_call(f"call_{n}", call_sid=sid)) for n, sid in enumerate(sids)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in told] == [NoneType, StoreError, NoneType, NoneType]
    assert {call.call_sid for call in await store.find_calls()} == set(sids)
    await store.close()


async def test_many_readers_make_no_threads(sqlite_file: Path) -> None:
    """A rush is read by the connections that are there: one more would be a thread of its own."""
    store = await Store.open(f"sqlite:///{sqlite_file}")
    before = threading.active_count()
    await asyncio.gather(*(store.get_call("call_a") for _ in range(100)))
    assert threading.active_count() <= before + SQLITE_CONNECTIONS
    await store.close()


@pytest.mark.realtime
async def test_a_cancelled_write_is_finished(sqlite_file: Path, holder: sqlite3.Connection) -> None:
    """Whoever asked may be cancelled: the write is made, and close waits for it."""
    store = await Store.open(f"sqlite:///{sqlite_file}")
    await store.add_call(a_call())
    holder.execute("BEGIN IMMEDIATE")
    write = asyncio.create_task(store.put_turn("call_a", a_turn()))
    await asyncio.wait({write}, timeout=0.05)
    write.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write
    closing_store = asyncio.create_task(store.close())
    holder.execute("ROLLBACK")
    await closing_store
    store = await Store.open(f"sqlite:///{sqlite_file}")
    assert await store.get_call("call_a") == a_call(turns=(a_turn(),))
    await store.close()


async def test_cancelled_reads_leave_the_store_usable(store: Store) -> None:
    """Requests that are given up do not use up connections."""
    await store.add_call(a_call())
    for _ in range(30):
        read = asyncio.create_task(store.get_call("call_a"))
        await asyncio.sleep(0)
        read.cancel()
        await asyncio.wait({read})
    assert await store.get_call("call_a") == a_call()


async def test_a_lost_connection_is_replaced(migrated_postgres: str) -> None:
    """A PostgreSQL server that dropped all connections is simply asked again."""
    store = await Store.open(migrated_postgres)
    await store.erase_number(CALLER)
    admin = await asyncpg.connect(migrated_postgres)
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await admin.close()
    assert await store.get_call("call_nobody") is None
    await store.close()


async def test_errors_hold_nothing_personal(store: Store) -> None:
    """Neither the message nor the chain of an error quotes the row it is about."""
    await store.add_call(a_call(call_sid="CA1"))
    with pytest.raises(StoreError) as caught:
        await store.add_call(a_call("call_b", call_sid="CA1"))
    assert caught.value.__suppress_context__
    assert CALLER not in str(caught.value)
