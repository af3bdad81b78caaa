"""What the caller types is put before the model, noted and answered."""

from pathlib import Path
from typing import Any

from processors.frames import KeysTypedFrame
from tests.brains.realtime.far_model import FarSession
from tests.brains.realtime.test_realtime_model import GREETING, Scene, scene
from tests.wire import openai_events

TYPED = "[The caller typed 4071 on the keypad.]"


async def types(s: Scene, keys: str = "4071", *, asks: bool = True) -> None:
    for count in range(1, len(keys)):
        await s.stage.up(KeysTypedFrame(keys=keys[:count], complete=False, asks=asks))
    await s.stage.up(KeysTypedFrame(keys=keys, asks=asks))


def told(session: FarSession) -> list[dict[str, Any]]:
    """The items that tell of keys."""
    items = [event["item"] for event in session.of("conversation.item.create")]
    return [item for item in items if "keypad" in str(item.get("content"))]


async def test_keys_are_told_noted_and_answered(tmp_path: Path) -> None:
    """Once, however many keys there were."""
    async with scene(tmp_path, clips=[GREETING], first_line=GREETING) as s:
        await types(s)
        (item,) = told(s.session)
        assert (item["role"], item["content"][0]["text"]) == ("user", TYPED)
        assert s.session.asked_for() == ["answer"]
        assert s.notes.said == [("caller", TYPED)]


async def test_keys_with_a_meaning_of_their_own_are_told_only(tmp_path: Path) -> None:
    """Whoever they are meant for does what they mean."""
    async with scene(tmp_path, clips=[GREETING], first_line=GREETING) as s:
        await types(s, "0", asks=False)
        assert len(told(s.session)) == 1
        assert s.session.asked_for() == []
        assert s.notes.said == [("caller", "[The caller typed 0 on the keypad.]")]


async def test_who_types_and_speaks_is_answered_once(tmp_path: Path) -> None:
    """The answer to their words is one to their keys too, if the model knew of them."""
    async with scene(tmp_path, clips=[GREETING], first_line=GREETING) as s:
        await s.tell(openai_events.speech_started("turn_1"))
        await types(s)
        assert s.session.asked_for() == []
        item_id = told(s.session)[0]["id"]
        await s.tell(
            {"type": "conversation.item.added", "item": {"id": item_id, "type": "message"}},
            *openai_events.caller_turn("turn_1", "That is it.")[1:],
            *openai_events.answer("resp_1", "item_1", "Thank you."),
        )
        assert s.session.asked_for() == []


async def test_keys_that_came_too_late_for_an_answer_get_another(tmp_path: Path) -> None:
    """The model's side began to answer before it knew of them."""
    async with scene(tmp_path, clips=[GREETING], first_line=GREETING) as s:
        await s.tell(openai_events.speech_started("turn_1"))
        await types(s)
        await s.tell(
            *openai_events.caller_turn("turn_1", "That is it.")[1:],
            *openai_events.answer("resp_1", "item_1", "Thank you."),
        )
        assert s.session.asked_for() == ["answer"]


async def test_another_session_is_told_of_the_keys(tmp_path: Path) -> None:
    """As of everything that was said."""
    first, second = FarSession(), FarSession()

    async def reopen() -> FarSession:
        return second

    async with scene(
        tmp_path, session=first, reopen=reopen, clips=[GREETING], first_line=GREETING
    ) as s:
        await types(s, asks=False)
        first.lose()
        await s.stage.after(1.0)
        assert [item["content"][0]["text"] for item in told(second)] == [TYPED]


async def test_keys_of_a_caller_who_hangs_up_are_noted(tmp_path: Path) -> None:
    """They pressed them, though nobody knows whether they are all."""
    async with scene(tmp_path, clips=[GREETING], first_line=GREETING) as s:
        await s.stage.up(KeysTypedFrame(keys="40", complete=False))
        await s.model.hear_out()
        assert s.notes.said == [("caller", "[The caller typed 40 on the keypad.]")]
