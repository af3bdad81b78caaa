"""The protocol of one conversation: captured server events in, client events out."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brains.openai import client_events
from bot.brains.openai.answers import MAX_BROKEN_OFF
from bot.brains.openai.client_events import opening_request, say_exactly
from bot.brains.openai.conversation import OpenAIConversation
from bot.brains.openai.failed_answers import MOST_FAILURES, WAITS_SECS
from bot.brains.realtime import events as happened
from bot.brains.realtime.events import ModelEvent
from tests.brains.openai.client_events import assert_valid
from tests.wire import captured, openai_events
from tests.wire.openai_events import Event

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Wire:
    """A conversation, driven as `RealtimeModel` drives it; all it sends is validated."""

    def __init__(self) -> None:
        self.conversation = OpenAIConversation()

    def feed(self, *events: Event, now: datetime = NOW) -> list[ModelEvent]:
        """Server events in; what happened out (sound counted as received)."""
        seen: list[ModelEvent] = []
        for event in events:
            self.conversation.server_event(event, now)
            seen += self.happened()
        return seen

    def happened(self) -> list[ModelEvent]:
        seen = list(self.conversation.happened)
        self.conversation.happened.clear()
        for happening in seen:
            if isinstance(happening, happened.AgentSound):
                self.conversation.playback.received(happening.utterance_id, 250)
        return seen

    def sent(self) -> list[dict[str, Any]]:
        events = list(self.conversation.to_send)
        self.conversation.to_send.clear()
        for event in events:
            assert_valid(event)
        return events

    def asked(self) -> list[dict[str, Any]]:
        self.conversation.asking.ask()
        return self.sent()


def of_kind(kind: type[Any], seen: list[ModelEvent]) -> list[Any]:
    return [happening for happening in seen if isinstance(happening, kind)]


@pytest.fixture
def wire() -> Wire:
    return Wire()


# -- asking ---------------------------------------------------------------------------------------


def test_the_opening_is_a_line_word_for_word_or_left_to_the_model() -> None:
    """It may precede the caller; with a line the model must not call a function instead."""
    line = opening_request("Hello, this is the clinic.")
    assert line == {
        "type": "response.create",
        "event_id": "opening",
        "response": {
            "metadata": {"purpose": "opening"},
            "instructions": say_exactly("Hello, this is the clinic."),
            "tool_choice": "none",
        },
    }
    free = opening_request(None)
    assert free["response"] == {"metadata": {"purpose": "opening"}}
    for event in (line, free):
        assert_valid(event)


def test_an_answer_is_asked_for_once(wire: Wire) -> None:
    """Two answers wanted at a time are one; nothing is asked while one is on its way."""
    wire.conversation.asking.answer()
    wire.conversation.asking.answer()
    (event,) = wire.asked()
    assert event["response"] == {"metadata": {"purpose": "answer"}}
    assert wire.happened() == [happened.Generating(under_way=True)]
    wire.conversation.asking.answer()
    assert wire.asked() == []
    wire.feed(*openai_events.answer("resp_1", "item_1", "Yes.", purpose="answer"))
    assert len(wire.asked()) == 1


def test_an_answer_may_have_instructions(wire: Wire) -> None:
    """They are of this response only."""
    wire.conversation.asking.answer("Be quick.")
    assert wire.asked()[0]["response"]["instructions"] == "Be quick."


def test_a_line_waits_for_the_response_under_way(wire: Wire) -> None:
    """Asking for a second one would be an error; the line comes right after."""
    wire.feed(openai_events.created("resp_1"))
    wire.conversation.asking.say("Are you still there?")
    assert wire.asked() == []
    wire.feed(openai_events.done("resp_1"))
    (event,) = wire.asked()
    assert event["response"] == {
        "metadata": {"purpose": "say"},
        "instructions": say_exactly("Are you still there?"),
        "tool_choice": "none",
    }


def test_lines_wait_in_order(wire: Wire) -> None:
    """None is lost: each is asked for when the one before is done."""
    for line in ("One.", "Two."):
        wire.conversation.asking.say(line)
    said = []
    for number in (1, 2):
        (event,) = wire.asked()
        said.append(event["response"]["instructions"])
        wire.feed(*openai_events.answer(f"resp_{number}", f"item_{number}", "x", purpose="say"))
    assert said == [say_exactly("One."), say_exactly("Two.")]


# -- speaking -------------------------------------------------------------------------------------


def test_a_response_brings_sound_and_its_end_and_usage(wire: Wire) -> None:
    """In the order in which it came, payloads untouched."""
    events = openai_events.answer("resp_1", "item_1", "We open at nine.", ms=1000)
    seen = wire.feed(*events)
    deltas = [e["delta"] for e in events if e["type"] == "response.output_audio.delta"]
    words = [each for each in seen if isinstance(each, happened.AgentWords)]
    assert words[-1] == happened.AgentWords(key="item_1", text="We open at nine.")
    assert all(b.text.startswith(a.text) for a, b in itertools.pairwise(words))
    assert [each for each in seen if each not in words] == [
        happened.Generating(under_way=True),
        *(happened.AgentSound(utterance_id="item_1", payload=delta) for delta in deltas),
        happened.AgentSoundEnd(utterance_id="item_1"),
        happened.Used(usage=openai_events.USAGE, sound_ms=2500.0),
        happened.Generating(under_way=False),
    ]
    assert wire.sent() == []


def test_a_server_that_tells_no_usage_is_looked_at_all_the_same(wire: Wire) -> None:
    """It may bill by the minute, and the call have a limit."""
    seen = wire.feed(openai_events.created("resp_1"), openai_events.done("resp_1", usage=None))
    assert happened.Used(usage={}, sound_ms=0.0) in seen


def test_what_was_played_is_what_was_said(wire: Wire) -> None:
    """Words become history when the carrier has played them, not when they are generated."""
    wire.feed(*openai_events.answer("resp_1", "item_1", "We open at nine."))
    wire.conversation.playback.played("item_1", 1000, interrupted=False)
    assert wire.happened() == [
        happened.AgentSaid(
            utterance_id="item_1", text="We open at nine.", interrupted=False, heard_ms=1000
        )
    ]
    assert wire.sent() == []


def test_it_is_said_once(wire: Wire) -> None:
    """A second report about an utterance, or one about none, says nothing."""
    wire.feed(*openai_events.answer("resp_1", "item_1", "We open at nine."))
    wire.conversation.playback.played("item_1", 1000, interrupted=False)
    wire.happened()
    wire.conversation.playback.played("item_1", 1000, interrupted=True)
    wire.conversation.playback.played("nobody", 1000, interrupted=True)
    assert (wire.happened(), wire.sent()) == ([], [])


def test_a_sound_whose_end_was_not_told_ends_with_its_response(wire: Wire) -> None:
    """An incomplete response must not keep the line waiting for more."""
    events = openai_events.answer("resp_1", "item_1", "We open at nine.")
    kept = [e for e in events if e["type"] != "response.output_audio.done"]
    ends = of_kind(happened.AgentSoundEnd, wire.feed(*kept))
    assert ends == [happened.AgentSoundEnd(utterance_id="item_1")]


def test_a_line_spoken_is_told_with_what_the_model_made_of_it(wire: Wire) -> None:
    """So that it can be kept as a clip if it was said word for word."""
    wire.conversation.asking.say("One moment, please.")
    wire.asked()
    seen = wire.feed(*openai_events.answer("resp_1", "item_1", "One moment please", purpose="say"))
    assert of_kind(happened.LineSpoken, seen) == [
        happened.LineSpoken(
            text="One moment, please.", utterance_id="item_1", transcript="One moment please"
        )
    ]


def test_a_message_played_while_its_response_goes_on_is_not_begun_again(wire: Wire) -> None:
    """Late events of an utterance that ended: no second end, no second line."""
    seen = wire.feed(
        openai_events.created("resp_1"),
        *openai_events.spoken("resp_1", "item_1", "Goodbye."),
    )
    assert len(of_kind(happened.AgentSoundEnd, seen)) == 1
    wire.conversation.playback.played("item_1", 1000, interrupted=False)
    wire.happened()
    late = wire.feed(
        openai_events.message_done("resp_1", "item_1", "Goodbye."), openai_events.done("resp_1")
    )
    assert of_kind(happened.AgentSoundEnd, late) == []


# -- prepared lines -------------------------------------------------------------------------------


def test_the_model_is_told_of_a_prepared_greeting(wire: Wire) -> None:
    """As the first item of the conversation, whatever came in before the session opened."""
    wire.conversation.playback.clip_played("clip_1", "Hello.", 900, first=True)
    assert wire.sent() == [
        {
            "type": "conversation.item.create",
            "previous_item_id": "root",
            "item": {
                "id": "said_1",
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Hello."}],
            },
        }
    ]
    wire.conversation.playback.played("clip_1", 900, interrupted=False)
    (said,) = of_kind(happened.AgentSaid, wire.happened())
    assert (said.text, said.interrupted) == ("Hello.", False)


def test_of_a_cut_clip_the_model_is_told_what_was_heard(wire: Wire) -> None:
    """A text item cannot be truncated: it is replaced, or taken out when nothing was heard."""
    wire.conversation.playback.clip_played("clip_1", "Hello, this is the clinic.", 1000, first=True)
    wire.sent()
    wire.conversation.playback.played("clip_1", 400, interrupted=True)
    delete, create = wire.sent()
    assert delete == {"type": "conversation.item.delete", "item_id": "said_1"}
    assert create["item"]["content"][0]["text"] == "Hello, this"
    wire.conversation.asking.say("Are you there?")
    wire.conversation.playback.clip_played("clip_2", "Are you there?", 1000, first=False)
    wire.sent()
    wire.conversation.playback.played("clip_2", 0, interrupted=True)
    assert [event["type"] for event in wire.sent()] == ["conversation.item.delete"]


def test_a_prepared_filler_is_no_part_of_the_conversation(wire: Wire) -> None:
    """The model never hears of it, also when it is cut."""
    wire.conversation.playback.aside_played("aside_1", "One moment.", 700)
    wire.conversation.playback.played("aside_1", 300, interrupted=True)
    assert wire.sent() == []
    assert of_kind(happened.AgentSaid, wire.happened())[0].interrupted


def test_a_filler_of_the_model_is_spoken_beside_the_conversation(wire: Wire) -> None:
    """At once, also while a response is under way, with no tools and no memory of it."""
    wire.feed(openai_events.created("resp_1"))
    wire.conversation.asking.say_aside("One moment.")
    (event,) = wire.sent()
    assert event["response"]["conversation"] == "none"
    assert event["response"]["input"] == []
    seen = wire.feed(*openai_events.answer("resp_2", "item_2", "One moment.", purpose="aside"))
    assert len(of_kind(happened.AgentSound, seen)) == 4
    wire.conversation.playback.played("item_2", 300, interrupted=True)
    assert wire.sent() == []
    assert wire.conversation.asking.busy


# -- interruptions --------------------------------------------------------------------------------


def test_an_interruption_cancels_the_response_and_cuts_its_memory(wire: Wire) -> None:
    """Cancel first, then truncate to what was heard; the transcript keeps what was heard."""
    wire.feed(
        openai_events.created("resp_1"),
        *openai_events.spoken("resp_1", "item_1", "We open at nine and close at five."),
    )
    assert wire.conversation.interrupted()
    wire.conversation.playback.played("item_1", 500, interrupted=True)
    assert wire.sent() == [
        {"type": "response.cancel", "response_id": "resp_1"},
        {
            "type": "conversation.item.truncate",
            "item_id": "item_1",
            "content_index": 0,
            "audio_end_ms": 500,
        },
    ]
    (said,) = of_kind(happened.AgentSaid, wire.happened())
    assert (said.text, said.interrupted) == ("We open at nine", True)


def test_nothing_of_a_cancelled_response_reaches_the_caller(wire: Wire) -> None:
    """Deltas on their way when it was cancelled, new items, its end: all are dropped."""
    wire.feed(openai_events.created("resp_1"))
    wire.conversation.interrupted()
    seen = wire.feed(
        *openai_events.spoken("resp_1", "item_1", "Too late."),
        openai_events.done("resp_1", "cancelled"),
    )
    assert of_kind(happened.AgentSound, seen) == []
    assert of_kind(happened.AgentSoundEnd, seen) == []
    assert of_kind(happened.Used, seen) == [
        happened.Used(usage=openai_events.USAGE, sound_ms=2500.0)
    ]
    assert not wire.conversation.asking.busy


def test_a_response_called_off_before_it_began_is_cancelled_when_it_begins(wire: Wire) -> None:
    """Its id is not known earlier."""
    wire.conversation.asking.answer()
    wire.asked()
    assert wire.conversation.interrupted()
    assert wire.sent() == []
    seen = wire.feed(*openai_events.answer("resp_1", "item_1", "Too late.", purpose="answer"))
    assert wire.sent() == [
        {"type": "response.cancel", "response_id": "resp_1"},
        {"type": "conversation.item.delete", "item_id": "item_1"},
    ]
    assert of_kind(happened.AgentSound, seen) == []


def test_a_response_is_cancelled_once(wire: Wire) -> None:
    """A second interruption while the first is being carried out sends nothing."""
    wire.feed(openai_events.created("resp_1"))
    wire.conversation.interrupted()
    wire.conversation.interrupted()
    assert len(wire.sent()) == 1


def test_an_interruption_of_sound_alone_cancels_nothing(wire: Wire) -> None:
    """Generation is over long before playback: there is only memory to cut."""
    wire.feed(*openai_events.answer("resp_1", "item_1", "We open at nine."))
    assert not wire.conversation.interrupted()
    wire.conversation.playback.played("item_1", 700, interrupted=True)
    assert [event["type"] for event in wire.sent()] == ["conversation.item.truncate"]


def test_memory_is_never_cut_beyond_its_sound(wire: Wire) -> None:
    """The server refuses a position after the end."""
    wire.feed(*openai_events.answer("resp_1", "item_1", "We open at nine.", ms=1000))
    wire.conversation.playback.played("item_1", 1003, interrupted=True)
    assert wire.sent()[0]["audio_end_ms"] == 1000


def test_a_message_of_which_nothing_was_heard_is_taken_out(wire: Wire) -> None:
    """The model must not believe that it said it."""
    wire.feed(*openai_events.answer("resp_1", "item_1", "We open at nine."))
    wire.conversation.playback.played("item_1", 0, interrupted=True)
    assert wire.sent() == [{"type": "conversation.item.delete", "item_id": "item_1"}]
    assert of_kind(happened.AgentSaid, wire.happened())[0].text == ""


def test_wishes_die_with_an_interruption(wire: Wire) -> None:
    """What was to be said before the caller spoke is not said after they have."""
    wire.feed(openai_events.created("resp_1"))
    wire.conversation.asking.say("Are you still there?")
    wire.conversation.interrupted()
    wire.feed(openai_events.done("resp_1", "cancelled"))
    wire.sent()
    assert wire.asked() == []


def test_a_function_call_of_a_cancelled_response_is_answered_and_not_run(wire: Wire) -> None:
    """The conversation holds the call; left without a result it would be a puzzle."""
    wire.feed(openai_events.created("resp_1"))
    wire.conversation.interrupted()
    wire.sent()
    seen = wire.feed(openai_events.function_call("resp_1", "call_1", "end_call"))
    assert of_kind(happened.FunctionCalled, seen) == []
    (event,) = wire.sent()
    assert event["item"]["type"] == "function_call_output"
    assert event["item"]["call_id"] == "call_1"


# -- conflicts and failures -----------------------------------------------------------------------


def test_a_conflict_is_no_complaint_and_the_wish_waits(wire: Wire) -> None:
    """The server began an answer of its own in the same moment: ours comes after it."""
    wire.conversation.asking.say("Are you still there?")
    (first,) = wire.asked()
    wire.feed(openai_events.created("resp_1"))
    conflict = openai_events.error(
        "conversation_already_has_active_response", about=first["event_id"]
    )
    assert of_kind(happened.Complaint, wire.feed(conflict)) == []
    assert wire.asked() == []
    wire.feed(openai_events.done("resp_1"))
    (again,) = wire.asked()
    assert again["response"] == first["response"]
    assert again["event_id"] != first["event_id"]


def test_an_answer_in_conflict_is_given_by_the_servers_own(wire: Wire) -> None:
    """A response that starts of itself answers all that is new."""
    wire.feed(openai_events.created("resp_0"))
    wire.conversation.asking.answer()
    wire.feed(openai_events.done("resp_0"), openai_events.created("resp_1"))
    wire.feed(openai_events.done("resp_1"))
    assert wire.asked() == []


def test_a_refusal_for_good_is_not_asked_again(wire: Wire) -> None:
    """It is complained about, and the conversation is free."""
    wire.conversation.asking.answer()
    (event,) = wire.asked()
    seen = wire.feed(openai_events.error("invalid_value", about=event["event_id"]))
    assert of_kind(happened.Complaint, seen) == [
        happened.Complaint(code="invalid_value", message="It says so.")
    ]
    assert (wire.conversation.asking.busy, wire.asked()) == (False, [])


def test_an_error_about_something_else_leaves_the_response_alone(wire: Wire) -> None:
    """Most errors are about one client event and leave the session as it was."""
    wire.conversation.asking.answer()
    wire.asked()
    wire.feed(openai_events.error("item_truncate_invalid", about="event_17"))
    assert wire.conversation.asking.busy


def test_an_error_about_our_question_whether_it_lives_is_an_answer(wire: Wire) -> None:
    """Nobody need hear of it, and it changes nothing."""
    about = client_events.are_you_there()["event_id"]
    assert wire.feed(openai_events.error("invalid_value", about=about)) == []


def test_cancelling_what_is_over_is_no_complaint(wire: Wire) -> None:
    """In server turns its ear cancels before us."""
    assert wire.feed(openai_events.error("response_cancel_not_active")) == []


@pytest.mark.parametrize("about", ["opening", "ask_1"])
def test_an_opening_that_is_refused_frees_the_conversation(wire: Wire, about: str) -> None:
    """So that something else may be said."""
    if about == "opening":
        wire.conversation.asking.opening_asked("Hello.")
    else:
        wire.conversation.asking.answer()
        wire.asked()
    assert wire.conversation.asking.busy
    wire.feed(openai_events.error("invalid_value", about=about))
    assert not wire.conversation.asking.busy


def test_a_failed_response_is_asked_for_again_and_several_end_the_call(wire: Wire) -> None:
    """Each after a moment in which nothing is asked for; one that succeeds forgives."""
    wire.conversation.asking.answer()
    wire.asked()
    for number, wait_secs in enumerate(WAITS_SECS):
        wire.feed(openai_events.created(f"resp_{number}", "answer"))
        seen = wire.feed(openai_events.done(f"resp_{number}", "failed"))
        assert of_kind(happened.AskLater, seen) == [happened.AskLater(after_secs=wait_secs)]
        assert wire.asked() == [] and wire.conversation.failing and wire.conversation.owes
        wire.conversation.asking.ask_again()
        assert len(wire.asked()) == 1
    wire.feed(*openai_events.answer("resp_ok", "item_ok", "Yes.", purpose="answer"))
    assert not wire.conversation.failing
    wire.conversation.asking.answer()
    wire.asked()
    for number in range(MOST_FAILURES):
        wire.feed(openai_events.created(f"resp_{number}b", "answer"))
        seen = wire.feed(openai_events.done(f"resp_{number}b", "failed"))
        wire.conversation.asking.ask_again()
        wire.asked()
    (failed,) = of_kind(happened.ModelFailed, seen)
    assert failed.reason == "model_failed"
    assert "server_error" in failed.detail


@pytest.mark.parametrize("purpose", [None, "answer"])
def test_what_cannot_pass_ends_the_call_at_once(wire: Wire, purpose: str | None) -> None:
    """A quota that is used up is not there again in ten seconds."""
    done = openai_events.done("resp_1", "failed", error_code="insufficient_quota")
    if purpose:
        wire.conversation.asking.answer()
        wire.asked()
    seen = wire.feed(openai_events.created("resp_1", purpose), done)
    assert of_kind(happened.AskLater, seen) == []
    assert len(of_kind(happened.ModelFailed, seen)) == 1


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "server_error", "insufficient_quota"])
def test_a_limit_told_in_an_error_is_one_all_the_same(wire: Wire, code: str) -> None:
    """Our request was refused before anything began: it is wanted still, or cannot pass."""
    wire.conversation.asking.say("Our time is up.")
    (first,) = wire.asked()
    seen = wire.feed(openai_events.error(code, about="ask_1", kind="server_error"))
    if code == "insufficient_quota":
        assert len(of_kind(happened.ModelFailed, seen)) == 1
        return
    assert len(of_kind(happened.AskLater, seen)) == 1
    assert wire.asked() == []
    wire.conversation.asking.ask_again()
    (again,) = wire.asked()
    assert again["response"] == first["response"]


def test_a_caller_who_speaks_has_what_failed_forgotten(wire: Wire) -> None:
    """The model's side answers them; nothing of ours is asked for when the moment is over."""
    wire.feed(openai_events.created("resp_1"), openai_events.done("resp_1", "failed"))
    wire.conversation.interrupted()
    wire.conversation.asking.ask_again()
    assert wire.asked() == []


