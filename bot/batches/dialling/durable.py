"""Work that outlives the process that does it: DBOS, and all that we ask of it.

One queue for each batch, whose concurrency counts over all diallers and is shared evenly among
them, and one workflow for each attempt, under the attempt's own id: to enqueue it twice is to
enqueue it once. A workflow is one coroutine without steps of DBOS's own. Taken up again, after
whatever happened to the process before, it begins at the top and reads in the ledger how far it
is: there is one record of that and not two, and a new release goes on with what an old one began.

DBOS is told nothing of the contacts but ids, reports to no server, and keeps its tables in a SQLite
file beside ours or in a schema of its own in the same PostgreSQL database.
"""

import asyncio
import logging
import math
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowStatus
from loguru import logger

from bot.store import workflows_url

Reach = Callable[[str], Awaitable[None]]

# The same in every release: a dialler takes up only workflows of its own version.
APPLICATION_VERSION = "1"
SCHEMA = "trunkline_workflows"
CONNECTIONS = 5
THREADS = 16  # for what DBOS itself reads and writes
AT_ONCE = 100  # ids in one question: SQLite takes no thousand
CLAIM_EVERY_SECS = 0.5  # how long a free place in a queue stays empty at most
# What DBOS warns of, and is as it should be: a lowered concurrency, two diallers that look into a
# queue at the same moment, and what a dialler that stops has left undone.
_HARMLESS = (
    "exceeds the global concurrency limit",
    "Contention detected in queue thread",
    "Asyncio task cancelled for workflow",
)
_UNDER_WAY = ["ENQUEUED", "DELAYED", "PENDING"]


