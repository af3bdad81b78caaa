"""The text of an HTML page."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from bot.knowledge.blocks import Block
from bot.knowledge.plain_text import decoded

# Of a head its parts: where the head ends need not be written.
_UNREAD = frozenset({"script", "style", "template", "noscript", "svg", "nav", "title"})
_APART = frozenset(
    {"address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl"}
)
_APART |= {"dt", "figcaption", "footer", "form", "header", "hr", "li", "main", "ol", "p", "pre"}
_APART |= {"section", "summary", "table", "tr", "ul", "h1", "h2", "h3", "h4", "h5", "h6"}
_CHARSET = re.compile(rb"""<meta[^>]+charset=["']?([\w-]+)""", re.IGNORECASE)


def html_blocks(content: bytes) -> Iterator[Block]:
    """Headings and paragraphs; a row of a table is a line. What is not shown is not read."""
    named = _CHARSET.search(content[:4096])
    page = _Page()
    page.feed(decoded(content, named[1].decode() if named else ""))
    page.close()
    page.end_block()
    yield from page.blocks


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._text: list[str] = []
        self._level = 0
        self._unread = 0  # how deep in what is not read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._unread += 1
        elif tag in _APART:
            self.end_block()
            self._level = int(tag[1]) if re.fullmatch("h[1-6]", tag) else 0
        elif tag in ("td", "th") and "".join(self._text).strip():
            self._text.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag in _APART:
            self.end_block()
            self._level = 0

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self._text.append(data)

    def end_block(self) -> None:
        """What was read until now stands by itself."""
        text = " ".join("".join(self._text).split())
        if text:
            self.blocks.append(Block(text=text, level=self._level))
        self._text = []
