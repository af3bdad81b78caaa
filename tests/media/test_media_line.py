"""A media stream as two processors, with a carrier in memory that plays and echoes marks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    InputDTMFFrame,
    InterruptionFrame,
)

from bot.carriers.leg import Ended
from bot.media import BotAudio, CallerAudio
from bot.media.g711 import ulaw_to_pcm
from bot.simulator.carrier.messages import Clear, MarkMessage, Media
from bot.testing.stage import Stage, on_stage
from processors.frames import (
    AgentAudioEndFrame,
    AgentAudioFrame,
    CallerAudioFrame,
    HangUpFrame,
    LineBackFrame,
    LineLostFrame,
    RanDryFrame,
    TransferFrame,
    UtterancePlayedFrame,
)
from tests.media.far_carrier import FarCarrier
from tests.wire import captured


@dataclass(kw_only=True)
class Line:
    """A running stream."""

    stage: Stage
    carrier: FarCarrier
    ended: list[Ended]
    caller_audio: CallerAudio
    bot_audio: BotAudio

    async def speak(self, utterance_id: str, ms: int, *, filled_with: int = 1) -> None:
        """All sound of an utterance at once, as models give it, and its end."""
        await self.sound(utterance_id, ms, filled_with=filled_with)
        await self.stage.down(AgentAudioEndFrame(utterance_id=utterance_id))

    async def sound(self, utterance_id: str, ms: int, *, filled_with: int = 1) -> None:
        await self.stage.down(sound_of(utterance_id, bytes([filled_with]) * (8 * ms)))

    async def attach(self, carrier: FarCarrier) -> None:
        """Another stream of the same call."""
        leg = carrier.leg()
        await self.bot_audio.attach(leg)
        await self.caller_audio.attach(leg)

    @property
    def played(self) -> list[tuple[str, int, bool]]:
        return [
            (frame.utterance_id, frame.heard_ms, frame.interrupted)
            for frame in self.stage.ups(UtterancePlayedFrame)
        ]


def sound_of(utterance_id: str, ulaw: bytes) -> AgentAudioFrame:
    return AgentAudioFrame(
        audio=ulaw_to_pcm(ulaw),
        sample_rate=8000,
        num_channels=1,
        ulaw=ulaw,
        utterance_id=utterance_id,
    )


@asynccontextmanager
async def on_the_line(
    carrier: FarCarrier | None = None, **bot_audio_settings: Any
) -> AsyncIterator[Line]:
    carrier = carrier or FarCarrier()
    leg = carrier.leg()
    ended: list[Ended] = []
    bot_audio = BotAudio(leg=leg, **bot_audio_settings)
    caller_audio = CallerAudio(leg=leg, bot_audio=bot_audio, on_ended=ended.append)
    async with on_stage(caller_audio, bot_audio) as stage:
        yield Line(
            stage=stage,
            carrier=carrier,
            ended=ended,
            caller_audio=caller_audio,
            bot_audio=bot_audio,
        )


# -- the caller's sound ---------------------------------------------------------------------------


async def test_what_the_caller_says_and_presses_goes_down_the_pipeline() -> None:
    """In the order in which it came."""
    async with on_the_line() as line:
        line.carrier.say(b"\x01" * 160)
        line.carrier.press("5")
        line.carrier.say(b"\x02" * 160)
        await line.stage.after(0.01)
        assert [frame.ulaw[0] for frame in line.stage.downs(CallerAudioFrame)] == [1, 2]
        assert [f.button for f in line.stage.downs(InputDTMFFrame)] == [KeypadEntry.FIVE]
        assert line.ended == []


async def test_unreadable_messages_do_not_end_the_stream() -> None:
    """Each is passed over; what follows is heard."""
    async with on_the_line() as line:
        for text in captured.twilio_malformed().values():
            line.carrier.deliver(text)
        line.carrier.say(b"\x01" * 160)
        await line.stage.after(0.01)
        assert len(line.stage.downs(CallerAudioFrame)) == 1
        assert line.ended == []


async def test_a_stream_that_cannot_be_read_is_given_up() -> None:
    """After 5 s of nonsense, once; what was heard until then is told before."""
    async with on_the_line() as line:
        await line.speak("a", 30_000)
        while not line.ended:
            line.carrier.deliver("nonsense")
            await line.stage.after(0.02)
        assert 4.9 < line.stage.now_secs < 6
        assert line.ended == ["broken"]
        assert line.played == [("a", pytest.approx(1000 * line.stage.now_secs, abs=100), True)]


async def test_a_stopped_stream_is_told_from_a_lost_one() -> None:
    """`stop`: the call went on or ended. A socket that goes away: perhaps our line to Twilio."""
    for leave, ending in ((FarCarrier.hang_up, "stopped"), (FarCarrier.drop, "lost")):
        async with on_the_line() as line:
            leave(line.carrier)
            await line.stage.after(0.01)
            assert line.ended == [ending]


# -- the agent's sound ----------------------------------------------------------------------------


async def test_sound_leaves_at_once() -> None:
    """The first words wait for nothing."""
    async with on_the_line() as line:
        await line.speak("a", 1000)
        await line.stage.after(0.001)
        first = line.carrier.commands(Media)[0]
        assert first.at_secs - line.stage.start_secs == pytest.approx(0, abs=0.001)


async def test_all_sound_arrives_once_and_in_order() -> None:
    """Whatever the size of the pieces it comes in."""
    async with on_the_line() as line:
        for index, ms in enumerate((3, 400, 20, 77, 1000)):
            await line.sound("a", ms, filled_with=index)
        await line.stage.down(AgentAudioEndFrame(utterance_id="a"))
        await line.stage.after(2)
        expected = b"".join(
            bytes([index]) * (8 * ms) for index, ms in enumerate((3, 400, 20, 77, 1000))
        )
        assert line.carrier.sound == expected
        assert line.carrier.heard == expected


async def test_the_carrier_holds_a_cushion_and_never_much_more() -> None:
    """320 to 400 ms ahead: outlasts a stall of ours, and is all that a clear must drop."""
    async with on_the_line() as line:
        await line.speak("a", 5000)
        held = []
        while line.stage.now_secs < 4.5:
            await line.stage.after(0.01)
            held.append(line.carrier.playback.buffered_ms(asyncio.get_running_loop().time() * 1000))
        assert 320 <= round(min(held)) <= round(max(held)) <= 400


DISTANCES = [(0.0, 0.0), (0.1, 0.0), (0.25, 0.05), (0.4, 0.0), (0.4, 0.1), (0.6, 0.0), (0.6, 0.2)]


@pytest.mark.parametrize(("secs", "jitter_secs"), DISTANCES)
async def test_however_late_marks_are_the_carrier_holds_the_same(
    secs: float, jitter_secs: float
) -> None:
    """From the first sound of a stream on: no hole, and nothing more to drop."""
    carrier = FarCarrier(echo_after_secs=secs, jitter_secs=jitter_secs)
    async with on_the_line(carrier) as line:
        await line.speak("a", 8000)
        held = []
        while line.stage.now_secs < 7.5:
            await line.stage.after(0.01)
            now_ms = asyncio.get_running_loop().time() * 1000
            held.append(carrier.playback.buffered_ms(now_ms))
        assert 320 <= round(min(held)) <= round(max(held)) <= 400
        await line.stage.after(2.0)
        assert line.played == [("a", 8000, False)]


async def test_the_clock_of_a_loop_is_coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due within a millisecond is sent: looking again until the clock ticks costs CPU."""
    loop = asyncio.get_running_loop()
    exact, call_later = loop.time, loop.call_later
    delays: list[float] = []

    def count(delay: float, *arguments: Any, **named: Any) -> asyncio.TimerHandle:
        delays.append(delay)
        return call_later(delay, *arguments, **named)

    # As uvloop's: whole milliseconds since the machine began.
    monkeypatch.setattr(loop, "time", lambda: 1000.123 + int(exact() * 1000) / 1000)
    async with on_the_line(FarCarrier(echo_after_secs=0.0123)) as line:
        monkeypatch.setattr(loop, "call_later", count)
        await line.speak("a", 8000)
        await line.stage.after(9)
        assert line.played == [("a", 8000, False)]
    assert len(delays) > 90  # a timer for each piece of sound
    assert min(delays) >= 0.001


