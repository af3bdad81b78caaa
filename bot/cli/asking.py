"""How commands reach the services of batches and the store: without the running service."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.cli.console import give_up, out, run
from bot.cli.service import ServiceCalls
from config import load_settings

if TYPE_CHECKING:
    from bot.batch_services import BatchServices
    from bot.batches.batch_reports import BatchReports
    from bot.batches.service import BatchService
    from bot.batches.suppression_list import SuppressionList
    from bot.store import Store

T = TypeVar("T")


def ask(asking: "Callable[[BatchServices], Awaitable[T]]") -> T:
    """What the services answer; what they refuse is one line, exit code 2 for bad input, else 1."""
    from bot.batch_services import open_batch_services

    settings = load_settings()

    async def answer() -> T:
        async with open_batch_services(settings, live_calls=ServiceCalls(settings)) as services:
            return await asking(services)

    return _answered(answer())


def ask_batches(asking: "Callable[[BatchService], Awaitable[T]]") -> T:
    """The same of batches that are there: a broken agent file keeps nobody from stopping one."""
    from bot.batches.service import BatchService
    from bot.clock import utcnow

    calls = ServiceCalls(load_settings())
    return _answered(
        _of_store(lambda store: asking(BatchService(store=store, live_calls=calls, now=utcnow)))
    )


def ask_reports(asking: "Callable[[BatchReports], Awaitable[T]]") -> T:
    """The same of what became of them."""
    from bot.batches.batch_reports import BatchReports

    return _answered(_of_store(lambda store: asking(BatchReports(store=store))))


def ask_suppressions(asking: "Callable[[SuppressionList], Awaitable[T]]") -> T:
    """The same of the numbers that are never called, likewise."""
    from bot.batches.suppression_list import SuppressionList
    from bot.clock import utcnow

    return _answered(_of_store(lambda store: asking(SuppressionList(store=store, now=utcnow))))


async def whole(pieces: "Awaitable[AsyncIterator[str]]") -> str:
    """A text that comes in pieces."""
    return "".join([piece async for piece in await pieces])


def ask_store(asking: "Callable[[Store], Awaitable[T]]") -> T:
    """What the store answers."""
    return run(_of_store(asking))


async def _of_store(asking: "Callable[[Store], Awaitable[T]]") -> T:
    from bot.store.one_host import open_store

    async with open_store(load_settings().database_url) as store:
        return await asking(store)


def _answered(answer: Coroutine[Any, Any, T]) -> T:
    from bot.batches.errors import Malformed, RequestRefused

    try:
        return run(answer)
    except Malformed as refused:
        give_up(str(refused), code=2)
    except RequestRefused as refused:
        give_up(str(refused), code=1)


def read_file(path: Path) -> bytes:
    """The content of a file that the user named."""
    try:
        return path.read_bytes()
    except OSError as error:
        give_up(f"{path}: {error.strerror or error}")


def write_file(path: Path | None, text: str, *, encoding: str = "utf-8") -> None:
    """Into the file that the user named; None: to stdout."""
    if path is None:
        sys.stdout.write(text)
        return
    try:
        path.write_text(text, encoding=encoding, newline="")
    except OSError as error:
        give_up(f"{path}: {error.strerror or error}")
    out.print(f"written to {path}", highlight=False, markup=False, soft_wrap=True)


def pairs(given: list[str] | None, *, option: str) -> dict[str, str]:
    """name=value, of an option that may be given several times."""
    split = [text.partition("=") for text in given or ()]
    for name, equals, _ in split:
        if not name or not equals:
            give_up(f"{option}: {name!r} is not of the form name=value")
    return {name: value for name, _, value in split}


def clock(moment: datetime | None) -> str:
    """A time as people here read it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else "-"


def moment(text: str, *, option: str) -> datetime:
    """A time as a user wrote it; without an offset, of this machine's clock."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        give_up(f"{option}: write a time like 2026-11-24T09:00 or 2026-11-24T09:00-05:00")
