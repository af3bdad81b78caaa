"""A document's file, read into pieces: what a child of `bot/child.py` runs."""

import json
from collections.abc import Callable, Iterator
from pathlib import PurePath

from bot.child import ChildRefused
from bot.knowledge.blocks import Block
from bot.knowledge.html_text import html_blocks
from bot.knowledge.pdf_text import pdf_blocks
from bot.knowledge.pieces import pieces_of
from bot.knowledge.plain_text import markdown_blocks, text_blocks
from bot.knowledge.word_text import word_blocks
from bot.knowledge.words import plain_words

MOST_CHARACTERS = 2_000_000  # of text; a thick book has fewer

READERS: dict[str, Callable[[bytes], Iterator[Block]]] = {
    ".pdf": pdf_blocks,
    ".docx": word_blocks,
    ".txt": text_blocks,
    ".md": markdown_blocks,
    ".html": html_blocks,
    ".htm": html_blocks,
}


def read(content: bytes, *, name: str) -> Iterator[str]:
    """The pieces of the file of this name, a line of JSON each: {"heading", "text", "words"}.

    Raises ChildRefused: it cannot be read, or there is no text in it.
    """
    blocks = READERS[PurePath(name).suffix.lower()](content)
    found = False
    for piece in pieces_of(_bounded(blocks)):
        found = True
        words = plain_words(f"{piece.heading} {piece.text}")
        yield json.dumps({"heading": piece.heading, "text": piece.text, "words": words})
    if not found:
        raise ChildRefused("there is no text in it")


def _bounded(blocks: Iterator[Block]) -> Iterator[Block]:
    total = 0
    for block in blocks:
        total += len(block.text)
        if total > MOST_CHARACTERS:
            raise ChildRefused(f"it has more than {MOST_CHARACTERS:,} characters: split it")
        yield block
