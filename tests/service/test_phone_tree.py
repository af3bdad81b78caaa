"""An agent calls a company whose telephone is answered by a menu, and finds its way to a person."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from talk_kit import Scene, Scenes, Told, open_scene, tell

from bot.brains.realtime.caller_side import KEYS_FAILED, KEYS_PRESSED
from bot.simulator.caller import (
    CallerScript,
    HangUp,
    Menu,
    Pause,
    Say,
    WaitForAgent,
    render_words,
)
from bot.simulator.carrier import Answers, EndReason
from bot.simulator.model import Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, Line

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAIN = "Welcome to the bicycle shop. For sales, press one. For repairs, press two."
REPAIRS = "Repairs. Please type the number of your order, followed by the hash key."
PERSON = "Repairs, this is Lena, how can I help you?"
ASKS = "I am calling about a bicycle. Is it ready?"
READY = "Yes, it is ready."
BYE = "Thank you, goodbye."
WRONG = "That is not a valid option."


def press(digits: str) -> tuple[Call, ...]:
    return (Call(name="press_keys", arguments={"digits": digits}),)


WAIT = (Call(name="wait_on_line"),)
TALK = (WaitForAgent(500), Say(READY), WaitForAgent(500), HangUp())
TREE = (
    Pause(300),
    Menu(MAIN, {"2": (Menu(REPAIRS, {"4711#": (Say(PERSON), *TALK)}),), "1": (HangUp(),)}),
)
SCENES = Scenes()


def scene(*steps: Step, actions: Sequence[Any] = TREE, **changes: Any) -> Scene:
    expects = changes.pop("expects", (MAIN, REPAIRS, PERSON, READY))
    return SCENES.add(
        order={},
        pipeline="errand",
        actions=actions,
        script=ModelScript(steps=steps, expects=expects, by_words=True, greeting="Hello."),
        within_secs=120.0,
        **changes,
    )


NAVIGATES = (
    Step(hears=("press two",), calls=press("2"), once=False),
    Step(hears=("number of your order",), calls=press("4711#")),
    Step(hears=("this is Lena",), say=ASKS),
    Step(hears=("it is ready",), say=BYE),
)
navigated = scene(*NAVIGATES)
wrong_key = scene(
    Step(hears=("press two",), calls=press("7")),
    Step(hears=("not a valid",), calls=WAIT),
    *NAVIGATES,
    expects=(MAIN, WRONG, MAIN, REPAIRS, PERSON, READY),
)
hangs_up = scene(Step(hears=("press two",), calls=press("1")), expects=(MAIN,))
PRESSING = "I am pressing two now."
speaks_first = scene(
    Step(hears=("press two",), say=PRESSING, calls=press("2")),
    *NAVIGATES[1:],
)
# The menu is read out with pauses, in which a model takes its turn and says nothing.
PARTS = (
    "Welcome to the bicycle shop.",
    "Your call may be recorded.",
    "For sales, press one.",
    "For rentals, press three.",
    "For repairs, press two.",
)
slow_menu = scene(
    *(Step(hears=(part,), calls=WAIT) for part in PARTS[:-1]),
    Step(hears=("press two",), calls=press("ww2")),
    *NAVIGATES[1:],
    actions=(
        *(step for part in PARTS[:-1] for step in (Say(part), Pause(1800))),
        Menu(PARTS[-1], {"2": (Pause(5000), Say(PERSON), *TALK)}),
    ),
    expects=(*PARTS, PERSON, READY),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def played(tmp_path_factory: pytest.TempPathFactory, spoken: Voice) -> AsyncIterator[None]:
    await SCENES.play(tmp_path_factory.mktemp("trees"), spoken)
    yield


def keys(told: Told) -> list[str]:
    """What the other side heard of keys."""
    return [str(e.detail["digits"]) for e in told.sim.events if e.kind == "digits_played"]


def notes(told: Told) -> list[str]:
    """What the model was told of its keys."""
    items = [event["item"] for event in told.session.received("conversation.item.create")]
    texts = [i["content"][0]["text"] for i in items if i.get("role") == "system"]
    return [text for text in texts if "keys" in text or "line was interrupted" in text]


def said(told: Told) -> list[str]:
    return [text for role, text in told.turns if role == "agent" and text != "Hello."]


def assert_sound(told: Told) -> None:
    """One session, and nothing that the model's side or the carrier objected to."""
    assert len(told.sessions) == 1
    assert told.errors == []
    assert told.sim.errors == []
    assert told.said_by_carrier == []