# -- answers that break off, or bring nothing -----------------------------------------------------


def broken(status: str, reason: str) -> Event:
    done = openai_events.done("resp_1", "incomplete")
    done["response"]["status_details"] = {"type": status, "reason": reason}
    return done


def test_an_answer_cut_by_its_length_goes_on(wire: Wire) -> None:
    """From where it broke off; the record says that it did."""
    spoken = openai_events.spoken("resp_1", "item_1", "We open at nine and")
    wire.feed(openai_events.created("resp_1"), *spoken, broken("incomplete", "max_output_tokens"))
    note, asked = wire.asked()
    assert "Go on from there" in note["item"]["content"][0]["text"]
    assert asked["response"] == {"metadata": {"purpose": "answer"}}
    wire.conversation.playback.played("item_1", 1000, interrupted=False)
    (said,) = of_kind(happened.AgentSaid, wire.happened())
    assert (said.text, said.interrupted) == ("We open at nine and", True)
    assert wire.sent() == []  # all of it was heard: the model's memory stays as it is


def test_an_answer_does_not_go_on_for_ever(wire: Wire) -> None:
    """Three times; then the caller has their turn."""
    asked = 0
    for number in range(10):
        wire.feed(openai_events.created("resp_1", "answer" if number else None))
        spoken = openai_events.spoken("resp_1", f"item_{number}", "And so on and")
        wire.feed(*spoken, dict(broken("incomplete", "max_output_tokens"), event_id=None))
        asked += any(event["type"] == "response.create" for event in wire.asked())
    assert asked == MAX_BROKEN_OFF


