"""A test of a client's documents: questions of callers, each with words that answer it."""

import tomllib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.knowledge.searching import Found


class BadQuestions(ValueError):
    """A file of questions is wrong: one sentence says what."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a caller may ask."""

    ask: str
    says: str  # words of the passage that answers it; empty: none does


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is found for a question."""

    question: Question
    place: int | None  # of the first passage that answers it, from 1; None: none found does
    found: Sequence[Found]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How a set of questions went. Those that no passage answers are asked, and not counted."""

    answers: Sequence[Answer]

    @property
    def counted(self) -> int:
        return sum(bool(each.question.says) for each in self.answers)

    @property
    def hits(self) -> int:
        """Those whose answer is among the passages that an agent is told."""
        return sum(each.place is not None for each in self.answers)

    @property
    def first(self) -> int:
        """Those whose answer comes first."""
        return sum(each.place == 1 for each in self.answers)


def read_questions(path: Path) -> list[Question]:
    """Of a TOML file, [[questions]] with `ask` and `says`. Raises BadQuestions, OSError."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("questions")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadQuestions(f"{path}: {error}") from None
    if not isinstance(entries, list) or not entries:
        raise BadQuestions(f"{path}: there are no [[questions]] in it")
    questions: list[Question] = []
    for n, entry in enumerate(entries, 1):
        fits = isinstance(entry, dict) and entry.keys() == {"ask", "says"}
        if (
            not fits
            or not all(isinstance(text, str) for text in entry.values())
            or not entry["ask"]
        ):
            raise BadQuestions(f'{path}: question {n} is not like ask = "...", says = "..."')
        questions.append(Question(**entry))
    return questions


async def tried(
    questions: Sequence[Question], find: Callable[[str], Coroutine[Any, Any, list[Found]]]
) -> Trial:
    """Asks all of them."""
    answers: list[Answer] = []
    for question in questions:
        found = await find(question.ask)
        places = (n for n, each in enumerate(found, 1) if _says(each, question.says))
        place = next(places, None) if question.says else None
        answers.append(Answer(question=question, place=place, found=found))
    return Trial(answers=answers)


def _says(found: Found, words: str) -> bool:
    return " ".join(words.split()).lower() in " ".join(found.text.split()).lower()
