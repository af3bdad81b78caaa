"""Machines that answer a call of the line, on real sockets: what they hear and what is recorded."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from machine_kit import (
    CHATTER,
    GREETING,
    HANG_UP,
    LEAVE,
    MACHINE,
    MESSAGE,
    NEVER,
    callee,
    left_whole,
    machine,
    sound_ended_ms,
    voters,
    whole_ms,
)
from talk_kit import Scenes, asked_by

from bot.simulator.callees import fax, full_mailbox, tone, voicemail
from bot.simulator.caller import Pause, Say, Sound, StayOn
from bot.simulator.carrier import EndReason
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()
scene = partial(callee, SCENES)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(
    spoken: Voice, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Scenes]:
    folder = tmp_path_factory.mktemp("machines")
    await SCENES.play(folder, spoken, asked=asked_by(request))
    yield SCENES


# -- a machine ------------------------------------------------------------------------------------

BEEPED = scene(
    actions=voicemail(GREETING),
    order=LEAVE,
    callee={**MACHINE, "detection_ms": 7000},
    expects=(GREETING,),
)


def test_the_message_begins_behind_the_beep(calls: Scenes) -> None:
    """In the machine's recording it is whole, after a breath, and the line is dead after it."""
    call = calls[BEEPED]
    beep_ms = sound_ended_ms(call)
    span = left_whole(call, beep_ms)
    assert span.start_ms < beep_ms + 1500
    assert machine(call)["is"] == "machine"
    assert machine(call)["delivered_after_beep"] is True
    assert machine(call)["beep_after_ms"] == pytest.approx(beep_ms + 220, abs=250)
    assert voters(call) == {"carrier", "beep", "words"}
    detection = call.sim.request.machine_detection
    assert detection is not None and (detection.mode, detection.is_async) == (
        "DetectMessageEnd",
        True,
    )


def test_the_agent_is_silent_while_the_machine_speaks(calls: Scenes) -> None:
    """From the greeting's first word on, though the model would have answered it."""
    call = calls[BEEPED]
    assert call.sounds_between(call.spoke_at(GREETING) + 900, sound_ended_ms(call)) == []
    assert [text for role, text in call.turns if role == "agent"][1:] == [MESSAGE]


UNTOLD = scene(actions=voicemail(GREETING), order=LEAVE, callee=NEVER, expects=(GREETING,))


def test_a_carrier_that_never_says_is_not_needed(calls: Scenes) -> None:
    """Words and beep are enough."""
    call = calls[UNTOLD]
    left_whole(call, sound_ended_ms(call))
    assert voters(call) == {"beep", "words"}
    assert machine(call)["delivered_after_beep"] is True


FOREIGN = scene(
    actions=voicemail(GREETING), order=LEAVE, callee=NEVER, expects=("Zanechajte nam odkaz.",)
)


def test_a_beep_behind_a_monologue_is_enough(calls: Scenes) -> None:
    """Nobody told and nobody understood: who speaks for seconds and beeps is a machine."""
    call = calls[FOREIGN]
    span = left_whole(call, sound_ended_ms(call), meanwhile=CHATTER)
    assert span.start_ms < sound_ended_ms(call) + 3500
    assert voters(call) == {"beep"}


BEEPLESS = scene(
    actions=voicemail(GREETING, beep=None),
    order=LEAVE,
    callee={**MACHINE, **NEVER},
    expects=(GREETING,),
)


def test_without_a_beep_a_long_silence_ends_the_greeting(calls: Scenes) -> None:
    """The message is left, and the record does not claim that a beep was heard."""
    call = calls[BEEPLESS]
    span = left_whole(call, call.fell_silent_at(GREETING) + 1000)
    assert 3500 < span.start_ms - call.fell_silent_at(GREETING) < 6500
    assert machine(call)["beep_after_ms"] is None
    assert machine(call)["delivered_after_beep"] is False


