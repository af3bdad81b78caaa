"""The whole reception pipeline, with the real model processor and the real line, on virtual time.

Its two far sides are in memory: a carrier that plays and echoes marks, and a model that says what
it is asked to. Ten minutes of a call take well under a second.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest

from bot.brains import CallRequests, Clips, ForCall, ModelConfig, Speaker
from bot.brains.openai.brain import VENDOR
from bot.brains.realtime import RealtimeModel
from bot.calls.agent_in_call import agent_in_call
from bot.calls.call_request import CallRequest
from bot.carriers.leg import Ended
from bot.media import BotAudio, CallerAudio
from bot.simulator.carrier.messages import Clear
from bot.testing.stage import Stage, on_stage
from config import SHIPPED, read_agents
from pipelines import RECEPTION, CallParts
from processors.frames import HangUpFrame, TransferFrame
from tests.brains.realtime.call_notes import Notes
from tests.brains.realtime.far_model import ObligingModel, opening
from tests.media.far_carrier import FarCarrier
from tools import ToolAnswer

AGENT = read_agents(SHIPPED)["reception"]
MARIN = Speaker(brain="openai", model="gpt-realtime-2.1", voice="marin")
GREETING_CLIP = b"\x05" * 8000 * 3  # three seconds


class NoTools:
    """Ends and transfers as asked; knows nothing else."""

    def __init__(self, requests: CallRequests) -> None:
        self._requests = requests

    async def run(self, name: str, arguments_json: str, model_call_id: str) -> ToolAnswer:
        if name == "end_call":
            self._requests.request_end("Done.")
            return ToolAnswer(output={"ending": True}, speak=False)
        self._requests.request_transfer("Asked for a person.")
        return ToolAnswer(output={"transferring": True}, speak=False)

    def covers(self, name: str) -> tuple[str, ...]:
        return ()


@dataclass(kw_only=True)
class PhoneCall:
    """A call in progress, seen from both its ends."""

    stage: Stage
    carrier: FarCarrier
    model: ObligingModel
    notes: Notes
    stream_ended: list[Ended]

    @property
    def hung_up(self) -> list[tuple[float, str]]:
        """When the call ended in the eyes of its runner, and why."""
        return [
            (round(seen.at_secs - self.stage.start_secs, 1), seen.frame.reason)
            for seen in self.stage.sink.seen
            if isinstance(seen.frame, (HangUpFrame, TransferFrame))
        ]

    async def until_hung_up(self, *, within_secs: float) -> tuple[float, str]:
        """Lets time pass until the call ends; it must end once."""
        deadline = self.stage.now_secs + within_secs
        while not self.hung_up:
            assert self.stage.now_secs < deadline, "the call did not end"
            await self.stage.after(0.1)
        await self.stage.after(30)
        assert len(self.hung_up) == 1
        return self.hung_up[0]


@asynccontextmanager
async def phone_call(
    folder: Path,
    *,
    model: ObligingModel | None = None,
    greeted: bool = True,
    opens_after_secs: float = 0.3,
    style: Literal["hold", "cut"] = "hold",
    limit_secs: float = 900.0,
    silence_secs: float = 8.0,
) -> AsyncIterator[PhoneCall]:
    model = model or ObligingModel()
    carrier, notes = FarCarrier(echo_after_secs=0.02), Notes()
    agent = replace(
        agent_in_call(AGENT, CallRequest()),
        barge_in=replace(AGENT.barge_in, style=style),
        limits=replace(AGENT.limits, secs=limit_secs),
        silence=replace(AGENT.silence, wait_secs=silence_secs),
    )
    clips, requests = Clips(folder), CallRequests(human_available=True)
    if greeted:
        clips.put(MARIN, AGENT.first_line, GREETING_CLIP)
    leg = carrier.leg()
    bot_audio = BotAudio(leg=leg)
    stream_ended: list[Ended] = []
    parts = CallParts(
        caller_audio=CallerAudio(
            leg=leg,
            bot_audio=bot_audio,
            on_ended=stream_ended.append,
        ),
        model=RealtimeModel(
            ForCall(
                session=opening(model, after_secs=opens_after_secs),
                config=ModelConfig(
                    speaker=MARIN,
                    turns=agent.turns,
                    first_line=AGENT.first_line,
                    filler=AGENT.lines.filler,
                    farewell=AGENT.lines.farewell,
                ),
                toolbox=NoTools(requests),
                requests=requests,
                clips=clips,
                log=notes,
            ),
            vendor=VENDOR,
        ),
        bot_audio=bot_audio,
        agent=agent,
    )
    async with on_stage(*RECEPTION.build(parts)) as stage:
        yield PhoneCall(
            stage=stage, carrier=carrier, model=model, notes=notes, stream_ended=stream_ended
        )


async def test_a_ten_minute_call_ends_at_its_limit(tmp_path: Path) -> None:
    """Somebody talks every eight seconds; the last line is said, then the call ends, once."""
    async with phone_call(tmp_path, limit_secs=600.0) as call:
        for turn in range(74):
            await call.stage.until(8 + 8 * turn)
            call.model.hear(f"Question {turn}?")
        await call.stage.until(599)
        assert call.hung_up == []
        at_secs, reason = await call.until_hung_up(within_secs=20)
        assert reason == "time_limit"
        assert 602 < at_secs < 610
        assert call.model.asked_for() == [f'"{AGENT.lines.time_limit}"']
        assert call.notes.said[-1] == ("agent", AGENT.lines.time_limit)
        assert call.notes.said.count(("agent", "I see.")) == 74
        assert call.carrier.heard.count(b"\x05") == len(GREETING_CLIP)


async def test_the_limit_ends_a_call_whose_model_is_deaf(tmp_path: Path) -> None:
    """Without a last line it ends all the same, soon after the limit."""
    async with phone_call(tmp_path, limit_secs=6.0, silence_secs=60.0) as call:
        call.model.deaf = True
        at_secs, reason = await call.until_hung_up(within_secs=30)
        assert reason == "time_limit"
        assert 6 < at_secs <= 26


async def test_silence_is_asked_into_twice_and_then_the_call_ends(tmp_path: Path) -> None:
    """Greeting, two prompts and a goodbye, eight seconds of nobody speaking before each."""
    async with phone_call(tmp_path) as call:
        at_secs, reason = await call.until_hung_up(within_secs=120)
        assert reason == "silence"
        lines = [*AGENT.silence.prompts, AGENT.silence.goodbye]
        assert call.model.asked_for() == [f'"{line}"' for line in lines]
        assert call.notes.said == [("agent", line) for line in (AGENT.first_line, *lines)]
        asked_at = [at - call.stage.start_secs for at in call.model.posted_at[1:]]
        spoken_secs = [0.3 * len(line.split()) for line in lines]
        expected, due = [], 3.0
        for secs in spoken_secs:
            due += 8.0
            expected.append(due)
            due += 0.3 + secs
        assert asked_at == pytest.approx(expected, abs=0.3)
        assert at_secs == pytest.approx(due + 0.3, abs=0.4)


async def test_an_answer_leads_back_to_the_first_rung(tmp_path: Path) -> None:
    """A caller who was prompted once and then talks is asked anew later."""
    async with phone_call(tmp_path) as call:
        await call.stage.until(14)
        call.model.hear("Sorry, I was looking for my calendar.")
        await call.stage.until(28)
        first = f'"{AGENT.silence.prompts[0]}"'
        assert call.model.asked_for() == [first, first]
        assert call.hung_up == []


async def test_a_model_that_never_says_a_word_ends_the_call(tmp_path: Path) -> None:
    """No greeting was prepared and none comes: ten seconds, then sorry."""
    async with phone_call(tmp_path, model=ObligingModel(), greeted=False) as call:
        call.model.deaf = True
        at_secs, reason = await call.until_hung_up(within_secs=30)
        assert (at_secs, reason) == (pytest.approx(10, abs=0.2), "model_silent")


async def test_a_model_that_owes_an_answer_is_reminded_then_given_up(tmp_path: Path) -> None:
    """Four seconds after the caller's last word it is asked, ten seconds after it given up."""
    async with phone_call(tmp_path) as call:
        call.model.deaf = True
        await call.stage.until(5)
        call.model.hear("Hello?", secs=1.0, answers=False)
        at_secs, reason = await call.until_hung_up(within_secs=30)
        assert (at_secs, reason) == (pytest.approx(16, abs=0.2), "model_silent")
        assert call.model.asked_for()[0] == "answer"
        reminded = call.model.posted_at[call.model.order.index("response.create")]
        assert reminded - call.stage.start_secs == pytest.approx(10, abs=0.2)


