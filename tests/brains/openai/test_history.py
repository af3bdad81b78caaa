"""What another session is told of a call."""

from bot.brains.openai.client_events import note
from bot.brains.openai.history import History
from tests.brains.openai.client_events import assert_valid


def texts(history: History) -> list[str]:
    """The words of the retelling, in order."""
    events = history.retelling()
    for event in events:
        assert_valid(event)
    return [e["item"]["content"][0]["text"] for e in events if e["item"]["type"] == "message"]


def test_words_stand_where_they_began() -> None:
    """A transcript comes after the answer to it; its place is before."""
    history = History()
    history.begin("caller")
    history.begin("agent")
    history.said("assistant", "agent", "We do.")
    history.said("user", "caller", "Do you open on Monday?")
    assert texts(history) == ["Do you open on Monday?", "We do."]


def test_what_somebody_outside_has_told_stands_where_it_was_told() -> None:
    """Each of it, whatever was forgotten in between."""
    history = History()
    history.begin("agent")
    history.told(note("Offer half the price.")["item"])
    history.forget("agent")
    history.told(note("The car park is closed.")["item"])
    assert texts(history) == ["Offer half the price.", "The car park is closed."]


def test_what_nobody_heard_is_not_told() -> None:
    """Neither a turn without words nor one that was forgotten."""
    history = History()
    history.begin("silent")
    history.begin("cut")
    history.said("assistant", "cut", "Never heard.")
    history.forget("cut")
    history.forget("unknown")
    assert history.retelling() == []


def test_function_calls_are_told_with_their_results() -> None:
    """In the order of the protocol: the call, then its output."""
    history = History()
    history.called("call_1", "lookup_hours", "{}")
    history.answered("call_1", '{"open": true}')
    kinds = [event["item"]["type"] for event in history.retelling()]
    assert kinds == ["function_call", "function_call_output"]
    texts(history)
