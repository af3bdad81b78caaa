"""Functions that a model calls: one answer to all results, and an end to calling for ever."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pipecat.frames.frames import BotStartedSpeakingFrame, BotStoppedSpeakingFrame

from bot.brains.realtime.function_rounds import MOST_DEFIANT, MOST_IN_RESPONSE, MOST_ROUNDS
from processors.frames import AgentAudioFrame, HangUpFrame
from tests.brains.realtime.far_model import FarSession, opened
from tests.brains.realtime.test_realtime_model import CLIP, GREETING, Scene, scene
from tests.wire import openai_events
from tests.wire.openai_events import Event, created, done, function_call

FILLER = "One moment, please."


class Looping(FarSession):
    """Calls a function in every response, half a second each, unless it has to speak."""

    def __init__(self, *, obeys: bool = True, same: bool = False) -> None:
        super().__init__()
        self.asked: list[Mapping[str, Any]] = []
        self._obeys = obeys
        self._same = same

    def post(self, event: Mapping[str, Any]) -> None:
        super().post(event)
        if event["type"] == "response.create" and event["response"]["metadata"]:
            self.asked.append(event["response"])
            if event["response"]["metadata"]["purpose"] == "answer":
                self.respond("answer", speaks=event["response"].get("tool_choice") == "none")

    def respond(self, purpose: str | None = None, *, speaks: bool = False) -> None:
        number = len(self.asked)
        response_id = f"resp_{number}"
        arguments = "{}" if self._same else f'{{"day": {number}}}'
        acts: list[Event] = [function_call(response_id, f"call_{number}", "lookup", arguments)]
        if speaks and self._obeys:
            acts = openai_events.spoken(response_id, f"item_{number}", "I do not know.")
        self.tell(created(response_id, purpose))
        self._later(0.5, *acts, done(response_id, purpose=purpose))

    def _later(self, secs: float, *events: Event) -> None:
        asyncio.get_running_loop().call_later(secs, self.tell, *events)

    @property
    def choices(self) -> list[str | None]:
        """What each answer that was asked for may do."""
        return [a.get("tool_choice") for a in self.asked if a["metadata"]["purpose"] == "answer"]


async def greeted(s: Scene) -> None:
    """The greeting was heard, and the caller has asked something."""
    await s.stage.up(BotStartedSpeakingFrame())
    await s.play(s.stage.downs(AgentAudioFrame)[0].utterance_id, 1000)
    await s.stage.up(BotStoppedSpeakingFrame())


def outputs(s: Scene) -> list[tuple[str, str]]:
    items = [event["item"] for event in s.session.of("conversation.item.create")]
    return [(i["call_id"], i["output"]) for i in items if i["type"] == "function_call_output"]


async def test_a_model_that_loops_has_to_speak(tmp_path: Path) -> None:
    """After three rounds; the caller hears it, and a filler before."""
    far = Looping()
    async with scene(tmp_path, clips=[GREETING, FILLER], filler=FILLER, session=far) as s:
        await greeted(s)
        far.respond()
        await s.stage.after(5)
        assert far.choices == [None] * (MOST_ROUNDS - 1) + ["none"]
        assert s.sound == CLIP * 2 + b"\x01" * 8000
        assert s.stage.downs(HangUpFrame) == []


async def test_the_same_question_twice_is_answered_in_words(tmp_path: Path) -> None:
    """A second answer would be the first one again."""
    far = Looping(same=True)
    async with scene(tmp_path, clips=[GREETING], session=far) as s:
        far.respond()
        await s.stage.after(5)
        assert far.choices == [None, "none"]
        assert len(s.tools.ran) == 2


async def test_a_model_that_speaks_of_nothing_is_given_up(tmp_path: Path) -> None:
    """It does not know `tool_choice`: what it calls is not run, and soon the call ends."""
    far = Looping(obeys=False)
    async with scene(tmp_path, clips=[GREETING], session=far) as s:
        far.respond()
        await s.stage.after(60)
        assert [frame.reason for frame in s.stage.downs(HangUpFrame)] == ["model_failed"]
        assert len(s.tools.ran) == MOST_ROUNDS
        assert len(outputs(s)) == MOST_ROUNDS + MOST_DEFIANT


async def test_fifty_functions_at_once_are_mostly_refused(tmp_path: Path) -> None:
    """Each has its output, and all are answered once, in words."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        calls = [function_call("resp_1", f"call_{n}", "book", f'{{"n": {n}}}') for n in range(50)]
        await s.tell(created("resp_1"), *calls, done("resp_1"))
        await s.stage.after(1)
        assert len(s.tools.ran) == MOST_IN_RESPONSE
        assert {call_id for call_id, _ in outputs(s)} == {f"call_{n}" for n in range(50)}
        assert sum("too_many_at_once" in output for _, output in outputs(s)) == 42
        (answer,) = s.session.of("response.create")
        assert answer["response"]["tool_choice"] == "none"


