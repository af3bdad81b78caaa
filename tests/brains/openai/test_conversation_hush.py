"""A conversation to which nobody listens: a machine has answered, until a person comes."""

import pytest

from tests.brains.openai.test_conversation_hold import Wire
from tests.wire import openai_events


def hushed() -> Wire:
    """The agent was speaking and was hushed, as `RealtimeModel` does it."""
    wire = Wire()
    wire.conversation.asking.hush()
    wire.conversation.interrupted()
    wire.conversation.playback.played("item_1", 500, interrupted=True)
    wire.happened()
    wire.sent()
    return wire


def test_what_the_model_answers_to_a_machine_is_withdrawn() -> None:
    """As it begins: nothing of it is heard, and the conversation forgets its items."""
    wire = hushed()
    wire.feed(*openai_events.caller_turn("greeting", "Please leave a message."))
    seen = wire.feed(*openai_events.answer("resp_2", "item_2", "Oh, hello!"))
    assert not any(type(happening).__name__ == "AgentSound" for happening in seen)
    sent = [(e["type"], e.get("response_id") or e.get("item_id")) for e in wire.sent()]
    assert sent == [("response.cancel", "resp_2"), ("conversation.item.delete", "item_2")]
    assert not wire.conversation.asking.busy
    assert wire.asked() == []


def test_nothing_is_asked_for_but_lines() -> None:
    """Neither by a watchdog nor after a function nor at the end of a local turn."""
    wire = hushed()
    wire.conversation.asking.answer()
    wire.conversation.asking.answer_now()
    assert wire.asked() == []
    wire.conversation.asking.say("Please ring us back.")
    assert wire.asked() == ["say"]


def test_a_line_waits_for_nobodys_turn() -> None:
    """The model's side may take a beep for speech; its answer, refused for ours, is not missed."""
    wire = hushed()
    started, *_ = openai_events.caller_turn("beep", "")
    wire.feed(started)
    wire.conversation.asking.say("Please ring us back.")
    assert wire.asked() == ["say"]
    wire.feed(openai_events.error("conversation_already_has_active_response"))
    wire.feed(*openai_events.answer("resp_2", "item_2", "Please ring us back.", purpose="say"))
    assert wire.asked() == []


@pytest.mark.parametrize("line", ["Good morning.", None])
def test_a_person_is_greeted(line: str | None) -> None:
    """With the call's first line or in the model's own words, told what has happened."""
    wire = hushed()
    wire.feed(*openai_events.caller_turn("turn", "Hello?"))
    wire.feed(*openai_events.answer("resp_2", "item_2", "Oh, hello!"))
    wire.sent()
    wire.conversation.asking.greet(line)
    (note,) = wire.sent()
    assert "A person has just picked up" in note["item"]["content"][0]["text"]
    assert wire.asked() == ["say" if line else "answer"]


def test_a_person_is_greeted_once() -> None:
    """The model's own answer to their first words may still be to begin: the line stands for it."""
    wire = hushed()
    wire.feed(*openai_events.caller_turn("turn", "Hello?"))
    wire.conversation.asking.greet("Good morning.")
    assert wire.asked() == []
    wire.feed(*openai_events.answer("resp_2", "item_2", "Oh, hello!"))
    assert wire.asked() == ["say"]
    wire.feed(*openai_events.answer("resp_3", "item_3", "Good morning.", purpose="say"))
    wire.feed(*openai_events.caller_turn("turn_2", "Who is this?"))
    seen = wire.feed(*openai_events.answer("resp_4", "item_4", "It is the clinic."))
    assert any(type(happening).__name__ == "AgentSound" for happening in seen)


def test_a_session_that_replaces_another_stays_hushed() -> None:
    """It answers nothing of its own; a line that was being asked for is asked for again."""
    wire = hushed()
    wire.feed(*openai_events.caller_turn("greeting", "Please leave a message.")[:3])
    wire.conversation.asking.say("Please ring us back.")
    assert wire.asked() == ["say"]
    wire.conversation.session_lost()
    wire.conversation.begin_again()
    assert wire.asked() == ["say"]
    seen = wire.feed(*openai_events.answer("resp_9", "item_9", "Oh, hello!"))
    assert not any(type(happening).__name__ == "AgentSound" for happening in seen)


def test_a_hush_in_a_hold_withdraws_the_answer_that_waits() -> None:
    """The hold is over; what was made of that speech is forgotten."""
    wire = Wire()
    wire.nod(text="Please leave a message.")
    wire.feed(*openai_events.answer("resp_2", "item_2", "Oh, hello!"))
    wire.conversation.asking.hush()
    wire.conversation.interrupted()
    seen = wire.happened()
    assert not any(type(happening).__name__ == "AgentSound" for happening in seen)
    assert wire.asked() == []