CARRIER_HEARD = scene(
    actions=voicemail(GREETING, beep=None),
    order=LEAVE,
    callee={**MACHINE, "detection_ms": 7300},
    expects=(GREETING,),
)


def test_the_carriers_word_ends_the_greeting_too(calls: Scenes) -> None:
    """It has heard the beep that our ear has missed."""
    call = calls[CARRIER_HEARD]
    told_ms = call.at_ms("amd_callback")
    span = left_whole(call, told_ms)
    assert span.start_ms < told_ms + 1500
    assert machine(call)["delivered_after_beep"] is True


LATE_BEEP = scene(
    actions=(Pause(300), Say(GREETING), Pause(6500), Sound(tone(1400.0, 300)), StayOn()),
    order=LEAVE,
    callee=NEVER,
    expects=(GREETING,),
)


def test_a_message_begun_too_early_is_said_again_behind_the_beep(calls: Scenes) -> None:
    """What was said before the beep is in no recording."""
    call = calls[LATE_BEEP]
    beep_ms = sound_ended_ms(call)
    assert 0 < call.heard_ms(MESSAGE) < whole_ms(MESSAGE) / 2
    span = left_whole(call, beep_ms + 200, meanwhile=MESSAGE)
    assert span.start_ms < beep_ms + 1500
    assert machine(call)["delivered_after_beep"] is True


FULL = "Hello. The mailbox of Anna and Tom is full and cannot accept any messages. Goodbye."
NO_ROOM = scene(actions=full_mailbox(FULL), order=LEAVE, callee=NEVER, expects=(FULL,))


def test_a_full_mailbox_is_hung_up_on(calls: Scenes) -> None:
    """Nothing is said to it."""
    call = calls[NO_ROOM]
    assert call.heard(MESSAGE) is None
    assert call.outcome == ("unreached", "machine")
    assert call.sim.end_reason is EndReason.REST_COMPLETED
    assert machine(call)["message_played_ms"] is None


HUNG_UP = scene(
    actions=voicemail(GREETING),
    order=HANG_UP,
    callee={**MACHINE, "detection_ms": 3000},
    expects=(GREETING,),
    summary=True,
)


def test_hanging_up_on_a_machine(calls: Scenes) -> None:
    """As soon as its words prove it: a carrier's word alone, while it speaks, does not."""
    call = calls[HUNG_UP]
    assert call.fell_silent_at(GREETING) < call.ended_ms < call.fell_silent_at(GREETING) + 2500
    assert call.outcome == ("unreached", "machine")
    assert call.heard(CHATTER) is None
    assert "summary" not in call.asked  # there is nothing to sum up
    detection = call.sim.request.machine_detection
    assert detection is not None and detection.mode == "Enable"


FAX = scene(actions=fax(), order=LEAVE, callee={"who": "fax", "detection_ms": 1500})


def test_a_fax_gets_no_message(calls: Scenes) -> None:
    """It is hung up on, its tone is no beep, and the record says what it is."""
    call = calls[FAX]
    assert call.heard(MESSAGE) is None
    assert call.outcome == ("unreached", "machine")
    assert machine(call)["is"] == "fax"
    assert voters(call) <= {"carrier", "tone"}  # whichever of them comes first


# -- other ways of taking turns -------------------------------------------------------------------

WAYS = {
    name: scene(
        actions=voicemail(GREETING), order=LEAVE, callee=NEVER, expects=(GREETING,), agent=agent
    )
    for name, agent in {
        "local": 'turns = "local"',
        "server": 'turns = "server"',
        "cut": 'barge_in = { style = "cut" }',
    }.items()
}


@pytest.mark.parametrize("way", SCENES.thorough_but(WAYS, "local"))
def test_a_message_is_left_whoever_decides_on_turns(calls: Scenes, way: str) -> None:
    """Our ear or the model's, with or without patience for nods."""
    call = calls[WAYS[way]]
    left_whole(call, sound_ended_ms(call))
    assert machine(call)["delivered_after_beep"] is True