async def test_a_carrier_without_marks_is_sent_two_seconds() -> None:
    """More would be sent without knowing that anything of it is heard."""
    carrier = FarCarrier()
    carrier.loses_marks = {str(number) for number in range(1000)}
    async with on_the_line(carrier) as line:
        await line.speak("a", 60_000)
        await line.stage.after(30)
        assert len(carrier.sound) / 8 == 2000


async def test_the_heard_position_is_known_to_a_tenth_of_a_second() -> None:
    """Each message of sound, at most 100 ms, is followed by a mark."""
    async with on_the_line() as line:
        await line.speak("a", 1234)
        await line.stage.after(2)
        kinds = [type(taken.command) for taken in line.carrier.taken]
        assert kinds == [Media, MarkMessage] * 16
        assert all(len(taken.command.ulaw) <= 800 for taken in line.carrier.commands(Media))


async def test_the_agent_speaks_from_first_sound_to_last_mark() -> None:
    """One start and one stop, in both directions, around what the caller hears."""
    async with on_the_line() as line:
        await line.stage.until(1.0)
        await line.speak("a", 2000)
        await line.stage.until(10)
        for secs in (line.stage.down_secs, line.stage.up_secs):
            assert secs(BotStartedSpeakingFrame) == [pytest.approx(1.0, abs=0.01)]
            assert secs(BotStoppedSpeakingFrame) == [pytest.approx(3.0, abs=0.01)]
        assert line.stage.up_secs(UtterancePlayedFrame) == [pytest.approx(3.0, abs=0.01)]
        assert line.played == [("a", 2000, False)]


