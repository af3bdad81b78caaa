"""Questions to other processes of the database, and their answers, as letters.

PostgreSQL wakes whom a letter is for. On SQLite, and should the connection for that be lost, each
looks for its own, often as soon as there are others.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from loguru import logger

from bot.colleagues.questions import Question, packed, unpacked
from bot.store import Letter, Store, StoreError, new_process_id
from bot.tasks import TaskSet

BEAT_SECS = 5.0
SILENT_SECS = 15.0  # a process that says that it lives every 5 s is dead, or its machine is
LOOK_SECS = 1.0  # where there are others
ASKED_SECS = 0.1  # while an answer is awaited
LETTER_SECS = 60.0  # a letter that nobody has read by then is for nobody
FORGET_SECS = 3600.0  # a process that has not been heard of for so long
AGAIN_SECS = 2.0  # after a failure of the database

Answer = Callable[[Question], Awaitable[Mapping[str, Any]]]


class Mail:
    """The letters of this process, which has an id of its own."""

    def __init__(self, store: Store) -> None:
        self.id = new_process_id()
        self._store = store
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._tasks = TaskSet()
        self._woken = asyncio.Event()
        self._listens = False
        self._others = False  # there are some

    async def ask(
        self, receiver: str, question: Question, *, within_secs: float
    ) -> Mapping[str, Any] | None:
        """What that process answers; None: it is not there, or does not say in time."""
        number = next(self._numbers)
        future: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = future
        try:
            async with asyncio.timeout(within_secs):
                if not await self._store.processes.is_there(receiver, for_secs=SILENT_SECS):
                    return None
                await self._send(receiver, number, packed(question), is_answer=False)
                self._woken.set()  # it looks often from now on
                return await future
        except TimeoutError:
            logger.warning("another process does not answer", event="colleague_silent")
        except StoreError as error:
            logger.warning("another process is not asked: {}", error, event="colleague_not_asked")
        finally:
            del self._asked[number]
        return None

    async def alive(self) -> list[str]:
        """The other processes. Raises StoreError."""
        found = await self._store.processes.alive(SILENT_SECS)
        return [each for each in found if each != self.id]

    async def run(self, answer: Answer) -> None:
        """Says that this process lives, and has what it is asked answered, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_beating())
            tasks.create_task(self._keep_reading(answer))
            if self._store.can_listen:
                tasks.create_task(self._keep_listening())

    async def leave(self) -> None:
        """This process serves no more. Raises nothing."""
        try:
            await self._store.processes.leave(self.id)
        except StoreError as error:
            logger.warning("{}", error, event="process_not_struck_off")

    async def _keep_beating(self) -> None:
        for turn in itertools.count():
            try:
                await self._store.processes.beat(self.id, listens=self._listens)
                others, self._others = self._others, bool(await self.alive())
                if self._others and not others:
                    self._woken.set()
                if turn % 12 == 0:
                    await self._store.processes.forget(FORGET_SECS)
                    await self._store.letters.forget(LETTER_SECS)
            except StoreError as error:
                logger.warning("{}", error, event="heartbeat_lost")
            await asyncio.sleep(BEAT_SECS)

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._store.listen(self.id, self._heard)
            except StoreError as error:
                logger.warning(
                    "letters of other processes are looked for once a second: {}",
                    error,
                    event="not_listening",
                )
            self._listens = False
            # Else others take the lost connection for the end of this process.
            await _quietly(self._store.processes.beat(self.id, listens=False))
            await asyncio.sleep(AGAIN_SECS)

    def _heard(self) -> None:
        if not self._listens:
            self._listens = True
            beat = self._store.processes.beat(self.id, listens=True)
            self._tasks.start(_quietly(beat), name="listening")
        self._woken.set()

    async def _keep_reading(self, answer: Answer) -> None:
        while True:
            self._woken.clear()
            try:
                for letter in await self._store.letters.take(self.id):
                    self._read(letter, answer)
                pause_secs = self._pause_secs
            except StoreError as error:
                logger.warning("{}", error, event="letters_not_read")
                pause_secs = AGAIN_SECS
            try:
                async with asyncio.timeout(pause_secs):
                    await self._woken.wait()
            except TimeoutError:
                pass

    @property
    def _pause_secs(self) -> float:
        if self._asked and not self._listens:
            return ASKED_SECS
        return LOOK_SECS if self._others else BEAT_SECS

    def _read(self, letter: Letter, answer: Answer) -> None:
        if not letter.is_answer:
            self._tasks.start(self._answer(letter, answer), name="answer")
            return
        future = self._asked.get(letter.number)
        if future is not None and not future.done():
            future.set_result(letter.body)

    async def _answer(self, letter: Letter, answer: Answer) -> None:
        try:
            question = unpacked(letter.body)
        except (KeyError, TypeError) as error:
            logger.error(
                "another process asks what is not known here: {!r}",
                error,
                event="colleague_not_understood",
            )
            return
        try:
            body = await answer(question)
            await self._send(letter.sender, letter.number, body, is_answer=True)
        except StoreError as error:
            logger.warning("{}", error, event="colleague_not_answered")
        except Exception:
            logger.exception("answering another process failed", event="colleague_not_answered")

    async def _send(
        self, receiver: str, number: int, body: Mapping[str, Any], *, is_answer: bool
    ) -> None:
        letter = Letter(
            receiver=receiver,
            sender=self.id,
            number=number,
            is_answer=is_answer,
            body=dict(body),
        )
        await self._store.letters.send(letter)


async def _quietly(work: Awaitable[None]) -> None:
    try:
        await work
    except StoreError as error:
        logger.warning("{}", error, event="heartbeat_lost")
