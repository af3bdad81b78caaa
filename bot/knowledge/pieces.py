"""A document in pieces: some sentences each, with the headings they stand under. Plain code."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.knowledge.blocks import Block

USUAL = 500  # characters of a piece
MOST = 800  # a paragraph up to this stays whole, and so does a line of a longer one
LEAST = 120  # a rest that is shorter goes to the piece before it
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LONGEST_HEADING = 120


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some sentences of a document."""

    heading: str  # of the sections around it, and its page: "Prices > Cleaning (page 2)"
    text: str


@dataclass(kw_only=True)
class _Section:
    """What stands under the same headings, on the same page."""

    heading: str
    parts: list[str] = field(default_factory=list)


def pieces_of(blocks: Iterable[Block]) -> Iterator[Piece]:
    """All that the blocks say, in order. A heading with nothing under it is a piece of its own."""
    for section in _sections(blocks):
        texts = list(_gathered(section.parts))
        if len(texts) > 1 and len(texts[-1]) < LEAST:
            texts[-2:] = [f"{texts[-2]}\n{texts[-1]}"]
        for text in texts:
            yield Piece(heading=section.heading, text=text)


def _sections(blocks: Iterable[Block]) -> Iterator[_Section]:
    path: dict[int, str] = {}
    under: _Section | None = None
    last = ""  # a heading that nothing has come under yet
    for block in blocks:
        text = block.text.strip()
        if not text:
            continue
        if block.level:
            if under is not None:
                yield under
            elif last and block.level <= max(path):  # two in a row, and the second is not its own
                yield _Section(heading=_name(path, block.page), parts=[last])
            path = {level: name for level, name in path.items() if level < block.level}
            last = path[block.level] = " ".join(text.split())[:_LONGEST_HEADING]
            under = None
            continue
        heading = _name(path, block.page)
        if under is None or under.heading != heading:
            if under is not None:
                yield under
            under = _Section(heading=heading)
        under.parts.append(text)
    if under is not None:
        yield under
    elif last:
        yield _Section(heading=_name(path, None), parts=[last])


def _name(path: dict[int, str], page: int | None) -> str:
    name = " > ".join(path[level] for level in sorted(path))
    return f"{name} (page {page})".strip() if page is not None else name


def _gathered(parts: Iterable[str]) -> Iterator[str]:
    """Short paragraphs together, long ones in pieces: at the ends of lines, so that a row of a list
    stays a line, and of a line that is too long at the ends of sentences.
    """
    text = ""
    for part in (small for whole in parts for small in _no_longer(whole)):
        if text and len(text) + len(part) > USUAL:
            yield text
            text = ""
        text = f"{text}\n{part}" if text else part
    if text:
        yield text


def _no_longer(part: str) -> Iterator[str]:
    if len(part) <= MOST:
        yield part
        return
    for line in filter(None, map(str.strip, part.split("\n"))):
        if len(line) <= MOST:
            yield line
        else:
            yield from _sentences(line)


def _sentences(line: str) -> Iterator[str]:
    text = ""
    for sentence in _SENTENCE.split(line):
        while len(sentence) > MOST:  # no end anywhere: after a semicolon, a word, or anywhere
            at = sentence.rfind("; ", 1, USUAL) + 1 or sentence.rfind(" ", 1, USUAL)
            at = at if at > 0 else USUAL
            if text:
                yield text
                text = ""
            yield sentence[:at]
            sentence = sentence[at:].strip()
        if text and len(text) + len(sentence) > USUAL:
            yield text
            text = ""
        text = f"{text} {sentence}".strip()
    if text:
        yield text