async def test_utterances_are_played_one_behind_the_other() -> None:
    """Sound of a later one waits until the one before is complete; the agent speaks on."""
    async with on_the_line() as line:
        await line.sound("a", 500, filled_with=1)
        await line.speak("b", 500, filled_with=2)
        await line.stage.after(0.7)
        await line.sound("a", 500, filled_with=3)
        await line.stage.after(0.7)
        await line.stage.down(AgentAudioEndFrame(utterance_id="a"))
        await line.stage.until(5)
        assert line.carrier.heard == b"\x01" * 4000 + b"\x03" * 4000 + b"\x02" * 4000
        assert line.played == [("a", 1000, False), ("b", 500, False)]
        assert len(line.stage.downs(BotStoppedSpeakingFrame)) == 1


async def test_slow_generation_is_one_utterance_all_the_same() -> None:
    """The buffer runs dry twice; the agent has not stopped, and only sound counts as heard."""
    async with on_the_line() as line:
        for secs in (0.0, 1.0, 2.0):
            await line.stage.until(secs)
            await line.sound("a", 300)
        await line.stage.until(4.0)
        assert line.stage.downs(BotStoppedSpeakingFrame) == []
        await line.stage.down(AgentAudioEndFrame(utterance_id="a"))
        await line.stage.until(5.0)
        assert line.played == [("a", 900, False)]
        assert line.stage.down_secs(BotStoppedSpeakingFrame) == [pytest.approx(4.0, abs=0.01)]
        assert len(line.stage.downs(BotStartedSpeakingFrame)) == 1


async def test_interrupted_behind_a_dry_buffer_only_sound_was_heard() -> None:
    """Time in which nothing was there to hear does not count."""
    async with on_the_line() as line:
        await line.sound("a", 300)
        await line.stage.until(2.0)
        await line.sound("a", 1000)
        await line.stage.until(2.2)
        await line.stage.down(InterruptionFrame())
        await line.stage.after(0.01)
        assert line.played == [("a", pytest.approx(500, abs=60), True)]