@pytest.mark.parametrize("spoke", [False, True])
def test_a_filtered_answer_is_asked_for_once_more(wire: Wire, spoke: bool) -> None:
    """At once, and not a third time in a row."""
    asked: list[list[str]] = []
    for number in range(3):
        wire.feed(openai_events.created("resp_1", "answer" if asked and asked[-1] else None))
        if spoke:
            wire.feed(*openai_events.spoken("resp_1", f"item_{number}", "We could"))
        wire.feed(dict(broken("incomplete", "content_filter"), event_id=None))
        asked.append([event["type"] for event in wire.asked()])
    assert asked == [["response.create"], [], []]


def test_an_empty_answer_is_asked_for_once_more(wire: Wire) -> None:
    """One that has sound in between begins the count anew."""
    asked = []
    for number, words in enumerate(["", "", "We open at nine.", ""]):
        purpose = "answer" if number == 1 else None
        spoken = openai_events.spoken(f"resp_{number}", f"item_{number}", words) if words else []
        wire.feed(openai_events.created(f"resp_{number}", purpose), *spoken)
        wire.feed(openai_events.done(f"resp_{number}"))
        asked.append(len(wire.asked()))
    assert asked == [1, 0, 0, 1]


def test_an_answer_in_text_is_taken_out_of_the_models_memory(wire: Wire) -> None:
    """Nobody heard it: it is asked for once more, and the model does not believe that it spoke."""
    wire.feed(
        openai_events.created("resp_1"),
        openai_events.message_added("resp_1", "item_1"),
        openai_events.text("resp_1", "item_1", "We open at nine."),
        openai_events.done("resp_1"),
    )
    delete, asked = wire.asked()
    assert delete == {"type": "conversation.item.delete", "item_id": "item_1"}
    assert asked["type"] == "response.create"


