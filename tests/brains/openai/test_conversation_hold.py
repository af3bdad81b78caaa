"""A conversation in which the agent is held: what is asked, kept and forgotten."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.brains.openai.conversation import OpenAIConversation
from bot.brains.realtime import events as happened
from bot.brains.realtime.events import ModelEvent
from tests.brains.openai.client_events import assert_valid
from tests.wire import openai_events
from tests.wire.openai_events import Event

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Wire:
    """A conversation driven as `RealtimeModel` drives it. The agent speaks `item_1`."""

    def __init__(self) -> None:
        self.conversation = OpenAIConversation()
        self.feed(*openai_events.answer("resp_1", "item_1", "A long answer."))
        self.sent()

    def feed(self, *events: Event) -> list[ModelEvent]:
        seen: list[ModelEvent] = []
        for event in events:
            self.conversation.server_event(event, NOW)
            seen += self.happened()
        return seen

    def happened(self) -> list[ModelEvent]:
        seen: list[ModelEvent] = []
        while self.conversation.happened or self.conversation.catch_up():
            while self.conversation.happened:
                happening = self.conversation.happened.popleft()
                seen.append(happening)
                if isinstance(happening, happened.AgentSound):
                    self.conversation.playback.received(happening.utterance_id, 250)
        return seen

    def sent(self) -> list[dict[str, Any]]:
        events = list(self.conversation.to_send)
        self.conversation.to_send.clear()
        for event in events:
            assert_valid(event)
        return events

    def asked(self) -> list[str]:
        self.conversation.asking.ask()
        asked = [e for e in self.sent() if e["type"] == "response.create"]
        return [e["response"]["metadata"]["purpose"] for e in asked]

    def nod(self, item_id: str = "nod", text: str = "Uh-huh.") -> list[ModelEvent]:
        """The model's ear hears a turn, the hold begins with it; up to the words."""
        started, stopped, committed, words = openai_events.caller_turn(item_id, text)
        seen = self.feed(started)
        self.conversation.hold()
        return seen + self.feed(stopped, committed, words)

    def kinds(self) -> list[tuple[str, str]]:
        """Types and subjects of what was sent."""
        return [(e["type"], e.get("item_id") or e.get("response_id") or "") for e in self.sent()]


def sounds(seen: list[ModelEvent]) -> list[str]:
    return [s.utterance_id for s in seen if isinstance(s, happened.AgentSound)]


@pytest.fixture
def wire() -> Wire:
    return Wire()


ANSWER = openai_events.answer("resp_2", "item_2", "An answer to that.")
DELETE, CANCEL = "conversation.item.delete", "response.cancel"


def test_a_hold_sends_nothing(wire: Wire) -> None:
    """Neither a cancellation nor a cut, and the words are told for what they are."""
    seen = wire.nod()
    assert happened.HeldWords(text="Uh-huh.") in seen
    assert [s.text for s in seen if isinstance(s, happened.CallerSaid)] == ["Uh-huh."]
    assert wire.sent() == []


def test_a_turn_without_words_is_told_too(wire: Wire) -> None:
    """A cough that the model's side took for a turn."""
    seen = wire.nod(text="")
    assert happened.HeldWords(text="") in seen
    assert not any(isinstance(s, happened.CallerSaid) for s in seen)


def test_words_of_an_earlier_turn_decide_nothing(wire: Wire) -> None:
    """Their transcript is late: they were answered before."""
    started, stopped, committed, words = openai_events.caller_turn("turn_0", "Tell me a story.")
    wire.feed(started, stopped, committed)
    wire.conversation.hold()
    seen = wire.feed(words)
    assert [type(s) for s in seen][:1] == [happened.CallerSaid]
    assert not any(isinstance(s, happened.HeldWords) for s in seen)


