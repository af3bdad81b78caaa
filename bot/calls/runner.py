"""The life of one call, from its announcement to the last note, top to bottom."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, assert_never

from loguru import logger

from bot.brains import ModelConfig
from bot.calls import actions as act
from bot.calls.call import Call
from bot.calls.closing import Closing
from bot.calls.colleagues import Colleagues, NoColleagues
from bot.calls.consultations import PeopleAsked, note_step, told_of
from bot.calls.events import EndingDecided
from bot.calls.hand_over import HandOvers
from bot.calls.key_presses import press_keys
from bot.calls.legs import Stream
from bot.calls.outcome import Ending
from bot.calls.pipecat_worker import STOP_SECS
from bot.calls.pipeline import CallPipeline
from bot.calls.registry import Registry
from bot.calls.sessions import model_config_of
from bot.calls.shared_services import SharedServices
from bot.calls.status_check import ask_carrier
from bot.calls.succession import Succession
from bot.calls.teardown import CarrierTeardown
from bot.carriers import Carrier, Connect
from bot.tasks import TaskSet


class CallRunner:
    """Runs calls: each in a task of its own."""

    def __init__(
        self,
        *,
        registry: Registry,
        carrier: Carrier,
        teardown: CarrierTeardown,
        shared: SharedServices,
        connect: Callable[[Call], Connect],
        on_new_voice: Callable[[ModelConfig], None] | None = None,
        hand_overs: HandOvers | None = None,
        colleagues: Colleagues | None = None,
    ) -> None:
        self.registry = registry
        self.carrier = carrier
        self.teardown = teardown
        self.shared = shared
        self.connect_again = connect  # puts a call on the stream that its token is for
        self.on_new_voice = on_new_voice  # told of calls in another voice than their agent's
        self.hand_overs = hand_overs
        self.colleagues = colleagues or NoColleagues()
        self.tasks = TaskSet()

    def begin(self, call: Call) -> None:
        """A call is announced or about to be placed: from here on it is seen through."""
        self.registry.add(call)
        call.feed.began(agent=call.agent.name, direction=call.direction)
        self.spawn(_Run(self, call).see_through(), name=f"call::{call.id}")

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Does this work in a task of its own."""
        self.tasks.start(work, name=name)