async def test_a_menu_is_navigated_with_keys() -> None:
    """Through two menus to a person, without a word to either; the conversation stays one."""
    told = SCENES[navigated]
    assert_sound(told)
    assert keys(told) == ["2", "4711#"]
    assert notes(told) == [KEYS_PRESSED, KEYS_PRESSED]
    assert len(told.sim.streams) == 3
    assert said(told) == [ASKS, BYE]
    assert told.outcome == ("completed", "caller_hung_up")


async def test_a_wrong_key_brings_the_menu_again() -> None:
    """The model hears so, says nothing into it, and presses another."""
    told = SCENES[wrong_key]
    assert_sound(told)
    assert keys(told) == ["7", "2", "4711#"]
    assert said(told) == [ASKS, BYE]


async def test_a_menu_that_hangs_up_ends_the_call() -> None:
    """As one whose other side hung up."""
    told = SCENES[hangs_up]
    assert_sound(told)
    assert (keys(told), told.outcome) == (["1"], ("completed", "caller_hung_up"))
    assert told.sim.end_reason is EndReason.CALLER_HUNG_UP


async def test_what_the_agent_says_is_heard_before_its_keys() -> None:
    """To its last word; it is not said again."""
    told = SCENES[speaks_first]
    assert_sound(told)
    assert said(told) == [PRESSING, ASKS, BYE]
    heard = told.heard(PRESSING)
    assert heard is not None and heard.end_ms - heard.start_ms >= told.heard_ms(PRESSING)
    assert told.turn(PRESSING)["interrupted"] is False
    assert told.at_ms("digits_played") > heard.end_ms - 100
    assert notes(told) == [KEYS_PRESSED, KEYS_PRESSED]


async def test_a_slow_menu_is_heard_in_silence() -> None:
    """However often the model takes its turn and says nothing, and though it owes no answer for
    seconds after its keys: nobody makes it speak, and the line is not given up."""
    told = SCENES[slow_menu]
    assert_sound(told)
    assert keys(told) == ["ww2"]
    assert said(told) == [ASKS, BYE]
    assert told.outcome == ("completed", "caller_hung_up")
    done = [call["name"] for call in told.record["tool_calls"]]
    assert done == ["wait_on_line"] * 4 + ["press_keys"]


# -- a carrier that would not ---------------------------------------------------------------------

SORRY = "Then I will ask a person."
REFUSED = ModelScript(
    steps=(
        Step(hears=("press two",), calls=press("2")),
        *NAVIGATES[1:],
        Step(after_tool="press_keys", say=SORRY),
    ),
    expects=(MAIN, PERSON, READY),
    by_words=True,
    greeting="Hello.",
)
NO_KEYS = (Say(MAIN), WaitForAgent(500), Say(PERSON), *TALK)


async def with_faults(
    folder: Path, spoken: Voice, fault: Callable[[Line], None], *, expects: Sequence[str] = ()
) -> Told:
    """A call in which something is wrong with the carrier's API once the other side has spoken."""
    actions = TREE if expects else NO_KEYS
    script = replace(REFUSED, expects=expects or REFUSED.expects)
    scene = Scene(pipeline="errand", script=script, actions=actions, order={}, within_secs=120)
    caller = CallerScript(actions, spoken)
    await render_words(caller)
    async with open_scene(scene, folder) as line:
        line.carrier.answer(CALLER, Answers(ring_secs=0.3, caller=caller))
        await line.api.post("/calls", json={"to": CALLER, "agent": "desk"})
        sim = await line.carrier.wait_for_call(to=CALLER)
        await sim.wait_for("caller_says")
        fault(line)
        return await tell(scene, line, sim, folder, spoken)


@pytest.mark.parametrize("code", [20003, pytest.param(20500, marks=pytest.mark.thorough)])
async def test_a_carrier_that_refuses_keys(tmp_path: Path, spoken: Voice, code: int) -> None:
    """Or fails: the stream goes on, and the model is told soon to find another way."""

    def refuses(line: Line) -> None:
        line.carrier.rest_faults.fail_next(9, code=code)

    told = await with_faults(tmp_path, spoken, refuses)
    assert keys(told) == []
    assert len(told.sim.streams) == 1
    assert notes(told) == [KEYS_FAILED]
    assert said(told) == [SORRY, ASKS, BYE]
    assert told.outcome == ("completed", "caller_hung_up")


async def test_a_carrier_whose_answer_is_lost(tmp_path: Path, spoken: Voice) -> None:
    """The stream that follows proves that the keys were pressed. They are not pressed again."""

    def no_replies(line: Line) -> None:
        line.rest.late_secs = 60.0

    told = await with_faults(tmp_path, spoken, no_replies, expects=(MAIN, REPAIRS, PERSON, READY))
    assert keys(told) == ["2", "4711#"]
    assert notes(told) == [KEYS_PRESSED, KEYS_PRESSED]
    assert said(told) == [ASKS, BYE]