@pytest.mark.parametrize("known", range(len(ANSWER) + 1))
def test_given_back_nothing_of_the_nod_remains(wire: Wire, known: int) -> None:
    """Whatever of the answer to it had come by then: none is heard, all is deleted."""
    wire.nod()
    seen = wire.feed(*ANSWER[:known])
    wire.conversation.given_back()
    seen += wire.happened()
    seen += wire.feed(*ANSWER[known:])
    sent = wire.kinds()
    assert sounds(seen) == []
    assert (DELETE, "nod") in sent
    assert (DELETE, "item_2") in sent
    is_done = "response.done" in [event["type"] for event in ANSWER[:known]]
    assert ((CANCEL, "resp_2") in sent) is not is_done
    assert len(sent) == 2 + (not is_done)
    assert len([s for s in seen if isinstance(s, happened.Used)]) == 1
    assert not wire.conversation.asking.busy
    assert wire.asked() == []
    wire.conversation.playback.played("item_1", 1000, interrupted=False)
    (said,) = wire.happened()
    assert said == happened.AgentSaid(
        utterance_id="item_1", text="A long answer.", interrupted=False, heard_ms=1000
    )


def test_given_back_a_function_called_for_the_nod_is_not_run(wire: Wire) -> None:
    """The call is deleted like words: no result is made up for it."""
    wire.nod()
    seen = wire.feed(
        openai_events.created("resp_2"),
        openai_events.function_call("resp_2", "call_1", "book", added=True),
        openai_events.function_call("resp_2", "call_1", "book"),
        openai_events.done("resp_2"),
    )
    wire.conversation.given_back()
    seen += wire.happened()
    assert not any(isinstance(s, happened.FunctionCalled) for s in seen)
    assert wire.kinds() == [(DELETE, "nod"), (DELETE, "item_call_1")]


@pytest.mark.parametrize("known", range(len(ANSWER) + 1))
def test_taken_the_answer_that_waited_is_heard(wire: Wire, known: int) -> None:
    """All of it, once, and the old one is cut; the model is asked for no other."""
    wire.nod(text="No.")
    seen = wire.feed(*ANSWER[:known])
    assert sounds(seen) == []
    wire.conversation.interrupted()
    wire.conversation.playback.played("item_1", 400, interrupted=True)
    seen = wire.happened() + wire.feed(*ANSWER[known:])
    assert sounds(seen) == ["item_2"] * 4
    assert [s for s in seen if isinstance(s, happened.AgentSoundEnd)] == [
        happened.AgentSoundEnd(utterance_id="item_2")
    ]
    assert wire.kinds() == [("conversation.item.truncate", "item_1")]
    assert wire.asked() == []
    wire.conversation.playback.played("item_2", 1000, interrupted=False)
    assert [s.text for s in wire.happened()] == ["An answer to that."]


def test_taken_by_a_caller_who_speaks_again_the_answer_is_stale(wire: Wire) -> None:
    """It answers half of what they say: forgotten, while their words stay."""
    for how in ("our ear", "theirs"):
        wire = Wire()
        wire.nod(text="Okay.")
        wire.feed(*ANSWER[:3])
        seen = wire.feed(openai_events.speech_started("turn_2")) if how == "theirs" else []
        wire.conversation.interrupted(speaking=how == "our ear")
        seen += wire.happened() + wire.feed(openai_events.done("resp_2", "cancelled"))
        assert sounds(seen) == []
        assert wire.kinds() == [(CANCEL, "resp_2"), (DELETE, "item_2")]


def test_two_nods_are_forgotten_with_both_answers(wire: Wire) -> None:
    """The first answer was complete when the second nod began."""
    wire.nod()
    wire.feed(*ANSWER)
    third = openai_events.answer("resp_3", "item_3", "Another one.")
    seen = wire.feed(*openai_events.caller_turn("nod_2", "Okay."), *third)
    wire.conversation.given_back()
    seen += wire.happened()
    assert sounds(seen) == []
    assert sorted(wire.kinds()) == sorted(
        [(DELETE, item) for item in ("nod", "nod_2", "item_2", "item_3")]
    )