async def test_a_function_that_streams_late_is_answered_with_the_first(tmp_path: Path) -> None:
    """The first has its result before the second is called: one answer, when both are there."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(created("resp_1"), function_call("resp_1", "call_1", "lookup"))
        await s.stage.after(0.4)
        s.tools.secs = 1.2
        await s.tell(function_call("resp_1", "call_2", "lookup", '{"n": 2}'), done("resp_1"))
        await s.stage.after(0.5)
        assert s.session.asked_for() == []
        await s.stage.after(2)
        assert s.session.asked_for() == ["answer"]
        assert [call_id for call_id, _ in outputs(s)] == ["call_1", "call_2"]


async def test_an_answer_that_waits_gives_way_to_a_function(tmp_path: Path) -> None:
    """The model's side answers the caller meanwhile, and calls one more: one answer to both."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        s.tools.secs = 0.5
        await s.tell(created("resp_1"), function_call("resp_1", "call_1", "lookup"), done("resp_1"))
        await s.tell(created("resp_2"))
        await s.stage.after(1)
        await s.tell(function_call("resp_2", "call_2", "lookup", '{"n": 2}'), done("resp_2"))
        await s.stage.after(0.2)
        assert s.session.asked_for() == []
        await s.stage.after(1)
        assert s.session.asked_for() == ["answer"]


async def test_a_failed_response_that_called_something_is_answered_once(tmp_path: Path) -> None:
    """By what its function finds."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        s.tools.secs = 0.5
        await s.tell(created("resp_1"), function_call("resp_1", "call_1", "lookup"))
        await s.tell(done("resp_1", "failed"))
        await s.stage.after(0.2)
        assert s.session.asked_for() == []
        await s.stage.after(1)
        assert s.session.asked_for() == ["answer"]


async def test_a_result_outlives_the_session_whose_response_called(tmp_path: Path) -> None:
    """The response never ends: the next session is asked for the answer."""
    other = FarSession()
    async with scene(tmp_path, clips=[GREETING], reopen=lambda: opened(other)) as s:
        await s.tell(created("resp_1"), function_call("resp_1", "call_1", "lookup"))
        await s.settle()
        assert s.session.asked_for() == []
        s.session.lose()
        await s.stage.after(1)
        assert other.asked_for() == ["answer"]


@pytest.mark.parametrize("heard", [False, True], ids=["nobody", "the agent"])
async def test_fillers_go_by_the_callers_wait_and_not_by_function(
    tmp_path: Path, heard: bool
) -> None:
    """Quick functions in a row are one wait, unless the agent was heard in between."""
    async with scene(tmp_path, clips=[GREETING, FILLER], filler=FILLER) as s:
        await greeted(s)
        s.tools.secs = 0.3
        for n in range(5):
            response_id = f"resp_{n}"
            call = function_call(response_id, f"call_{n}", "lookup", f'{{"n": {n}}}')
            if heard:
                await s.tell(*openai_events.answer(f"words_{n}", f"item_{n}", "Let me see."))
                await s.stage.up(BotStartedSpeakingFrame())
                await s.stage.up(BotStoppedSpeakingFrame())
            await s.tell(created(response_id), call, done(response_id))
            await s.stage.after(0.4)
        fillers = [f for f in s.stage.downs(AgentAudioFrame) if f.ulaw == CLIP][1:]
        assert len(fillers) == (0 if heard else 1)
