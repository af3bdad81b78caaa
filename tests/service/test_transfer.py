"""The caller is put through to a person."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio
from talk_kit import Scene, Scenes, Told

from bot.simulator.caller import InterruptAfter, Say, StayOn, WaitForAgent
from bot.simulator.model import ANYTHING, Call, Faults, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import HUMAN

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

GREETING = "Hello there."
ASK = "Please put me through to accounting."
THROUGH = "I will put you through to one of us."
NOBODY_HERE = "Nobody is free, can I help you myself?"
THANKS = "Thank you so very much."
HOLD, NOBODY = "Please hold.", "Nobody can take your call now."
REASON = "Wants a person."
TRANSFER = Call(name="transfer_to_human", arguments={"reason": REASON})
SIP = "sip:desk@sip.example.com"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("transfer"), spoken)
    yield SCENES


def scene(*, say: str = THROUGH, **more: Any) -> Scene:
    script = ModelScript(
        greeting=GREETING,
        steps=(
            Step(hears=ANYTHING, say=say, calls=(TRANSFER,)),
            Step(after_tool="transfer_to_human", say=NOBODY_HERE),
        ),
        expects=(ASK, THANKS),
    )
    return SCENES.add(
        **{
            "script": script,
            "agent": f'lines = {{ hold = "{HOLD}", nobody = "{NOBODY}" }}',
            "actions": (WaitForAgent(300), Say(ASK), StayOn()),
        }
        | more
    )


def assert_put_through(call: Told, to: str) -> None:
    """Told, held, dialled, in this order; and the record says why and when."""
    assert call.said_by_carrier == [HOLD]
    assert call.dialled == [to]
    assert call.at_ms("say") < call.at_ms("dial") < call.at_ms("dial_answered")
    assert call.outputs == [{"transferring": True}]
    assert call.outcome == ("transferred", "transfer")
    transfer = call.record["transfer"]
    assert (transfer["reason"], transfer["target"]) == (REASON, to)
    answered, ended = (call.record[name] for name in ("answered_at", "ended_at"))
    moments = [datetime.fromisoformat(text) for text in (answered, transfer["at"], ended)]
    assert moments == sorted(moments)


def assert_model_is_done(call: Told) -> None:
    """It has its result before the caller is put on hold, and never speaks again."""
    told = call.session.client_events
    told_at = next(
        moved.at_secs
        for moved in told
        if moved.event.get("item", {}).get("type") == "function_call_output"
    )
    assert call.line_ms(told_at) < call.at_ms("say")
    later = [m.event["type"] for m in call.session.server_events if m.at_secs > told_at]
    assert "response.created" not in later
    assert call.asked == ["opening"]


NUMBER = scene()


def test_a_caller_is_put_through_to_a_number(calls: Scenes) -> None:
    """The result first, then the hold line, then the person is dialled."""
    call = calls[NUMBER]
    assert_put_through(call, HUMAN)
    assert_model_is_done(call)


def test_the_agents_last_words_are_heard_before_the_hold_line(calls: Scenes) -> None:
    """Nobody is cut off in mid-sentence."""
    call = calls[NUMBER]
    assert call.heard_ms(THROUGH) == 2250
    assert call.turns[-1] == ("agent", THROUGH)


AT_SIP = scene(settings={"human_transfer_number": SIP})


def test_a_caller_is_put_through_to_a_sip_address(calls: Scenes) -> None:
    """The same, over SIP."""
    call = calls[AT_SIP]
    assert_put_through(call, SIP)
    assert call.sim.legs[0].callee.kind == "sip"


WORDLESS = scene(say="")


def test_a_transfer_without_a_word_goes_ahead(calls: Scenes) -> None:
    """The hold line says what happens."""
    assert_put_through(calls[WORDLESS], HUMAN)
    assert_model_is_done(calls[WORDLESS])


THANKED = scene(actions=(WaitForAgent(300), Say(ASK), InterruptAfter(1300, THANKS), StayOn()))


def test_a_caller_who_says_thank_you_is_put_through_all_the_same(calls: Scenes) -> None:
    """The caller's words call nothing off, and the model does not answer them."""
    call = calls[THANKED]
    assert 0 < call.heard_ms(THROUGH) < 2250
    assert_put_through(call, HUMAN)
    assert_model_is_done(call)


BILLING = "+15558880000"
NAMED = scene(
    script=ModelScript(
        greeting=GREETING,
        steps=(
            Step(
                hears=ANYTHING,
                say=THROUGH,
                calls=(
                    Call(name="transfer_to_human", arguments={"reason": REASON, "to": "billing"}),
                ),
            ),
        ),
        expects=(ASK,),
    ),
    agent=f'lines = {{ hold = "{HOLD}", nobody = "{NOBODY}" }}\n'
    f'people.billing = {{ number = "{BILLING}", about = "bills" }}',
)


def test_a_caller_is_put_through_to_a_person_by_name(calls: Scenes) -> None:
    """One of the agent's file, of whom the model was told."""
    call = calls[NAMED]
    assert_put_through(call, BILLING)
    asked = call.session.received("session.update")[0]["session"]["instructions"]
    assert "billing: bills" in asked
    assert BILLING not in asked