class _Run:
    """One call: performs what `step` decides, until it says that the call is to be closed."""

    def __init__(self, runner: CallRunner, call: Call) -> None:
        self._runner = runner
        self._speaking = Succession(
            call,
            registry=runner.registry,
            shared=runner.shared,
            hand_overs=runner.hand_overs,
            tasks=runner.tasks,
        )
        self._people = PeopleAsked(runner.carrier, runner.teardown, runner.tasks)

    @property
    def _call(self) -> Call:
        return self._speaking.call

    async def see_through(self) -> None:
        """From the announcement to the last note."""
        call = self._call
        with logger.contextualize(call_id=call.id):
            try:
                while not isinstance(
                    action := await call.mailbox.next_action(), act.Close | act.Leave
                ):
                    await self._perform(action)
            except Exception:
                logger.exception("attending to the call failed", event="call_runner_failed")
                call.post(EndingDecided(Ending.PIPELINE_FAILED))
                await call.until(lambda state: state.settled)
            await self._people.caller_moved()
            closing = self._closing()
            if call.state.elsewhere:
                await closing.leave()
                return
            try:
                await closing.close()
            except Exception:
                logger.exception("closing the call failed", event="call_closing_failed")
            finally:
                await closing.let_go()

    def _closing(self) -> Closing:
        return Closing(
            call=self._call,
            pipeline=self._speaking.pipeline,
            session=self._speaking.session,
            stream=self._speaking.stream,
            carrier=self._runner.carrier,
            teardown=self._runner.teardown,
            registry=self._runner.registry,
        )

    # -- while it lasts -----------------------------------------------------------------------

    async def _perform(self, action: act.ToDo) -> None:  # noqa: C901 - all in one list
        match action:
            case act.OpenSession():
                self._speaking.open_session()
            case act.Converse():
                self._maybe_tell_of_voice()
                await self._speaking.converse(action)
            case act.Detach():
                await self._unless_it_ends(self._conversation.detach())
            case act.Attach(stream, keys):
                await self._attach(stream, keys)
            case act.PressKeys(keys):
                self._press_keys(keys)
            case act.TellKeys(keys, pressed):
                await self._tell_keys(keys, pressed=pressed)
            case act.TellAgent():
                await self._conversation.reach_in(action)
            case act.TakeOver(who):
                await self._conversation.take_over(who)
            case act.GiveBack():
                self._conversation.give_back()
            case act.PassOnReport(report):
                if self._speaking.pipeline is not None:
                    await self._speaking.pipeline.pass_on(report)
            case act.SayFarewell():
                await self._conversation.say_farewell()
            case act.HandOver(agent, reason):
                await self._speaking.hand_over(agent, reason)
            case act.FailOver(lost):
                await self._speaking.fail_over(lost)
            case act.PutThrough():
                await self._put_through()
            case act.ComeBack():
                await self._speaking.come_back()
            case act.GoOn(stream):
                await self._speaking.go_on(stream)
            case act.AskPerson() | act.EndPerson() | act.MoveCaller():
                self._at_the_carrier(action)
            case act.NoteStep():
                note_step(self._call, action)
            case act.TellConsultation():
                await self._tell_consultation(action)
            case act.AskCarrier():
                asking = ask_carrier(self._call, self._runner.carrier, self._runner.colleagues)
                self._runner.spawn(asking, name=f"ask::{self._call.id}")
            case act.Close() | act.Leave():  # the last, and not performed here
                return
            case _:
                assert_never(action)

    async def _unless_it_ends(self, work: Coroutine[Any, Any, None]) -> None:
        """Does this through the pipeline; a call that is to end does not wait for one that stands
        still.
        """
        doing = asyncio.create_task(work, name=f"line::{self._call.id}")
        ending = asyncio.create_task(self._call.mailbox.until(lambda state: state.closing))
        await asyncio.wait({doing, ending}, return_when=asyncio.FIRST_COMPLETED)
        for task in (doing, ending):
            task.cancel()
        await asyncio.wait({doing, ending}, timeout=STOP_SECS)
        if doing.done() and not doing.cancelled():
            doing.result()

    @property
    def _conversation(self) -> CallPipeline:
        if self._speaking.pipeline is None:
            raise ValueError("the pipeline has not been started")
        return self._speaking.pipeline

    def _maybe_tell_of_voice(self) -> None:
        call, runner = self._call, self._runner
        if runner.on_new_voice is not None and call.request.voice not in ("", call.agent.voice):
            runner.on_new_voice(model_config_of(call, runner.shared.brains))

    async def _put_through(self) -> None:
        """The person is called for the caller; the pipeline waits on no line."""
        call, human = self._call, self._call.state.human
        if human is None:
            return
        if self._speaking.recorder is not None:
            self._speaking.recorder.put_through()
        self._runner.teardown.note_transfer(call, human)
        call.feed.transfer_step("called", to=human.name)
        await self._runner.teardown.put_through(call)
        await self._unless_it_ends(self._conversation.detach())

    def _at_the_carrier(self, action: act.AskPerson | act.EndPerson | act.MoveCaller) -> None:
        if isinstance(action, act.MoveCaller) and self._speaking.recorder is not None:
            self._speaking.recorder.put_through()
        self._people.begin(self._call, action)

    async def _tell_consultation(self, told: act.TellConsultation) -> None:
        if self._speaking.recorder is not None:
            self._speaking.recorder.come_back()
        if self._speaking.pipeline is not None:
            over = told.next_one is None
            await self._speaking.pipeline.tell_of_person(told_of(told), over=over)

    async def _attach(self, stream: Stream, keys: str) -> None:
        self._speaking.stream = stream
        if not keys:
            logger.warning(
                "a stream was lost; the conversation goes on over the next", event="stream_lost"
            )
        await self._unless_it_ends(self._conversation.attach(stream))
        if keys:
            await self._tell_keys(keys, pressed=True)

    def _press_keys(self, keys: str) -> None:
        call, runner = self._call, self._runner
        pressing = press_keys(
            call,
            keys,
            carrier=runner.carrier,
            then=runner.connect_again(call),
            troubles=runner.registry.troubles,
        )
        runner.spawn(pressing, name=f"keys::{call.id}")

    async def _tell_keys(self, keys: str, *, pressed: bool) -> None:
        if pressed:
            logger.info("{} keys were pressed", len(keys), event="keys_pressed")
        await self._conversation.keys_pressed(keys, pressed=pressed)