@pytest.mark.parametrize("after_secs", [0.05, 0.5, 1.0, 1.234, 1.95])
@pytest.mark.parametrize(("echo_after_secs", "jitter_secs"), [(0.04, 0.0), *DISTANCES])
async def test_an_interruption_silences_the_line(
    after_secs: float, echo_after_secs: float, jitter_secs: float
) -> None:
    """Clear is sent, the caller hears no more, and the position told is right to 60 ms, however
    far the carrier is."""
    carrier = FarCarrier(echo_after_secs=echo_after_secs, jitter_secs=jitter_secs)
    async with on_the_line(carrier) as line:
        await line.speak("a", 2000)
        await line.stage.until(after_secs)
        await line.stage.down(InterruptionFrame())
        await line.stage.after(0.001)
        assert len(line.carrier.commands(Clear)) == 1
        (played,) = line.played
        assert played == ("a", pytest.approx(1000 * after_secs, abs=60), True)
        heard = line.carrier.heard
        assert played[1] == pytest.approx(len(heard) / 8, abs=60)
        sent = line.carrier.sound
        await line.stage.after(3)
        assert (line.carrier.heard, line.carrier.sound) == (heard, sent)
        assert len(line.played) == 1
        assert line.stage.down_secs(BotStoppedSpeakingFrame) == [
            pytest.approx(after_secs, abs=0.01)
        ]


async def test_what_was_heard_to_its_end_was_not_interrupted() -> None:
    """Though its last marks are still on their way from a carrier far away."""
    async with on_the_line(FarCarrier(echo_after_secs=0.6)) as line:
        await line.speak("a", 1000)
        await line.stage.until(1.3)
        await line.stage.down(InterruptionFrame())
        await line.stage.after(0.01)
        assert line.played == [("a", 1000, False)]


async def test_sound_of_a_cut_utterance_is_never_sent() -> None:
    """The model may still be generating it: deltas on their way are dropped, also much later."""
    async with on_the_line() as line:
        await line.sound("a", 1000, filled_with=1)
        await line.stage.until(0.3)
        await line.stage.down(InterruptionFrame())
        await line.sound("a", 1000, filled_with=1)
        await line.speak("b", 200, filled_with=2)
        await line.stage.after(1)
        await line.speak("a", 500, filled_with=1)
        await line.stage.after(3)
        cleared_at = line.carrier.commands(Clear)[0].at_secs
        after = [t.command.ulaw for t in line.carrier.commands(Media) if t.at_secs > cleared_at]
        assert b"".join(after).strip(b"\x02") == b""
        assert [name for name, _, _ in line.played] == ["a", "b"]
        assert line.played[1] == ("b", 200, False)


async def test_every_utterance_on_the_way_is_cut() -> None:
    """One being heard, one that waits, one not begun: each is reported once, in order."""
    async with on_the_line() as line:
        await line.speak("a", 1000)
        await line.speak("b", 1000)
        await line.sound("c", 100)
        await line.stage.until(1.5)
        await line.stage.down(InterruptionFrame())
        await line.stage.after(0.01)
        assert line.played == [
            ("a", 1000, False),
            ("b", pytest.approx(500, abs=60), True),
            ("c", 0, True),
        ]


async def test_the_position_is_right_behind_an_earlier_cut() -> None:
    """What a clear dropped counts for nothing in what follows."""
    async with on_the_line() as line:
        await line.speak("a", 3000, filled_with=1)
        await line.stage.until(1.0)
        await line.stage.down(InterruptionFrame())
        await line.speak("b", 3000, filled_with=2)
        await line.stage.until(2.7)
        await line.stage.down(InterruptionFrame())
        await line.stage.after(0.01)
        heard_ms = [line.carrier.heard.count(b"\x01") / 8, line.carrier.heard.count(b"\x02") / 8]
        assert line.played == [
            ("a", pytest.approx(heard_ms[0], abs=60), True),
            ("b", pytest.approx(heard_ms[1], abs=60), True),
        ]
        assert heard_ms[1] > 1500


