"""A worker's side of the channel: its peers, and the whole service it is part of."""

import asyncio
import itertools
import socket

from bot.calls import Act, HealthStatus, Reached
from bot.calls.packing import packed_update, unpacked_connection
from bot.carriers import Answer as CarrierAnswer
from bot.carriers import StatusUpdate
from bot.workers.channel import Channel, Hear
from bot.workers.messages import (
    ConnectQuestion,
    HangUpQuestion,
    Message,
    Question,
    QuestionAnswer,
    ReachQuestion,
    StatusNews,
    Whole,
)

ANSWER_SECS = 3.0  # the carrier waits 15 s for us; a peer who is not stuck needs 1 ms


class ParentLink:
    """`bot.calls.PeerWorkers` over the parent. Messages that are no answers go to `hear`."""

    def __init__(self, end: socket.socket, *, worker: int) -> None:
        self.hear: Hear = lambda message, connection: None
        self.channel = Channel(end, self._heard)
        self._worker = worker
        self._whole = HealthStatus()
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[QuestionAnswer]] = {}

    def standing(self) -> HealthStatus:
        """The health of the whole service, as the parent last reported it."""
        return self._whole

    async def hang_up(self, call_id: str, *, farewell: bool) -> bool:
        number = next(self._numbers)
        question = HangUpQuestion(
            number=number, asker=self._worker, call_id=call_id, farewell=farewell
        )
        return (await self._ask(question)).done

    async def reach(self, call_id: str, act: Act) -> Reached:
        number = next(self._numbers)
        question = ReachQuestion(
            number=number, asker=self._worker, call_id=call_id, kind=act.kind, text=act.text
        )
        return Reached((await self._ask(question)).reached)

    async def connect_again(self, call_id: str, call_sid: str) -> CarrierAnswer | None:
        number = next(self._numbers)
        question = ConnectQuestion(
            number=number, asker=self._worker, call_id=call_id, call_sid=call_sid
        )
        return unpacked_connection((await self._ask(question)).connected)

    def status(self, update: StatusUpdate) -> None:
        self.channel.send(StatusNews(update=packed_update(update)))

    async def _ask(self, question: Question) -> QuestionAnswer:
        future = asyncio.get_running_loop().create_future()
        self._asked[question.number] = future
        self.channel.send(question)
        try:
            return await asyncio.wait_for(future, ANSWER_SECS)
        except TimeoutError:
            return QuestionAnswer(number=question.number, asker=question.asker)
        finally:
            del self._asked[question.number]

    def _heard(self, message: Message, connection: socket.socket | None) -> None:
        match message:
            case QuestionAnswer(number=number):
                future = self._asked.get(number)
                if future is not None and not future.done():
                    future.set_result(message)
            case Whole():
                self._whole = message
            case _:
                self.hear(message, connection)
