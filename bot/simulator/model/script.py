"""The judgement of the simulated model: a script, and which of its steps comes next."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ANYTHING = ("",)
"""For `Step.hears`: whatever the caller said."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A function call: the tool's name and its arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Step:
    """When this, say that and call those. Exactly one kind of occasion is set.

    hears: every entry must be among the caller's words; "book|reserve" offers alternatives.
        An entry matches from the start of a word: "book" hears "booking", not "facebook".
    after_tool: a result of this tool has come, containing `result_has` if that is given.
    opening: nothing was said yet and the first response is asked for.
    nudged: a response is asked for though nothing is new.
    told: only where somebody beside the caller has told the model this, at any time before.
    once: False keeps the step in use however often it was taken.
    """

    hears: tuple[str, ...] = ()
    after_tool: str = ""
    result_has: str = ""
    opening: bool = False
    nudged: bool = False
    told: str = ""
    say: str = ""
    calls: tuple[Call, ...] = ()
    once: bool = True

    def __post_init__(self) -> None:
        if [bool(self.hears), bool(self.after_tool), self.opening, self.nudged].count(True) != 1:
            raise ValueError("A step needs one of: hears, after_tool, opening, nudged.")
        if not (self.say or self.calls):
            raise ValueError("A step needs something to say or a function to call.")


@dataclass(frozen=True, kw_only=True)
class ModelScript:
    """Steps in order of preference. Immutable, so that many sessions may play it at once.

    expects: what the caller's turns say when there are no ears, in order.
    by_words: without ears too, a step is taken for the words that are expected of the turn, and
        not for its place; of use where not every turn gets an answer.
    fallback: said when no step fits.
    summary: the answer to an out-of-band request for text, usually a JSON object.
    """

    steps: Sequence[Step] = ()
    expects: Sequence[str] = ()
    by_words: bool = False
    fallback: str = "Sorry, could you say that again?"
    greeting: str = "Hello, how can I help you?"  # said for an opening without a step
    summary: str = '{"result": "completed", "summary": "The call was handled."}'


@dataclass(frozen=True, kw_only=True)
class News:
    """What a response has to answer: the caller's words and (tool, result) pairs, oldest first."""

    heard: tuple[str, ...] = ()
    results: tuple[tuple[str, str], ...] = ()
    first: bool = False  # no response was ever given
    told: tuple[str, ...] = ()  # what system messages say, old ones too


@dataclass(frozen=True, kw_only=True)
class ScriptAnswer:
    """What to say and to call; `step` is its place in the script, if it is from there."""

    say: str
    calls: tuple[Call, ...] = ()
    step: int | None = None


class Judgement:
    """One session's way through a script.

    `in_order` ignores the words that were heard: each turn of the caller takes the next step
    that waits for one. That is the deterministic mode, for a model without ears.
    """

    def __init__(self, script: ModelScript, *, in_order: bool) -> None:
        self.script = script
        self._in_order = in_order and not script.by_words
        self._used: set[int] = set()
        self._turns = 0

    def expected_words(self) -> str:
        """What the next turn of the caller says, for a model without ears."""
        expects = self.script.expects
        words = expects[self._turns] if self._turns < len(expects) else "(speech)"
        self._turns += 1
        return words

    def answer(self, news: News) -> ScriptAnswer:
        for index, step in enumerate(self.script.steps):
            if index not in self._used and self._fits(step, news):
                if step.once:
                    self._used.add(index)
                return ScriptAnswer(say=step.say, calls=step.calls, step=index)
        nothing_yet = news.first and not news.heard and not news.results
        return ScriptAnswer(say=self.script.greeting if nothing_yet else self.script.fallback)

    def take_back(self, answer: ScriptAnswer) -> None:
        """The answer was never begun: its step may be taken again."""
        if answer.step is not None:
            self._used.discard(answer.step)

    def _fits(self, step: Step, news: News) -> bool:
        if step.told and not any(step.told in text for text in news.told):
            return False
        if step.hears:
            words = _plain(" ".join(news.heard))
            return bool(news.heard) and (
                self._in_order or all(_among(words, entry) for entry in step.hears)
            )
        if step.after_tool:
            return any(
                name == step.after_tool and step.result_has in result
                for name, result in news.results
            )
        nothing_new = not news.heard and not news.results
        return nothing_new and (news.first if step.opening else not news.first)


def line_to_say_exactly(instructions: str | None) -> str | None:
    """The line between the first and the last double quote after the words `Say exactly:`."""
    asked = re.search(r'Say exactly:[^"]*"(.*)"', instructions or "", re.DOTALL)
    return asked[1] if asked else None


def _plain(text: str) -> str:
    return " " + " ".join(re.sub(r"[^\w\s]", "", text.lower()).split())


def _among(words: str, entry: str) -> bool:
    return any(_plain(option) in words for option in entry.split("|"))