async def test_an_interruption_of_silence_sends_nothing() -> None:
    """A caller who speaks to a silent agent is no reason for messages."""
    async with on_the_line() as line:
        await line.stage.down(InterruptionFrame())
        await line.speak("a", 300)
        await line.stage.after(1)
        await line.stage.down(InterruptionFrame())
        await line.stage.after(1)
        assert line.carrier.commands(Clear) == []
        assert line.played == [("a", 300, False)]
        assert len(line.stage.downs(InterruptionFrame)) == 2


async def test_a_lost_echo_is_made_good_by_the_next() -> None:
    """An echo lost on the way delays nothing but what it alone could tell."""
    carrier = FarCarrier()
    carrier.loses_marks = {"2", "5"}  # the fifth ends the first utterance
    async with on_the_line(carrier) as line:
        await line.speak("a", 500)
        await line.speak("b", 500)
        await line.stage.after(3)
        assert line.played == [("a", 500, False), ("b", 500, False)]
        assert len(line.stage.downs(BotStoppedSpeakingFrame)) == 1


async def test_an_utterance_of_no_sound_ends_too() -> None:
    """A delta may be empty: no message without sound goes out, and nobody waits for ever."""
    async with on_the_line() as line:
        await line.speak("a", 0)
        await line.speak("b", 100)
        await line.stage.after(1)
        assert [name for name, _, _ in line.played] == ["a", "b"]
        assert all(taken.command.ulaw for taken in line.carrier.commands(Media))


async def test_a_carrier_that_takes_nothing_is_given_up() -> None:
    """After 5 s the stream is closed, which the reader reports; nobody else has waited."""
    async with on_the_line() as line:
        line.carrier.takes = False
        await line.speak("a", 1000)
        line.carrier.say(b"\x01" * 160)
        await line.stage.until(4.9)
        assert len(line.stage.downs(CallerAudioFrame)) == 1
        assert line.ended == []
        await line.stage.until(5.1)
        assert line.carrier.closed_with == 1011
        assert line.ended == ["lost"]


async def test_a_carrier_that_went_away_is_reported_once() -> None:
    """Writer and reader both meet it; the runner hears of it from one."""
    async with on_the_line() as line:
        await line.carrier.close()
        await line.speak("a", 1000)
        await line.stage.after(10)
        assert line.ended == ["lost"]


async def test_a_call_that_hangs_up_sends_no_more_sound() -> None:
    """The line is about to be taken away: what was heard is told, what was not is dropped."""
    for end_of_call in (HangUpFrame(reason="time_limit"), TransferFrame(reason="A person.")):
        async with on_the_line() as line:
            await line.speak("a", 3000)
            await line.stage.until(1.0)
            await line.stage.down(end_of_call)
            await line.stage.after(0.001)
            sent = line.carrier.sound
            await line.stage.after(3)
            assert line.carrier.sound == sent
            assert line.carrier.commands(Clear) == []
            assert line.played == [("a", pytest.approx(1000, abs=60), True)]


async def test_what_was_heard_is_told_when_the_caller_hangs_up() -> None:
    """Before the runner hears of it, and once: marks that never come are not waited for."""
    for leave in (FarCarrier.hang_up, FarCarrier.drop):
        async with on_the_line() as line:
            await line.speak("a", 3000)
            await line.stage.until(1.0)
            leave(line.carrier)
            await line.stage.after(0.01)
            assert line.played == [("a", pytest.approx(1000, abs=60), True)]
            assert len(line.ended) == 1


# -- a second stream ------------------------------------------------------------------------------


async def test_the_call_goes_on_over_another_stream() -> None:
    """Both ways, under its own id; marks of the first prove nothing about the second."""
    async with on_the_line() as line:
        await line.speak("a", 3000)
        await line.stage.until(1.0)
        line.carrier.drop()
        await line.stage.after(0.01)
        assert line.played == [("a", pytest.approx(1000, abs=60), True)]
        second = FarCarrier(stream_sid="MZ2")
        await line.attach(second)
        second.say(b"\x03" * 160)
        await line.speak("b", 500)
        await line.stage.after(1)
        assert [frame.ulaw[0] for frame in line.stage.downs(CallerAudioFrame)] == [3]
        assert len(second.sound) == 500 * 8
        assert second.commands(MarkMessage)[0].command.name == "1"
        assert line.played[1:] == [("b", 500, False)]
        assert len(line.stage.downs(BotStoppedSpeakingFrame)) == 2
        assert (len(line.stage.downs(LineLostFrame)), len(line.stage.downs(LineBackFrame))) == (
            1,
            1,
        )
        second.drop()
        await line.stage.after(0.01)
        assert line.ended == ["lost", "lost"]