def test_an_answer_refused_for_the_one_that_is_held_is_asked_for_if_the_turn_is_taken() -> None:
    """It was still being generated when the caller's turn ended."""
    refused = openai_events.error("conversation_already_has_active_response")
    for taken in (True, False):
        wire = Wire()
        wire.feed(*openai_events.answer("resp_2", "item_2", "Longer.")[:-2])
        wire.nod(text="No." if taken else "Okay.")
        wire.feed(refused)
        if taken:
            wire.conversation.interrupted()
            assert wire.kinds() == [(CANCEL, "resp_2")]
        else:
            wire.conversation.given_back()
            assert wire.kinds() == [(DELETE, "nod")]
        wire.feed(openai_events.done("resp_2", "cancelled" if taken else "completed"))
        assert wire.asked() == (["answer"] if taken else [])


def test_refused_behind_the_hold_it_is_not_asked_for_either(wire: Wire) -> None:
    """The words were quicker than the refusal."""
    wire.feed(*openai_events.answer("resp_2", "item_2", "Longer.")[:-2])
    wire.nod()
    wire.conversation.given_back()
    wire.feed(openai_events.error("conversation_already_has_active_response"))
    wire.feed(openai_events.done("resp_2"))
    wire.sent()
    assert wire.asked() == []


def test_an_unwanted_answer_that_never_comes_costs_no_other(wire: Wire) -> None:
    """The caller's next turn is answered as any."""
    wire.nod()
    wire.conversation.given_back()
    wire.feed(*openai_events.caller_turn("turn_2", "And on Sunday?"))
    assert sounds(wire.feed(*ANSWER)) == ["item_2"] * 4


def test_local_turns_ask_for_an_answer_once_the_turn_is_taken() -> None:
    """We committed the sound ourselves: the item is deleted or answered."""
    for taken in (True, False):
        wire = Wire()
        wire.conversation.hold()
        wire.conversation.commit(NOW, NOW)
        wire.feed(openai_events.committed("nod"), openai_events.transcribed("nod", "Okay."))
        assert wire.asked() == []
        if taken:
            wire.conversation.interrupted()
        else:
            wire.conversation.given_back()
        deleted = [e["item_id"] for e in wire.sent() if e["type"] == DELETE]
        assert deleted == ([] if taken else ["nod"])
        assert wire.asked() == (["answer"] if taken else [])


def test_a_result_that_comes_in_a_hold_is_answered_in_any_case() -> None:
    """What was wanted before is forgotten with an interruption, this is not; nor asked twice."""
    for taken in (True, False):
        wire = Wire()
        wire.conversation.asking.answer()
        wire.conversation.hold()
        wire.conversation.function_result("call_1", {"open": True})
        wire.conversation.asking.answer()
        wire.sent()
        if taken:
            wire.conversation.interrupted()
        else:
            wire.conversation.given_back()
        assert wire.asked() == ["answer"]
        wire.feed(*openai_events.answer("resp_2", "item_2", "Open.", purpose="answer"))
        assert wire.asked() == []


def test_a_result_behind_the_answer_that_waits_is_answered_by_itself(wire: Wire) -> None:
    """That answer does not know of it."""
    wire.nod(text="No.")
    wire.feed(ANSWER[0])
    wire.conversation.function_result("call_1", {"open": True})
    wire.conversation.asking.answer()
    wire.conversation.interrupted()
    wire.happened()
    wire.feed(*ANSWER[1:])
    wire.sent()
    assert wire.asked() == ["answer"]


def test_what_the_answer_that_waits_knows_is_not_asked_for_again(wire: Wire) -> None:
    """It was wanted in the hold before that answer began."""
    wire.nod(text="No.")
    wire.conversation.asking.answer()
    wire.feed(*ANSWER)
    wire.conversation.interrupted()
    wire.happened()
    assert wire.asked() == []


def test_a_filler_that_is_called_off_ends_where_it_is(wire: Wire) -> None:
    """No more sound of it is waited for: held, it goes on with what there is."""
    wire.conversation.asking.say_aside("One moment, please.")
    spoken = openai_events.spoken("resp_9", "item_9", "One moment, please.")
    wire.feed(openai_events.created("resp_9", "aside"), *spoken[:5])
    wire.conversation.asking.call_off_asides()
    wire.conversation.asking.call_off_asides()
    assert wire.happened() == [happened.AgentSoundEnd(utterance_id="item_9")]
    assert [e["type"] for e in wire.sent()] == ["response.create", CANCEL]