ALONE = scene(
    say="",
    settings={"human_transfer_number": ""},
    actions=(WaitForAgent(300), Say(ASK), WaitForAgent(400)),
)


def test_without_a_person_the_agent_says_so(calls: Scenes) -> None:
    """The model is told that nobody is there, and goes on with the call."""
    call = calls[ALONE]
    assert [output["error"] for output in call.outputs] == ["nobody_available"]
    assert call.heard_ms(NOBODY_HERE) == 2000
    assert call.dialled == call.said_by_carrier == []
    assert call.record["transfer"] is None
    assert call.outcome == ("completed", "caller_hung_up")


# -- without the model ----------------------------------------------------------------------------

DANGER, DIAL = "My husband can't breathe!", "Dial the emergency number."


def unasked(asks: str, agent: str = "", **more: Any) -> Scene:
    """The model answers at length and calls nothing."""
    script = ModelScript(
        greeting=GREETING,
        steps=(Step(hears=ANYTHING, say="one two three four five six seven eight nine ten"),),
        expects=(asks,),
    )
    lines = f'lines = {{ hold = "{HOLD}", nobody = "{NOBODY}", emergency = "{DIAL}" }}\n{agent}'
    return scene(
        script=script,
        agent=lines,
        actions=(WaitForAgent(300), Say(asks), StayOn()),
        **more,
    )


ASKED = unasked("I want to talk to a human.")
IN_DANGER = unasked(DANGER)
DIALS_HIMSELF = unasked(DANGER, 'emergency = { then = "hang_up" }')
WITHOUT_MODEL = unasked(
    DANGER,
    faults=Faults(never_answers=True),
    first_line=GREETING,
    clips=(GREETING,),
)
ALONE_IN_DANGER = unasked(DANGER, settings={"human_transfer_number": ""}, within_secs=40.0)


def test_who_asks_for_a_person_is_put_through_whatever_the_model_does(calls: Scenes) -> None:
    """Its answer is cut short."""
    call = calls[ASKED]
    assert call.said_by_carrier == [HOLD]
    assert call.dialled == [HUMAN]
    assert call.outcome == ("transferred", "transfer")
    assert call.record["transfer"]["reason"] == "The caller asked for a person."
    assert call.heard_ms("one two three four five six seven eight nine ten") < 1000


def test_who_is_in_danger_is_told_what_to_dial_and_put_through(calls: Scenes) -> None:
    """By the carrier's voice, which needs no model."""
    call = calls[IN_DANGER]
    assert call.said_by_carrier == [f"{DIAL} {HOLD}"]
    assert call.dialled == [HUMAN]
    assert call.record["transfer"]["reason"] == "Emergency: the caller said so."


def test_who_is_in_danger_needs_no_model_that_answers(calls: Scenes) -> None:
    """It hears and never says a word; so the greeting is a prepared one."""
    call = calls[WITHOUT_MODEL]
    assert [text for role, text in call.turns if role == "agent"] == [GREETING]
    assert call.dialled == [HUMAN]
    assert call.said_by_carrier == [f"{DIAL} {HOLD}"]
    assert call.record["transfer"]["reason"] == "Emergency: the caller said so."


def test_who_is_in_danger_may_be_left_to_dial(calls: Scenes) -> None:
    """The line is heard whole, and the call ends after it."""
    call = calls[DIALS_HIMSELF]
    assert call.turns[-1] == ("agent", DIAL)
    assert call.dialled == []
    assert call.record["outcome"]["reason"] == "emergency"


def test_who_is_in_danger_hears_what_to_dial_where_there_is_no_person(calls: Scenes) -> None:
    """The call goes on."""
    call = calls[ALONE_IN_DANGER]
    assert ("agent", DIAL) in call.turns
    assert call.dialled == call.said_by_carrier == []


HOURS, OFFER, YES = "When are you open?", "Shall I put you through to one of us?", "Yes, please."
LOOKUP = Call(name="lookup_hours", arguments={})
UNLUCKY = SCENES.add(
    script=ModelScript(
        greeting=GREETING,
        steps=(
            Step(hears="open", calls=(LOOKUP,), once=False),
            Step(after_tool="lookup_hours", say="I cannot look it up.", once=False),
        ),
        expects=(HOURS, HOURS, YES),
    ),
    agent=f'lines = {{ hold = "{HOLD}", offer = "{OFFER}" }}',
    business={"fail_next": 9, "fail_status": 500},
    actions=(
        WaitForAgent(300),
        Say(HOURS),
        WaitForAgent(700),
        Say(HOURS),
        WaitForAgent(1500),
        Say(YES),
        StayOn(),
    ),
)


def test_after_two_failures_a_person_is_offered(calls: Scenes) -> None:
    """The line is heard whole, and a yes to it needs no model."""
    call = calls[UNLUCKY]
    assert ("agent", OFFER) in call.turns
    assert call.turns[-1] == ("caller", YES)
    assert call.dialled == [HUMAN]
    assert call.record["transfer"]["reason"] == "The caller took the offer of a person."
