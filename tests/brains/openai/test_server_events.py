"""Server events are read whole or not at all, and none of them ends or damages a call."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from bot.brains.openai import server_events
from bot.brains.openai.conversation import OpenAIConversation
from bot.brains.openai.server_events import REMEMBERED, Repeats, read
from bot.brains.realtime import events as happened
from tests.wire import openai_events
from tests.wire.mutants import ODD, changed, paths
from tests.wire.openai_events import Event

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Call:
    """A conversation with its line: sound counts as received, and what was said is the record.

    What is wanted is asked for as soon as it may be.
    """

    def __init__(self) -> None:
        self.conversation = OpenAIConversation()
        self.said: list[str] = []
        self.failures: list[happened.ModelFailed] = []
        self.obliged = 0  # of our requests, how many the model's side has answered

    def feed(self, *events: Event) -> None:
        for event in events:
            self.conversation.server_event(event, NOW)
            self._take()
            self.conversation.asking.ask()

    def oblige(self) -> None:
        """All that was asked for and is not under way comes, without a word in it."""
        responses = self.conversation._dialogue.responses
        while responses.busy and responses.active is None and self.obliged < 20:
            self.obliged += 1
            response_id = f"obliged_{self.obliged}"
            self.feed(openai_events.created(response_id, "answer"), openai_events.done(response_id))

    def _take(self) -> None:
        while self.conversation.happened or self.conversation.catch_up():
            match self.conversation.happened.popleft() if self.conversation.happened else None:
                case happened.AgentSound(utterance_id=utterance_id):
                    self.conversation.playback.received(utterance_id, 250)
                case happened.AgentSaid(text=text):
                    self.said.append(f"agent: {text}")
                case happened.CallerSaid(text=text):
                    self.said.append(f"caller: {text}")
                case happened.AskLater():
                    self.conversation.asking.ask_again()
                case happened.ModelFailed() as failure:
                    self.failures.append(failure)

    def plays(self, item_id: str, *, interrupted: bool = False) -> None:
        self.conversation.playback.played(item_id, 1000, interrupted=interrupted)
        self._take()


FIRST = (
    *openai_events.caller_turn("item_1", "When are you open?"),
    openai_events.created("resp_1"),
    openai_events.function_call("resp_1", "call_1", "lookup_hours", added=True),
    openai_events.function_call("resp_1", "call_1", "lookup_hours"),
    *openai_events.spoken("resp_1", "item_2", "One moment please, I look."),
    openai_events.done("resp_1"),
    openai_events.error("invalid_value"),
    openai_events.not_transcribed("item_3"),
    openai_events.created("resp_2"),
    openai_events.done("resp_2", "failed"),
    openai_events.error("conversation_already_has_active_response", about="ask_1"),
    *openai_events.answer("resp_3", "item_4", "Nine to five.", purpose="answer"),
)
SECOND = (
    *openai_events.caller_turn("item_8", "Thank you."),
    *openai_events.answer("resp_8", "item_9", "You are welcome."),
)
MUTATIONS = [(number, path) for number, event in enumerate(FIRST) for path in paths(event)]


def whole_turn_follows(call: Call) -> None:
    """What is said from here on is in the record, and what we want said is asked for."""
    for item_id in ("item_2", "item_4"):
        call.plays(item_id)
    call.oblige()
    before = len(call.said)
    call.feed(*SECOND)
    call.plays("item_9")
    assert call.said[before:] == ["caller: Thank you.", "agent: You are welcome."]
    assert call.failures == []
    call.oblige()
    conversation = call.conversation
    assert not conversation.asking.busy
    conversation.to_send.clear()
    conversation.asking.say("Goodbye.")
    conversation.asking.ask()
    assert [event["type"] for event in conversation.to_send] == ["response.create"]


def test_the_story_itself_is_told_whole() -> None:
    """Without a mutation nothing is malformed, and all of it is in the record."""
    call = Call()
    call.feed(*FIRST)
    assert call.conversation.malformed == 0
    whole_turn_follows(call)
    assert call.said == [
        "caller: When are you open?",
        "caller: (not understood)",
        "agent: One moment please, I look.",
        "agent: Nine to five.",
        "caller: Thank you.",
        "agent: You are welcome.",
    ]


@pytest.mark.parametrize(
    ("number", "path"),
    MUTATIONS,
    ids=[f"{n}-{FIRST[n]['type']}-{'.'.join(path)}" for n, path in MUTATIONS],
)
def test_a_field_that_is_not_what_it_should_be_spoils_no_later_turn(
    number: int, path: tuple[str, ...]
) -> None:
    """Missing, null, of another type, huge, negative, endless: each field of each event."""
    for value in ODD:
        call = Call()
        call.feed(*FIRST[:number], changed(FIRST[number], path, value), *FIRST[number + 1 :])
        assert call.conversation.failed == 0
        whole_turn_follows(call)


@pytest.mark.parametrize(
    ("number", "path"), MUTATIONS[::5], ids=[f"{n}-{'.'.join(path)}" for n, path in MUTATIONS[::5]]
)
def test_a_session_that_takes_its_place_is_told_what_was_said(
    number: int, path: tuple[str, ...]
) -> None:
    """Also when the one that was lost had garbled a field."""
    for value in ODD:
        call = Call()
        call.feed(*FIRST[:number], changed(FIRST[number], path, value))
        call.conversation.session_lost()
        call.conversation.begin_again()
        orjson.dumps(list(call.conversation.to_send))
        call.feed(*SECOND)
        call.plays("item_9")
        assert call.said[-2:] == ["caller: Thank you.", "agent: You are welcome."]


@given(
    st.sampled_from(MUTATIONS),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.text()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
)
def test_no_value_of_a_field_spoils_a_later_turn(
    mutation: tuple[int, tuple[str, ...]], value: Any
) -> None:
    """Whatever JSON can say."""
    number, path = mutation
    call = Call()
    call.feed(*FIRST[:number], changed(FIRST[number], path, value), *FIRST[number + 1 :])
    assert call.conversation.failed == 0
    whole_turn_follows(call)


# -- what is read ---------------------------------------------------------------------------------


def test_a_position_beyond_belief_changes_nothing() -> None:
    """Speech at such a place in the sound is malformed: no answer to it is waited for."""
    for position in (-1e300, -1, 1e300, 2**63, None, "0", True):
        call = Call()
        call.feed(changed(openai_events.speech_started("item_1"), ("audio_start_ms",), position))
        assert call.conversation.malformed == 1
        call.conversation.asking.say("One moment.")
        call.conversation.asking.ask()
        assert len(call.conversation.to_send) == 1


def test_words_that_are_none_leave_the_agents_turn_whole() -> None:
    """A delta of null is dropped; the words around it are said and recorded."""
    call = Call()
    call.feed(
        openai_events.created("resp_1"),
        openai_events.words("resp_1", "item_1", "We open"),
        changed(openai_events.words("resp_1", "item_1", ""), ("delta",), None),
        openai_events.words("resp_1", "item_1", " at nine."),
        openai_events.sound("resp_1", "item_1", b"\x01" * 2000),
        openai_events.done("resp_1"),
    )
    call.plays("item_1")
    assert call.said == ["agent: We open at nine."]
    assert call.conversation.malformed == 1


@pytest.mark.parametrize("details", ["x", 17, [], {"error": "no"}, {"error": {"code": []}}])
def test_a_response_that_failed_is_asked_for_again_whatever_is_said_of_why(details: Any) -> None:
    """The reason is welcome, not needed."""
    call = Call()
    done = changed(openai_events.done("resp_1", "failed"), ("response", "status_details"), details)
    call.feed(openai_events.created("resp_1"), done)
    assert call.conversation.malformed == 0
    assert [event["type"] for event in call.conversation.to_send] == ["response.create"]


@pytest.mark.parametrize("usage", [5, [], {"input_tokens": 1e300}, {"a": {"b": {"c": {"d": 1}}}}])
def test_a_usage_beyond_belief_is_left_out(usage: Any) -> None:
    """A bill is no place for it; the response has ended all the same."""
    call = Call()
    call.feed(openai_events.created("resp_1"))
    call.conversation.happened.clear()
    done = changed(openai_events.done("resp_1"), ("response", "usage"), usage)
    call.conversation.server_event(done, NOW)
    assert list(call.conversation.happened) == [
        happened.Used(usage={}, sound_ms=0.0),
        happened.Generating(under_way=False),
    ]


def test_every_kind_a_call_uses_is_read() -> None:
    """The captured events of those kinds are whole; of the others nothing is needed."""
    kinds = {event["type"] for event in openai_events.all_kinds()}
    assert kinds >= server_events.KINDS - {"conversation.item.added"}
    for event in openai_events.all_kinds():
        if event["type"] in server_events.KINDS:
            assert read(event) is not None


def test_an_answer_whose_beginning_was_garbled_can_be_cut() -> None:
    """It begins with its first item, so an interruption cancels it."""
    call = Call()
    created = changed(openai_events.created("resp_1"), ("response",), None)
    call.feed(created, *openai_events.spoken("resp_1", "item_1", "We open at nine."))
    call.conversation.interrupted()
    assert list(call.conversation.to_send) == [{"type": "response.cancel", "response_id": "resp_1"}]


def test_what_we_asked_for_ends_also_when_its_beginning_was_garbled() -> None:
    """The next line is asked for, and the one that came is not asked for again."""
    call = Call()
    call.conversation.asking.say("One.")
    call.conversation.asking.ask()
    created = changed(openai_events.created("resp_1", "say"), ("response", "id"), None)
    call.feed(created, openai_events.done("resp_1", purpose="say"))
    call.conversation.to_send.clear()
    call.conversation.asking.say("Two.")
    call.conversation.asking.ask()
    assert len(call.conversation.to_send) == 1


def test_an_event_that_comes_twice_is_taken_in_once() -> None:
    """Sound too; its id tells. Those of another session are its own."""
    call = Call()
    events = openai_events.answer("resp_1", "item_1", "We open at nine.")
    call.feed(*(event for each in events for event in (each, each)))
    call.plays("item_1")
    assert call.said == ["agent: We open at nine."]
    known = [event for event in events if event["type"] in server_events.KINDS]
    assert call.conversation.repeated == len(known)
    call.conversation.session_lost()
    call.conversation.begin_again()
    call.feed(events[0])
    assert call.conversation.repeated == len(known)


def test_ids_of_events_are_not_remembered_for_ever() -> None:
    """Nor is one that is no id taken for one."""
    repeats = Repeats()
    assert [repeats.is_repeated({"event_id": each}) for each in ("a", "a", [], [], "", "")] == [
        False,
        True,
        False,
        False,
        False,
        False,
    ]
    for number in range(REMEMBERED):
        repeats.is_repeated({"event_id": str(number)})
    assert not repeats.is_repeated({"event_id": "a"})


def test_a_fault_of_ours_costs_one_event() -> None:
    """It is counted, told once for each kind, and the call goes on."""
    call, told = Call(), []
    sink = logger.add(lambda message: told.append(message.record["message"]))
    call.conversation._handlers = {  # type: ignore[assignment]
        **call.conversation._handlers,
        "input_audio_buffer.committed": lambda event, now: 1 / 0,
    }
    call.feed(*(openai_events.committed("item_1") for _ in range(3)))
    logger.remove(sink)
    assert call.conversation.failed == 3
    assert told == ["an event of the model was not dealt with: input_audio_buffer.committed"]
    whole_turn_follows(call)
