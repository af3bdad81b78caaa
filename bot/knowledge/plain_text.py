"""Plain text and Markdown."""

import codecs
import re
from collections.abc import Iterator

from bot.knowledge.blocks import Block

_HASHES = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_RULE = re.compile(r"(?:=+|-{2,}|\*{3,}|_{3,})$")  # under a title, or by itself
_LONGEST_TITLE = 80


def decoded(content: bytes, named: str = "") -> str:
    """The text, by its byte order mark, the encoding that it names, UTF-8, or as Windows writes."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    for encoding in (named, "utf-8"):
        try:
            if encoding:
                return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1252", "replace")


def markdown_blocks(content: bytes) -> Iterator[Block]:
    """Paragraphs, with headings of both kinds: `# so`, and underlined."""
    yield from _blocks(decoded(content), hashes=True)


def text_blocks(content: bytes) -> Iterator[Block]:
    """Paragraphs; a line that is underlined, or by itself in capitals, is a heading."""
    yield from _blocks(decoded(content), hashes=False)


def _blocks(text: str, *, hashes: bool) -> Iterator[Block]:
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n")]
    gathered: list[str] = []
    for line in lines:
        heading = _HASHES.match(line) if hashes else None
        rule = _RULE.match(line)
        if rule and len(gathered) == 1 and len(gathered[0]) <= _LONGEST_TITLE:
            yield Block(text=gathered.pop(), level=1 if line[0] == "=" else 2)
            continue
        if heading or rule or not line:
            yield from _paragraph(gathered, hashes=hashes)
            gathered = []
        if heading:
            yield Block(text=heading[2], level=len(heading[1]))
        elif line and not rule:
            gathered.append(line)
    yield from _paragraph(gathered, hashes=hashes)


def _paragraph(lines: list[str], *, hashes: bool) -> Iterator[Block]:
    if not lines:
        return
    title = len(lines) == 1 and len(lines[0]) <= _LONGEST_TITLE and lines[0].isupper()
    title = title and not lines[0].endswith((".", "!"))
    yield Block(text="\n".join(lines), level=1 if title and not hashes else 0)