def test_a_line_that_brought_nothing_is_asked_for_as_that_line(wire: Wire) -> None:
    """A last goodbye must be heard."""
    wire.conversation.asking.say("Our time is up. Goodbye.")
    (first,) = wire.asked()
    wire.feed(openai_events.created("resp_1", "say"), openai_events.done("resp_1"))
    (again,) = wire.asked()
    assert again["response"] == first["response"]


def test_an_empty_answer_behind_which_something_waits_is_let_be(wire: Wire) -> None:
    """The caller will hear that."""
    wire.feed(openai_events.created("resp_1"))
    wire.conversation.asking.say("Are you still there?")
    wire.feed(openai_events.done("resp_1"))
    assert len(wire.asked()) == 1
    wire.feed(*openai_events.answer("resp_2", "item_2", "Are you still there?", purpose="say"))
    assert wire.asked() == []


def test_a_response_that_is_over_twice_is_judged_once(wire: Wire) -> None:
    """What it said is not forgotten by the second time."""
    wire.feed(*openai_events.answer("resp_1", "item_1", "At nine."), openai_events.done("resp_1"))
    assert wire.asked() == []


def test_a_line_whose_response_failed_is_asked_for_as_that_line(wire: Wire) -> None:
    """A last goodbye must not turn into an answer of the model's own choosing."""
    wire.conversation.asking.say("Our time is up. Goodbye.")
    (first,) = wire.asked()
    wire.feed(openai_events.created("resp_1", "say"), openai_events.done("resp_1", "failed"))
    wire.conversation.asking.ask_again()
    (again,) = wire.asked()
    assert again["response"] == first["response"]