async def test_a_reminder_is_enough_for_a_model_that_forgot(tmp_path: Path) -> None:
    """The server started no response; ours is answered and the call goes on."""
    async with phone_call(tmp_path) as call:
        call.model.replies = ["We open at nine."]
        await call.stage.until(5)
        call.model.hear("When do you open?", secs=1.0, answers=False)
        await call.stage.until(14)
        assert call.notes.said[-1] == ("agent", "We open at nine.")
        assert call.hung_up == []


async def test_a_goodbye_that_was_heard_ends_the_call_two_seconds_later(tmp_path: Path) -> None:
    """Counted from the last mark of the farewell, not from its generation."""
    async with phone_call(tmp_path) as call:
        call.model.replies = ["You are welcome. Goodbye."]
        await call.stage.until(5)
        call.model.hear("Thank you, that is all.", secs=1.0)
        at_secs, reason = await call.until_hung_up(within_secs=20)
        played_at = 5 + 1.0 + 0.1 + 0.3 + 4 * 0.3
        assert (at_secs, reason) == (pytest.approx(played_at + 2.0, abs=0.2), "goodbye")


async def test_a_goodbye_is_cancelled_by_one_more_word(tmp_path: Path) -> None:
    """Any speech of the other side; the call goes on."""
    async with phone_call(tmp_path) as call:
        call.model.replies = ["You are welcome. Goodbye.", "At nine."]
        await call.stage.until(5)
        call.model.hear("Thank you.", secs=1.0)
        await call.stage.until(9)
        call.model.hear("Oh, when do you open?", secs=1.0)
        await call.stage.until(16)
        assert call.hung_up == []
        assert call.notes.said[-1] == ("agent", "At nine.")