async def test_what_was_cut_is_not_sent_on_the_next_stream() -> None:
    """Sound made while there is no stream waits for it; the rest of what was cut does not."""
    async with on_the_line() as line:
        await line.sound("a", 3000)
        await line.stage.until(1.0)
        line.carrier.drop()
        await line.stage.after(0.01)
        await line.sound("a", 1000)
        await line.speak("b", 400, filled_with=2)
        await line.stage.after(2)
        second = FarCarrier(stream_sid="MZ2")
        await line.attach(second)
        await line.stage.after(1)
        assert second.sound == b"\x02" * 400 * 8
        assert line.played[1:] == [("b", 400, False)]


async def test_a_stream_may_be_given_up_before_its_socket_knows() -> None:
    """It is read no more, told as lost once, and its runner hears nothing of it."""
    async with on_the_line() as line:
        await line.speak("a", 3000)
        await line.stage.until(1.0)
        await line.caller_audio.line_lost()
        await line.caller_audio.line_lost()
        line.carrier.say(b"\x03" * 160)
        line.carrier.drop()
        await line.stage.after(1)
        assert line.ended == []
        assert len(line.stage.downs(LineLostFrame)) == 1
        assert line.stage.downs(CallerAudioFrame) == []
        assert line.played == [("a", pytest.approx(1000, abs=60), True)]


# -- sound that breaks off ------------------------------------------------------------------------


async def test_an_utterance_that_runs_dry_is_told_once_each_time() -> None:
    """At the end of what has come, and not at the end of all."""
    async with on_the_line() as line:
        await line.sound("a", 500)
        await line.stage.until(1.0)
        await line.sound("a", 200)
        await line.stage.until(2.0)
        await line.speak("a", 300)
        await line.stage.until(3.0)
        assert line.stage.up_secs(RanDryFrame) == [
            pytest.approx(0.5, abs=0.01),
            pytest.approx(1.2, abs=0.01),
        ]
        assert line.played == [("a", 1000, False)]
        assert len(line.stage.ups(BotStoppedSpeakingFrame)) == 1


async def test_what_comes_while_an_utterance_is_dry_overtakes_it() -> None:
    """A line that asks to wait is heard at once; the rest follows, and each is heard to its end."""
    async with on_the_line() as line:
        await line.sound("a", 500, filled_with=1)
        await line.stage.until(1.0)
        await line.speak("aside", 400, filled_with=2)
        await line.stage.until(1.2)
        await line.speak("a", 300, filled_with=3)
        await line.stage.until(3.0)
        assert line.carrier.heard == b"\x01" * 4000 + b"\x02" * 3200 + b"\x03" * 2400
        assert line.played == [("aside", 400, False), ("a", 800, False)]


async def test_an_interruption_behind_a_dry_utterance_cuts_both() -> None:
    """Each is reported as far as it was heard."""
    async with on_the_line() as line:
        await line.sound("a", 500)
        await line.stage.until(1.0)
        await line.speak("aside", 4000)
        await line.stage.until(1.3)
        await line.stage.down(InterruptionFrame())
        assert line.played == [("aside", pytest.approx(300, abs=90), True), ("a", 500, True)]


async def test_what_comes_in_time_waits_its_turn() -> None:
    """Nothing overtakes an utterance that is still being heard."""
    async with on_the_line() as line:
        await line.sound("a", 500, filled_with=1)
        await line.stage.until(0.2)
        await line.speak("b", 400, filled_with=2)
        await line.speak("a", 300, filled_with=3)
        await line.stage.until(3.0)
        assert [utterance for utterance, _, _ in line.played] == ["a", "b"]
        assert line.stage.ups(RanDryFrame) == []