def test_a_failed_aside_does_not_make_the_model_answer(wire: Wire) -> None:
    """The filler is spoken while a tool runs: an answer now would come without its result."""
    wire.conversation.asking.say_aside("One moment.")
    wire.sent()
    wire.feed(
        openai_events.created("resp_1", "aside"),
        openai_events.done("resp_1", "failed", purpose="aside"),
    )
    assert wire.asked() == []


def test_an_expired_session_ends_the_call(wire: Wire) -> None:
    """It cannot be resumed."""
    (failed,) = of_kind(
        happened.ModelFailed, wire.feed(openai_events.error("session_expired", kind="server_error"))
    )
    assert failed.reason == "model_lost"


@pytest.mark.parametrize(
    "event", captured.openai_malformed().values(), ids=captured.openai_malformed()
)
def test_a_malformed_event_is_counted_and_changes_nothing(wire: Wire, event: Event) -> None:
    """A known event without what it must have never ends a call."""
    assert wire.feed(event) == []
    assert wire.conversation.malformed == 1
    assert wire.sent() == []
    seen = wire.feed(*openai_events.answer("resp_1", "item_1", "Yes."))
    assert len(of_kind(happened.AgentSound, seen)) == 4


@pytest.mark.parametrize("kind", ["session.updated", "rate_limits.updated", "future.event", ""])
def test_events_that_concern_nobody_are_ignored(wire: Wire, kind: str) -> None:
    """Also those that do not exist yet."""
    assert wire.feed({"type": kind}) == []
    assert wire.conversation.malformed == 0