async def test_a_goodbye_that_was_cut_is_none(tmp_path: Path) -> None:
    """What was not heard was not said: the caller's words are answered."""
    async with phone_call(tmp_path) as call:
        call.model.replies = ["You are welcome, have a very nice day. Goodbye.", "At nine."]
        await call.stage.until(5)
        call.model.hear("Thank you.", secs=1.0)
        await call.stage.until(7.5)
        call.model.hear("Wait, when do you open?", secs=1.5)
        await call.stage.until(15)
        assert call.hung_up == []
        cut = call.notes.of("agent_said")[1]
        assert cut["interrupted"]
        assert "Goodbye" not in cut["text"]


async def test_the_model_hangs_up_when_its_farewell_was_heard(tmp_path: Path) -> None:
    """It calls end_call without a word: the agent's farewell is said first, to its end."""
    async with phone_call(tmp_path) as call:
        call.model.replies = ["call end_call"]
        await call.stage.until(5)
        call.model.hear("That is all.", secs=1.0)
        _, reason = await call.until_hung_up(within_secs=20)
        assert reason in ("end_call", "goodbye")
        assert call.notes.said[-1] == ("agent", AGENT.lines.farewell)


async def test_a_transfer_puts_the_caller_through_once(tmp_path: Path) -> None:
    """After it nothing is said and nothing asked."""
    async with phone_call(tmp_path) as call:
        call.model.replies = ["call transfer_to_human"]
        await call.stage.until(5)
        call.model.hear("Accounting, please.", secs=1.0)
        _, reason = await call.until_hung_up(within_secs=20)
        assert reason == "Asked for a person."
        assert call.model.asked_for() == []


async def test_talking_over_the_agent_silences_it(tmp_path: Path) -> None:
    """Clear after the onset, truncation where the carrier stood, and no stale sound after it."""
    async with phone_call(tmp_path, style="cut") as call:
        call.model.replies = ["one two three four five six seven eight nine ten", "Yes."]
        await call.stage.until(5)
        call.model.hear("Count, please.", secs=1.0)
        await call.stage.until(8)
        heard_before = len(call.carrier.heard)
        call.model.hear("Stop.", secs=0.8)
        await call.stage.after(0.01)
        (clear,) = call.carrier.commands(Clear)
        assert clear.at_secs - call.stage.start_secs == pytest.approx(8, abs=0.02)
        await call.stage.until(8.8)
        assert len(call.carrier.heard) <= heard_before + 8 * 20
        await call.stage.until(12)
        (truncate,) = call.model.of("conversation.item.truncate")
        heard_of_it = heard_before / 8 - len(GREETING_CLIP) / 8
        assert truncate["audio_end_ms"] == pytest.approx(heard_of_it, abs=60)
        assert ("agent", "Yes.") in call.notes.said
        assert call.notes.of("agent_said")[1]["interrupted"]


async def test_a_lost_model_ends_the_call_in_the_middle_of_a_word(tmp_path: Path) -> None:
    """Once, with its own reason."""
    async with phone_call(tmp_path) as call:
        await call.stage.until(5)
        call.model.lose()
        assert (await call.until_hung_up(within_secs=5))[1] == "model_lost"


async def test_a_response_that_never_says_anything_ends_the_call(tmp_path: Path) -> None:
    """It was begun and is never done: nobody is left in silence by it."""
    async with phone_call(tmp_path) as call:
        call.model.mute = True
        await call.stage.until(5)
        call.model.hear("Hello?", secs=1.0)
        _, reason = await call.until_hung_up(within_secs=60)
        assert reason == "model_silent"


async def test_a_caller_who_hangs_up_is_reported_by_the_stream(tmp_path: Path) -> None:
    """The pipeline has nothing to hang up."""
    async with phone_call(tmp_path) as call:
        await call.stage.until(1)
        call.carrier.hang_up()
        await call.stage.after(0.1)
        assert (call.stream_ended, call.hung_up) == (["stopped"], [])
