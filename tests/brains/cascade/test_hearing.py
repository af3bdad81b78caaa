"""Words that come late are of the turn that they answer, or of none."""

import asyncio

import pytest

from bot.brains.cascade.hearing import WORDS_SECS, Turn, Turns
from bot.brains.cascade.items import Item, Items


def heard(number: int) -> Item:
    """A turn's place in the conversation."""
    return Item(id=f"heard_{number}", kind="caller")


class Told:
    """What became of the turns, in order."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, str, bool]] = []

    def __call__(self, turn: Turn) -> None:
        assert turn.item is not None
        self.turns.append((turn.item.id, turn.text, turn.failed))


async def test_a_late_answer_of_an_ear_that_answers_once_is_never_the_next_turns() -> None:
    """ "Yes" to one question is no answer to another, 4 s later or 40."""
    told = Told()
    turns = Turns(grown=lambda _: None, made_out=told, once_a_turn=True)
    for number in (1, 2, 3, 4):
        turns.ends(heard(number))
        await asyncio.sleep(WORDS_SECS + 1)
    turns.ends(heard(5))
    turns.words("Yes.", final=True, whole=True)  # of the first
    turns.failed()  # the second
    turns.words("", final=True, whole=True)  # the third
    turns.words("No.", final=True, whole=True)  # the fourth
    turns.words("Perhaps.", final=True, whole=True)
    turns.words("Of no turn.", final=True, whole=True)
    await asyncio.sleep(0)
    await turns.all_words()
    assert told.turns == [
        *((f"heard_{number}", "", True) for number in (1, 2, 3, 4)),
        ("heard_5", "Perhaps.", False),
    ]
    assert turns.open.text == ""


async def test_an_ear_that_streams_gives_words_to_who_waits_or_speaks() -> None:
    """There is no telling how often it answers."""
    told = Told()
    turns = Turns(grown=lambda _: None, made_out=told)
    turns.begins(0.0)
    turns.words("When are", final=False, whole=False)
    turns.ends(heard(1))
    turns.words("When are you open?", final=True, whole=True)
    await turns.all_words()
    turns.begins(3.0)
    turns.words("On", final=False, whole=False)
    assert told.turns == [("heard_1", "When are you open?", False)]
    assert turns.open.text == "On"


@pytest.mark.parametrize(
    ("speaks", "at_secs", "of_the_first"),
    [
        (False, None, True),  # the caller is silent: whose else should they be
        (True, None, False),  # there is no telling, and an ear is seldom this late
        (False, 1.5, True),
        (True, 1.5, True),  # the ear says what it has listened to
        (True, 4.1, False),
        (True, 0.2, False),  # its clock went back: it was connected anew, and cannot be believed
    ],
)
async def test_words_that_a_streaming_ear_has_late_are_of_the_turn_they_were_said_in(
    speaks: bool, at_secs: float | None, of_the_first: bool
) -> None:
    """The model knows them from its next answer on; the next turn has its own."""
    told = Told()
    turns = Turns(grown=lambda _: None, made_out=told)
    turns.begins(0.0)
    turns.words("Yes", final=False, whole=False, at_secs=0.5)
    first = turns.ends(heard(1))
    await asyncio.sleep(WORDS_SECS + 1)
    if speaks:
        turns.begins(4.0)
    turns.words("Yes, please.", final=True, whole=True, at_secs=at_secs)
    assert told.turns == [("heard_1", "Yes", False)]
    assert first.item is not None
    assert first.item.text == ("Yes, please." if of_the_first else None)
    assert turns.open.text == ("" if of_the_first else "Yes, please.")
    turns.close()


async def test_what_is_not_final_changes_no_turn_that_is_made_out() -> None:
    """A guess at words that were given up would only take away what is known."""
    turns = Turns(grown=lambda _: None, made_out=Told())
    turns.begins(0.0)
    first = turns.ends(heard(1))
    first.words("Yes.", final=True, whole=True)
    turns.words("Yesterday", final=False, whole=False, at_secs=0.9)
    assert (first.text, turns.open.text) == ("Yes.", "")
    turns.close()


async def test_a_guess_is_for_the_last_turn_and_only_one_may_be_guessed() -> None:
    """Of two that wait, which one it is of is not sure."""
    turns = Turns(grown=lambda _: None, made_out=lambda _: None)
    items = Items(notes_by="developer")
    for number in (1, 2):
        item = heard(number)
        items.add(item)
        turns.ends(item)
        assert (turns.only is not None) == (number == 1)
    first, second = (message["content"] for message in items.chat(guess="Yes."))
    assert "without words" in first and second == "Yes."
    turns.close()


@pytest.mark.parametrize("text", ["", "No."])
async def test_a_turn_that_is_made_out_is_not_guessed(text: str) -> None:
    """Also if it has no words."""
    items = Items(notes_by="developer")
    items.add(Item(id="heard_1", kind="caller", text=text))
    assert "Yes." not in items.chat(guess="Yes.")[0]["content"]