@pytest.mark.parametrize("about", ["aside", "summary", "opening", "ask_0", "ask_1", None, 17])
def test_an_error_about_what_was_never_asked_does_no_harm(wire: Wire, about: Any) -> None:
    """Whatever it names, twice as well."""
    for _ in range(2):
        wire.feed(openai_events.error("invalid_value") | {"error": {"code": 5, "event_id": about}})
    assert wire.sent() == []
    wire.conversation.asking.answer()
    assert len(wire.asked()) == 1


KINDS = sorted({event["type"] for event in openai_events.all_kinds()})
LEAVES = st.none() | st.integers() | st.text() | st.lists(st.text(), max_size=2) | st.booleans()
NAMES = ["response", "response_id", "item", "item_id", "delta", "error", "transcript", "usage"]
NAMES += ["audio_start_ms", "audio_end_ms", "id", "type", "metadata", "status", "purpose", "code"]
FIELDS = st.recursive(
    st.dictionaries(st.sampled_from(NAMES), LEAVES, max_size=5),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner | LEAVES, max_size=5),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from(KINDS), FIELDS), max_size=8))
def test_no_event_whatever_raises(events: list[tuple[str, dict[str, Any]]]) -> None:
    """Known types with any fields at all; what is sent in turn is always valid."""
    wire = Wire()
    for kind, fields in events:
        wire.feed({**fields, "type": kind})
        wire.asked()


