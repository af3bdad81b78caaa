"""What is told of a call, and written down, holds no number of a card or a person."""

from bot.calls.call_feed import CallFeed
from bot.calls.feed import Feed, Item, Said, ToolFinished, ToolStarted, Words
from bot.clock import utcnow
from bot.masking import CARD

NUMBER = "4111 1111 1111 1111"


class Paper:
    """A journal that keeps what it is given."""

    def __init__(self) -> None:
        self.notes: list[object] = []

    def key_of(self, key: str) -> str:
        return key

    def __getattr__(self, name: str) -> object:
        return lambda **told: self.notes.append(told)


def test_nothing_of_it_is_told_or_written() -> None:
    """Of either side, as words grow and when a turn is over; of tools, both ways."""
    feed, paper, items = Feed(), Paper(), list[Item]()
    with feed.read(items.append):
        call = CallFeed("call_a", paper, feed)  # type: ignore[arg-type]
        now, text = utcnow(), f"It is {NUMBER}."
        call.caller_words(key="a", text=text)
        call.agent_words(key="b", text=text)
        call.caller_said(key="a", text=text, started_at=now, ended_at=now)
        call.agent_said(
            key="b", text=text, started_at=now, ended_at=now, interrupted=False, latency_ms=None
        )
        call.tool_started(key="c", name="pay", arguments={"note": text})
        call.tool_finished(key="c", result={"told": [text]}, duration_ms=1, ok=True)
    assert [type(item) for item in items] == [Words, Words, Said, Said, ToolStarted, ToolFinished]
    assert "4111" not in f"{items} {paper.notes}"
    assert (str(items).count(CARD), str(paper.notes).count(CARD)) == (6, 4)
