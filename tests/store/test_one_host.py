"""A SQLite file is one machine's: which one, and whether it still is."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.store import StoreError
from bot.store.one_host import BEAT_SECS, host_id, on_one_host


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'calls.db'}"


def sign(folder: Path) -> Path:
    return folder / "calls.db.host"


async def elapsed(start: float) -> float:
    return asyncio.get_running_loop().time() - start


async def test_a_second_machine_is_refused(tmp_path: Path) -> None:
    """While the first lives; the sentence says where it is and what to do."""
    async with on_one_host(url(tmp_path), host="one"):
        with pytest.raises(StoreError, match="in use on another machine .* PostgreSQL"):
            async with on_one_host(url(tmp_path), host="two"):
                pass
        assert json.loads(sign(tmp_path).read_text())["host"] == "one"


async def test_processes_of_one_machine_share_it(tmp_path: Path) -> None:
    """At once, in any order; those that stay keep it when one goes."""
    began = asyncio.get_running_loop().time()
    async with on_one_host(url(tmp_path)):
        async with on_one_host(url(tmp_path)):
            assert await elapsed(began) < 1
        await asyncio.sleep(2 * BEAT_SECS)
        with pytest.raises(StoreError):
            async with on_one_host(url(tmp_path), host="two"):
                pass
    assert not sign(tmp_path).exists()


async def test_who_takes_over_keeps_it_for_one_that_died(tmp_path: Path) -> None:
    """From the first moment, while it still writes."""
    sign(tmp_path).write_text(json.dumps({"host": host_id(), "name": "here", "beat": "1"}))
    async with on_one_host(url(tmp_path), takes_over=True):
        assert json.loads(sign(tmp_path).read_text())["beat"] != "1"
        with pytest.raises(StoreError):
            async with on_one_host(url(tmp_path), host="two"):
                pass
    assert not sign(tmp_path).exists()


async def test_after_a_clean_stop_any_machine_may_have_it(tmp_path: Path) -> None:
    """At once."""
    async with on_one_host(url(tmp_path), host="one"):
        pass
    began = asyncio.get_running_loop().time()
    async with on_one_host(url(tmp_path), host="two"):
        assert await elapsed(began) < 1


async def test_what_a_dead_machine_left_is_watched_and_taken(tmp_path: Path) -> None:
    """It was cut off, or booted anew: some seconds later the file is whoever's starts."""
    sign(tmp_path).write_text(json.dumps({"host": "one", "name": "old", "beat": "1"}))
    async with on_one_host(url(tmp_path), host="two"):
        assert json.loads(sign(tmp_path).read_text())["host"] == "two"


@pytest.mark.parametrize("left", ["", "{", "[]", '{"host": null}'])
async def test_a_sign_that_cannot_be_read_is_none(tmp_path: Path, left: str) -> None:
    """A start is not kept from it."""
    sign(tmp_path).write_text(left)
    async with on_one_host(url(tmp_path), host="two"):
        assert json.loads(sign(tmp_path).read_text())["host"] == "two"


async def test_a_failure_inside_leaves_no_sign(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        async with on_one_host(url(tmp_path)):
            raise RuntimeError
    assert not sign(tmp_path).exists()


async def test_postgresql_is_for_many_machines() -> None:
    """Nothing is looked at."""
    async with on_one_host("postgresql://nobody@127.0.0.1:1/none", host="one"):
        pass


def test_a_machine_has_one_name_for_all_its_processes() -> None:
    assert host_id() == host_id() != ""