# -- the caller -----------------------------------------------------------------------------------


def test_the_words_of_a_turn_are_told_as_they_come(wire: Wire) -> None:
    """All of them so far; of no turn that is not there, and none beyond measure."""
    wire.feed(openai_events.speech_started("item_1"))
    seen = wire.feed(
        openai_events.transcribing("item_1", "When do "),
        openai_events.transcribing("item_2", "nobody's"),
        openai_events.transcribing("item_1", "you open?"),
        openai_events.transcribing("item_1", "x" * 10_000),
    )
    assert [event.text for event in seen if isinstance(event, happened.CallerWords)] == [
        "When do ",
        "When do you open?",
    ]
    wire.feed(openai_events.transcribed("item_1", "When do you open?"))
    assert wire.feed(openai_events.transcribing("item_1", "late")) == []


def test_a_turn_of_the_caller_has_words_and_times(wire: Wire) -> None:
    """The times are those at which it was spoken: the server's clock is the sound it was sent."""
    wire.conversation.appended(5000)
    seen = wire.feed(openai_events.speech_started("item_1", audio_start_ms=4700))
    assert seen == [happened.CallerSpeaks(speaking=True, at=NOW - timedelta(milliseconds=300))]
    assert wire.conversation.awaits_words
    wire.conversation.appended(2000)
    later = NOW + timedelta(seconds=2)
    wire.feed(openai_events.speech_stopped("item_1", audio_end_ms=6500), now=later)
    (said, usage) = wire.feed(openai_events.transcribed("item_1", " Hello? "), now=later)
    assert said == happened.CallerSaid(
        key="item_1",
        text="Hello?",
        started_at=NOW - timedelta(milliseconds=300),
        ended_at=later - timedelta(milliseconds=500),
    )
    assert usage == happened.Transcribed(usage={"type": "duration", "seconds": 2})
    assert not wire.conversation.awaits_words


def test_words_may_come_behind_the_answer(wire: Wire) -> None:
    """Transcription runs beside the conversation."""
    started, stopped, committed, words = openai_events.caller_turn("item_1", "When do you open?")
    seen = wire.feed(
        started, stopped, committed, *openai_events.answer("r", "i", "At nine."), words
    )
    assert of_kind(happened.CallerSaid, seen)[0].text == "When do you open?"


def test_a_turn_without_words_is_no_turn(wire: Wire) -> None:
    """A cough is transcribed as nothing; one that failed was still something."""
    seen = wire.feed(*openai_events.caller_turn("item_1", "  "))
    assert of_kind(happened.CallerSaid, seen) == []
    seen = wire.feed(
        openai_events.speech_started("item_2"), openai_events.not_transcribed("item_2")
    )
    assert of_kind(happened.CallerSaid, seen)[0].text == "(not understood)"
    assert not wire.conversation.awaits_words


def test_local_turns_are_committed_and_answered(wire: Wire) -> None:
    """We say when the caller has finished, and that an answer is wanted; their times are ours."""
    wire.conversation.restart_turn()
    wire.conversation.commit(NOW, NOW + timedelta(seconds=1))
    assert [event["type"] for event in wire.asked()] == [
        "input_audio_buffer.clear",
        "input_audio_buffer.commit",
        "response.create",
    ]
    wire.feed(openai_events.committed("item_1"))
    (said, _) = wire.feed(openai_events.transcribed("item_1", "Hello."))
    assert (said.started_at, said.ended_at) == (NOW, NOW + timedelta(seconds=1))


# -- functions and summaries ----------------------------------------------------------------------


