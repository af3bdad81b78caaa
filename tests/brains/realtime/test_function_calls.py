"""Function calls: side by side, each answered once, never in dead air."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

import pytest

from bot.brains.realtime.events import FunctionCalled
from bot.brains.realtime.function_calls import FunctionCalls
from tests.brains.realtime.call_notes import Notes
from tools import ToolAnswer


class SlowTools:
    """Answers each call after the seconds its name says."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, str, str]] = []
        self.finished: list[str] = []

    async def run(self, name: str, arguments_json: str, model_call_id: str) -> ToolAnswer:
        self.ran.append((name, arguments_json, model_call_id))
        await asyncio.sleep(float(name))
        self.finished.append(model_call_id)
        return ToolAnswer(output={"took": name}, ok=name != "0.9")


class Agent:
    """Whoever gets the results."""

    def __init__(self) -> None:
        self.tools = SlowTools()
        self.notes = Notes()
        self.answers: list[tuple[float, str, Mapping[str, Any], int]] = []
        self.fillers: list[float] = []
        self.may_speak = True
        self.silent_secs = 0.0
        self.calls = FunctionCalls(
            toolbox=self.tools,
            log=self.notes,
            start=self._start,
            answered=self._answered,
            fill_silence=self._fill_silence,
            silent_secs=lambda: self.silent_secs,
        )
        self.tasks: list[asyncio.Task[None]] = []

    def begin(self, call_id: str, secs: str, arguments: str = "{}") -> None:
        call = FunctionCalled(call_id=call_id, name=secs, arguments=arguments, wordless=False)
        self.calls.begin(call)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self.tasks.append(task)
        return task

    async def _answered(self, call: FunctionCalled, answer: ToolAnswer) -> None:
        now = asyncio.get_running_loop().time()
        self.answers.append((round(now, 3), call.call_id, answer.output, self.calls.count))

    async def _fill_silence(self) -> bool:
        if self.may_speak:
            self.fillers.append(round(asyncio.get_running_loop().time(), 3))
        return self.may_speak


async def test_a_quick_call_is_answered_without_a_word() -> None:
    """Within 0.7 s nobody takes the line for lost."""
    agent = Agent()
    agent.begin("call_1", "0.6", '{"day": "2026-11-24"}')
    assert agent.calls.count == 1
    await asyncio.sleep(2)
    assert agent.answers == [(0.6, "call_1", {"took": "0.6"}, 0)]
    assert agent.fillers == []
    assert agent.tools.ran == [("0.6", '{"day": "2026-11-24"}', "call_1")]


async def test_a_slow_call_gets_a_filler_after_seven_tenths() -> None:
    """Once, and then its answer."""
    agent = Agent()
    agent.begin("call_1", "2.5")
    await asyncio.sleep(3)
    assert agent.fillers == [0.7]
    assert agent.answers == [(2.5, "call_1", {"took": "2.5"}, 0)]


async def test_a_filler_that_cannot_be_said_now_is_tried_again() -> None:
    """Somebody was speaking; the wait goes on after that."""
    agent = Agent()
    agent.may_speak = False
    agent.begin("call_1", "4.0")
    await asyncio.sleep(1.0)
    agent.may_speak = True
    await asyncio.sleep(4)
    assert agent.fillers == [1.1]


async def test_several_slow_calls_get_one_filler() -> None:
    """The caller waits once; after them the next wait has its own."""
    agent = Agent()
    agent.begin("call_1", "2.0")
    agent.begin("call_2", "2.5")
    await asyncio.sleep(3)
    assert agent.fillers == [0.7]
    agent.begin("call_3", "2.0")
    await asyncio.sleep(3)
    assert agent.fillers == [0.7, 3.7]


async def test_quick_calls_in_a_row_are_one_wait() -> None:
    """The filler comes by the caller's clock, not by that of each function."""
    agent = Agent()
    for number in range(3):
        agent.begin(f"call_{number}", "0.4")
        await asyncio.sleep(0.5)
    assert agent.fillers == [0.7]


async def test_whoever_is_heard_in_between_ends_the_wait() -> None:
    """What comes after that is another one."""
    agent = Agent()
    agent.begin("call_1", "0.4")
    await asyncio.sleep(0.5)
    agent.calls.heard()
    agent.begin("call_2", "2.0")
    await asyncio.sleep(3)
    assert agent.fillers == [1.2]


async def test_a_long_silence_is_not_made_longer() -> None:
    """The model took its time before it called: the caller has waited already."""
    for silent_secs, filler_at in ((1.0, 0.5), (5.0, 0.0)):
        agent = Agent()
        agent.silent_secs = silent_secs
        began = asyncio.get_running_loop().time()
        agent.begin("call_1", "1.0")
        await asyncio.sleep(2)
        assert agent.fillers == [round(began + filler_at, 3)]


async def test_a_caller_who_waits_on_is_told_again() -> None:
    """After three seconds."""
    agent = Agent()
    agent.begin("call_1", "9.0")
    await asyncio.sleep(10)
    assert agent.fillers == [0.7, 3.7, 6.7]


async def test_calls_run_side_by_side() -> None:
    """Each is answered when it is ready; the count says how many are left."""
    agent = Agent()
    agent.begin("call_1", "2.0")
    agent.begin("call_2", "1.0")
    await asyncio.sleep(3)
    assert [(at, name, left) for at, name, _, left in agent.answers] == [
        (1.0, "call_2", 1),
        (2.0, "call_1", 0),
    ]


async def test_a_call_is_not_started_twice() -> None:
    """The same id again while it runs is the same call."""
    agent = Agent()
    agent.begin("call_1", "1.0")
    agent.begin("call_1", "1.0")
    await asyncio.sleep(2)
    assert len(agent.tools.ran) == len(agent.answers) == 1
    assert [name for name, _ in agent.notes.taken] == ["tool_started", "tool_finished"]


async def test_calls_are_noted_with_what_they_took() -> None:
    """Also one that failed, and arguments that are no JSON object."""
    agent = Agent()
    agent.begin("call_1", "0.25", '{"a": 1}')
    agent.begin("call_2", "0.9", "{broken")
    agent.begin("call_3", "0.1", "[1]")
    await asyncio.sleep(2)
    started = {n["key"]: n["arguments"] for n in agent.notes.of("tool_started")}
    assert started == {
        "call_1": {"a": 1},
        "call_2": {"unreadable": "{broken"},
        "call_3": {"unreadable": "[1]"},
    }
    finished = {n["key"]: (n["duration_ms"], n["ok"]) for n in agent.notes.of("tool_finished")}
    assert finished == {"call_1": (250, True), "call_2": (900, False), "call_3": (100, True)}


async def test_a_cancelled_call_takes_its_tool_with_it() -> None:
    """At the end of the phone call nothing is left running."""
    agent = Agent()
    agent.begin("call_1", "5.0")
    await asyncio.sleep(1)
    for task in agent.tasks:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await agent.tasks[0]
    await asyncio.sleep(10)
    assert agent.tools.finished == agent.answers == []
