"""What a document is made of, whatever its format: headings and text, in order."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Block:
    """A heading or a paragraph."""

    text: str
    level: int = 0  # of a heading, from 1; 0: it is a paragraph
    page: int | None = None  # where the format has pages, from 1