def test_a_function_call_is_passed_on_and_its_result_handed_back(wire: Wire) -> None:
    """Handing it back asks for no answer by itself."""
    seen = wire.feed(
        openai_events.created("resp_1"),
        openai_events.function_call("resp_1", "call_1", "lookup_hours", added=True),
        openai_events.function_call("resp_1", "call_1", "lookup_hours", '{"day":"2026-11-24"}'),
    )
    assert of_kind(happened.FunctionCalled, seen) == [
        happened.FunctionCalled(
            call_id="call_1", name="lookup_hours", arguments='{"day":"2026-11-24"}', wordless=True
        )
    ]
    wire.conversation.function_result("call_1", {"open": "9 to 5", "größe": 3})
    wire.feed(openai_events.done("resp_1"))
    (event,) = wire.asked()
    assert event == {
        "type": "conversation.item.create",
        "item": {
            "type": "function_call_output",
            "call_id": "call_1",
            "output": '{"open":"9 to 5","größe":3}',
        },
    }


def test_a_function_may_be_called_in_the_models_stead(wire: Wire) -> None:
    """The model finds the call in the conversation; so does a session that takes over."""
    call = wire.conversation.call_function("opt_out", {"note": "9"})
    assert (call.name, call.arguments, call.wordless) == ("opt_out", '{"note":"9"}', False)
    wire.conversation.function_result(call.call_id, {"opted_out": True})
    told = wire.sent()
    assert [event["item"]["type"] for event in told] == ["function_call", "function_call_output"]
    wire.conversation.session_lost()
    wire.conversation.begin_again()
    assert wire.sent() == told


def test_what_the_model_is_instructed_holds_in_the_next_session_too(wire: Wire) -> None:
    """A note of the moment does not."""
    wire.conversation.asking.note("The line is back.")
    wire.conversation.asking.instruct("Offer half the price.")
    told = wire.sent()
    assert [event["item"]["role"] for event in told] == ["system", "system"]
    wire.conversation.session_lost()
    wire.conversation.begin_again()
    assert wire.sent() == told[1:]


@pytest.mark.parametrize("seen", ["function_call", "function_call_output"])
def test_only_an_answer_to_the_result_is_one(wire: Wire, seen: str) -> None:
    """The echo of a call is not that of its result: until that comes, ours is still wanted."""
    wire.feed(openai_events.speech_started("turn_1"))
    call = wire.conversation.call_function("opt_out", {})
    wire.conversation.function_result(call.call_id, {"opted_out": True})
    wire.conversation.asking.answer()
    assert len(wire.asked()) == 2  # the two items; while they hear the caller, we wait
    echo = {"type": "conversation.item.added", "item": {"type": seen, "call_id": call.call_id}}
    wire.feed(echo, *openai_events.answer("resp_1", "item_1", "Hello?"))
    asked = [event["type"] for event in wire.asked()]
    assert asked == (["response.create"] if seen == "function_call" else [])


def test_a_call_behind_words_is_not_wordless(wire: Wire) -> None:
    """The model said goodbye in the same breath in which it hangs up."""
    events = openai_events.spoken("resp_1", "item_1", "Goodbye.")
    call = openai_events.function_call("resp_1", "call_1", "end_call")
    seen = wire.feed(openai_events.created("resp_1"), *events, call)
    assert not of_kind(happened.FunctionCalled, seen)[0].wordless


def test_words_already_played_are_words(wire: Wire) -> None:
    """A short goodbye may have been heard to its end before the call's arguments are complete."""
    wire.feed(
        openai_events.created("resp_1"), *openai_events.spoken("resp_1", "item_1", "Goodbye.")
    )
    wire.conversation.playback.played("item_1", 1000, interrupted=False)
    seen = wire.feed(openai_events.function_call("resp_1", "call_1", "end_call"))
    assert not of_kind(happened.FunctionCalled, seen)[0].wordless


def test_a_summary_is_text_beside_the_conversation(wire: Wire) -> None:
    """Its words are put together; no sound of it would reach anybody."""
    wire.conversation.asking.summarise("Sum it up.")
    (event,) = wire.sent()
    assert event["response"]["conversation"] == "none"
    assert event["response"]["output_modalities"] == ["text"]
    seen = wire.feed(
        openai_events.created("resp_1", "summary"),
        openai_events.message_added("resp_1", "item_1"),
        openai_events.text("resp_1", "item_1", '{"summary":'),
        openai_events.sound("resp_1", "item_1", b"\x01" * 80),
        openai_events.text("resp_1", "item_1", ' "Booked."}'),
        openai_events.done("resp_1", purpose="summary"),
    )
    assert seen == [
        happened.Used(usage=openai_events.USAGE, sound_ms=2500.0),
        happened.SummaryMade(text='{"summary": "Booked."}'),
    ]


def test_a_summary_that_is_refused_is_empty(wire: Wire) -> None:
    """Nobody waits for it."""
    wire.conversation.asking.summarise("Sum it up.")
    seen = wire.feed(openai_events.error("invalid_value", about="summary"))
    assert of_kind(happened.SummaryMade, seen) == [happened.SummaryMade(text="")]
