"""The judgement of the simulated model: which step comes next."""

import pytest

from bot.simulator.model.script import (
    ANYTHING,
    Call,
    Judgement,
    ModelScript,
    News,
    Step,
    line_to_say_exactly,
)


def said(*steps: Step, news: list[News], in_order: bool = False) -> list[str]:
    judgement = Judgement(ModelScript(steps=steps, fallback="?"), in_order=in_order)
    return [judgement.answer(one).say for one in news]


def heard(*words: str) -> News:
    return News(heard=words)


@pytest.mark.parametrize(
    ("hears", "words", "fits"),
    [
        (("book",), "Can I BOOK, please?", True),
        (("book",), "A booking", True),
        (("book",), "On facebook", False),
        (("book", "table"), "Book a table", True),
        (("book", "table"), "Book a room", False),
        (("book|reserve", "table"), "Reserve a table", True),
        (("that's all",), "Thats all, thank you", True),
        (ANYTHING, "", True),
    ],
)
def test_words_decide(hears: tuple[str, ...], words: str, fits: bool) -> None:
    """Every entry must be heard, from the start of a word; "|" offers alternatives."""
    assert said(Step(hears=hears, say="Yes"), news=[heard(words)]) == ["Yes" if fits else "?"]


def test_first_unused_step_is_taken() -> None:
    """A step serves once, unless it says otherwise."""
    steps = Step(hears=("hi",), say="1"), Step(hears=("hi",), say="2", once=False)
    assert said(*steps, news=[heard("hi")] * 4) == ["1", "2", "2", "2"]


def test_nothing_new_is_an_opening_and_later_a_nudge() -> None:
    """The first response opens; the next without news was nudged."""
    steps = Step(nudged=True, say="Still there?"), Step(opening=True, say="Hello")
    assert said(*steps, news=[News(first=True), News()]) == ["Hello", "Still there?"]


def test_tool_results_decide() -> None:
    """By the name of the tool and, when given, a part of the result."""
    steps = (
        Step(after_tool="book", result_has='"full"', say="Full"),
        Step(after_tool="book", say="Done"),
    )
    full, other = News(results=(("book", '{"x": "full"}'),)), News(results=(("hours", "nine"),))
    assert said(*steps, news=[other, full, full]) == ["?", "Full", "Done"]


def test_without_ears_the_turns_take_the_steps_in_order() -> None:
    """Words do not matter, the kind of occasion still does."""
    steps = (
        Step(hears=("one",), say="1"),
        Step(after_tool="book", say="Booked"),
        Step(hears=("two",), say="2"),
    )
    news = [heard("x"), heard("x"), News(results=(("book", ""),)), heard("x")]
    assert said(*steps, news=news, in_order=True) == ["1", "2", "Booked", "?"]


def test_expected_words_run_out() -> None:
    """Turn k says expects[k], later ones "(speech)"."""
    judgement = Judgement(ModelScript(expects=["Hello"]), in_order=True)
    assert [judgement.expected_words() for _ in range(2)] == ["Hello", "(speech)"]


@pytest.mark.parametrize(
    "wrong", [{}, {"hears": ("a",)}, {"hears": ("a",), "opening": True, "say": "x"}]
)
def test_step_needs_one_occasion_and_something_to_do(wrong: dict[str, object]) -> None:
    """A step that could never play is refused when it is written."""
    with pytest.raises(ValueError, match="A step needs"):
        Step(**wrong)


@pytest.mark.parametrize(
    ("instructions", "line"),
    [
        ('Say exactly: "One moment."', "One moment."),
        ('Say exactly: "He said "no"." And stop.', 'He said "no".'),
        ('Be kind.\nSay exactly: "a\nb"', "a\nb"),
        ("Say exactly: nothing", None),
        ("Be kind.", None),
        (None, None),
    ],
)
def test_line_to_say_exactly(instructions: str | None, line: str | None) -> None:
    """Between the first and the last double quote after the words."""
    assert line_to_say_exactly(instructions) == line


def test_scripts_cannot_change() -> None:
    """Frozen: many sessions may play one script."""
    with pytest.raises(AttributeError):
        ModelScript().fallback = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Call(name="x").name = "y"  # type: ignore[misc]


def test_without_ears_the_expected_words_may_decide() -> None:
    """A turn that fits no step uses none up: those that are answered may come late."""
    steps = (Step(hears=("speaking",), say="Hi"), Step(hears=("come",), say="Fine"))
    script = ModelScript(steps=steps, fallback="?", by_words=True)
    judgement = Judgement(script, in_order=True)
    news = ("leave a message", "yes, speaking", "I will come")
    assert [judgement.answer(heard(words)).say for words in news] == ["?", "Hi", "Fine"]