class Durable:
    """DBOS in this process, of which there can be one."""

    def __init__(self, reach: Reach, *, dialler_id: str) -> None:
        self._reach = reach
        self._dialler_id = dialler_id
        self._workflow = self._registered()
        self._running: dict[asyncio.Task[None], str] = {}  # with the ids of their workflows
        self._stranded: set[str] = set()  # workflows that are ours and did not run, last time
        self._places: dict[str, tuple[int, int]] = {}  # of each queue, as they were last set
        self._closed = False

    @classmethod
    async def open(cls, *, database_url: str, dialler_id: str, reach: Reach) -> "Durable":
        """Begins to work on what is enqueued, in this loop; `reach` gets the ids of attempts."""
        _log_quietly()
        url = workflows_url(database_url)
        config: DBOSConfig = {
            "name": "trunkline",
            "system_database_url": url,
            "application_version": APPLICATION_VERSION,
            "executor_id": dialler_id,
            "dbos_system_schema": SCHEMA,
            "sys_db_pool_size": CONNECTIONS,
            "max_executor_threads": THREADS,
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        DBOS(config=config)
        durable = cls(reach, dialler_id=dialler_id)
        await asyncio.to_thread(_write_ahead, url)
        DBOS.launch()  # not in a thread: workflows run in the loop that it is called in
        return durable

    async def close(self, *, within_secs: float) -> None:
        """Takes up nothing more, and lets what is under way finish for so long; what has not by
        then is left as after a crash, for others.
        """
        if self._closed:
            return
        self._closed = True
        # Its threads are those of this loop: others, who still work and close after it, get new
        # ones before those go.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(
            DBOS.destroy, destroy_registry=True, workflow_completion_timeout_sec=int(within_secs)
        )
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    @property
    def running(self) -> int:
        """How many workflows are under way in this process."""
        return len(self._running)

    async def set_queue(self, batch_id: str, *, concurrency: int, diallers: int = 1) -> None:
        """Lets so many workflows of the batch be under way over all diallers, of whom there are so
        many, and of these its even share, rounded up, in each; also while the batch goes on.

        Without shares, whoever looks first after places have become free takes all of them, and
        since all look equally often, that may be the same one for the whole of a batch. It would
        hold all calls of the batch, and their places until its silence is noticed if it dies.
        """
        places = concurrency, math.ceil(concurrency / diallers)
        if self._places.get(batch_id) != places:
            await DBOS.register_queue_async(
                batch_id,
                global_concurrency=concurrency,
                worker_concurrency=places[1],
                polling_interval_sec=CLAIM_EVERY_SECS,
                on_conflict="always_update",
            )
            self._places[batch_id] = places

    async def queues(self) -> list[str]:
        """The batches that have a queue."""
        return [queue.name for queue in await DBOS.list_queues_async()]

    async def drop_queue(self, batch_id: str) -> None:
        """The batch is over: its queue goes, and the records of its workflows."""
        self._places.pop(batch_id, None)
        await DBOS.delete_queue_async(batch_id)
        done = await _list(queue_name=batch_id)
        for ids in _chunks([each.workflow_id for each in done]):
            await DBOS.delete_workflows_async(ids)

    async def enqueue(self, batch_id: str, attempt_id: str) -> None:
        """Has the attempt made, once, however often this is asked."""
        with SetWorkflowID(attempt_id):
            await DBOS.enqueue_workflow_async(batch_id, self._workflow, attempt_id)

    async def enqueue_lost(self, batch_id: str, attempt_ids: Collection[str]) -> None:
        """Enqueues those of these open attempts that no workflow is about: the process died
        before it enqueued them, or DBOS's tables are gone, or it gave a workflow up.
        """
        known: list[WorkflowStatus] = []
        for ids in _chunks(list(attempt_ids)):
            known += await _list(workflow_id_prefix=ids)
        under_way = {_attempt_of(each) for each in known if each.status in _UNDER_WAY}
        for attempt_id in attempt_ids:
            if attempt_id in under_way:
                continue
            given_up = sum(_attempt_of(each) == attempt_id for each in known)
            if given_up:
                logger.error(
                    "attempt {} was given up by its workflow: it is resumed",
                    attempt_id,
                    event="attempt_resumed",
                )
            with SetWorkflowID(f"{attempt_id}~{given_up}" if given_up else attempt_id):
                await DBOS.enqueue_workflow_async(batch_id, self._workflow, attempt_id)

    async def executors(self) -> set[str]:
        """The diallers that workflows are under way in, dead ones included."""
        pending = await _list(status="PENDING")
        return {each.executor_id for each in pending if each.executor_id}

    async def recover(self, dialler_id: str) -> None:
        """Puts what a dead dialler had under way back into its queues: its places are free again,
        and whoever has one goes on. What has gone on already is left alone.
        """
        await asyncio.to_thread(DBOS._recover_pending_workflows, [dialler_id])

    async def resume_stranded(self) -> None:
        """Puts back into their queues what this dialler was given and does not run: DBOS notes who
        has a workflow before it begins it, and may fail in between.

        One that has only just been given, or has just ended, looks the same for a moment: it has
        to be found so twice in a row.
        """
        running = set(self._running.values())
        ours = [
            each
            for each in await _list(status="PENDING")
            if each.executor_id == self._dialler_id and each.workflow_id not in running
        ]
        for each in ours:
            if each.workflow_id in self._stranded and not self._closed:
                logger.warning(
                    "workflow {} belonged to no process: it is resumed",
                    each.workflow_id,
                    event="workflow_resumed",
                )
                await DBOS.resume_workflow_async(each.workflow_id, queue_name=each.queue_name)
        self._stranded = {each.workflow_id for each in ours} - self._stranded

    def _registered(self) -> Callable[[str], Coroutine[Any, Any, None]]:
        @DBOS.workflow(name="reach", max_recovery_attempts=None)
        async def workflow(attempt_id: str) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running[task] = DBOS.workflow_id or attempt_id
            try:
                await self._reach(attempt_id)
            finally:
                del self._running[task]

        return workflow


async def _list(
    *,
    status: str | None = None,
    queue_name: str | None = None,
    workflow_id_prefix: list[str] | None = None,
) -> list[WorkflowStatus]:
    return await DBOS.list_workflows_async(
        status=status,
        queue_name=queue_name,
        workflow_id_prefix=workflow_id_prefix,
        load_input=False,
        load_output=False,
    )


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for begin in range(0, len(ids), AT_ONCE):
        yield ids[begin : begin + AT_ONCE]


def _attempt_of(workflow: WorkflowStatus) -> str:
    return workflow.workflow_id.partition("~")[0]


def _write_ahead(url: str) -> None:
    """Readers and the writer of a SQLite file do not wait for each other."""
    path = url.removeprefix("sqlite:///")
    if path != url:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")


def _log_quietly() -> None:
    """What DBOS says goes where everything goes, and only what may need the operator."""
    log = logging.getLogger("dbos")
    if not log.handlers:
        log.addHandler(logging.NullHandler())  # else it brings a console of its own
    if _wanted not in log.filters:
        log.addFilter(_wanted)


def _wanted(record: logging.LogRecord) -> bool:
    return not any(words in str(record.msg) for words in _HARMLESS)
