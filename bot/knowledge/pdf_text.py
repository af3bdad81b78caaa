"""The text of a PDF file: by pypdf 7 with its headings, by PDFium where pypdf finds none."""

import logging
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from typing import Any

from bot.child import ChildRefused
from bot.knowledge.blocks import Block

_LARGER = 1.15  # a heading than the text around it
_LONGEST_HEADING = 100
ENCRYPTED = "it is encrypted: save it without a password"
SCANNED = "no text was found in it; pages that are pictures are not read"
BROKEN = "it is no PDF, or broken"


def pdf_blocks(content: bytes) -> Iterator[Block]:
    """Paragraphs page by page; lines in larger letters are headings.

    Raises ChildRefused: it is encrypted, broken, or has pictures of text only.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its words may be out of the file
    blocks = _by_pypdf(content) or _by_pdfium(content)
    if not blocks:
        raise ChildRefused(SCANNED)
    yield from blocks


Line = tuple[str, float, int]  # text, size of its letters, page


def _by_pypdf(content: bytes) -> list[Block]:
    """Nothing where there is no text that it finds, or where it cannot read the file."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise ChildRefused(ENCRYPTED)
        lines = [line for n, page in enumerate(reader.pages, 1) for line in _lines(page, n)]
    except (ChildRefused, MemoryError):
        raise
    except Exception:  # of a broken file, it raises almost anything
        return []
    return list(_of_lines(lines))


def _lines(page: Any, number: int) -> list[Line]:
    parts: list[tuple[str, float]] = []

    def see(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        parts.append((text, abs(float(size) * float(tm[3] or 1) * float(cm[3] or 1))))

    page.extract_text(visitor_text=see)
    lines: list[Line] = []
    text, sizes = "", [0.0]
    for part, size in parts:
        head, *rest = part.split("\n")
        text += head
        sizes += [size] if head.strip() else []
        for more in rest:
            lines.append((text.strip(), max(sizes), number))
            text, sizes = more, [size if more.strip() else 0.0]
    return [*lines, (text.strip(), max(sizes), number)]


def _of_lines(lines: list[Line]) -> Iterator[Block]:
    """Lines of usual size in a row are a paragraph; an empty one ends it."""
    letters: Counter[float] = Counter()
    for text, size, _ in lines:
        letters[round(size, 1)] += len(text)
    usual = letters.most_common(1)[0][0] if letters else 0.0
    sizes = sorted(
        {round(s, 1) for _, s, _ in lines if usual and s > usual * _LARGER}, reverse=True
    )
    levels = {size: level for level, size in enumerate(sizes, 1)}
    gathered, page = "", 0
    for text, size, number in lines:
        level = levels.get(round(size, 1), 0) if len(text) <= _LONGEST_HEADING else 0
        if gathered and (level or not text or number != page):
            yield Block(text=gathered, page=page)
            gathered = ""
        if text and level:
            yield Block(text=text, level=level, page=number)
        elif text:
            gathered, page = f"{gathered}\n{text}" if gathered else text, number
    if gathered:
        yield Block(text=gathered, page=page)


def _by_pdfium(content: bytes) -> list[Block]:
    pypdfium2 = import_module("pypdfium2")  # which has no types
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower()
        raise ChildRefused(ENCRYPTED if encrypted else BROKEN) from None
    blocks: list[Block] = []
    for number, page in enumerate(document, 1):
        text = page.get_textpage().get_text_bounded().replace("\r\n", "\n")
        blocks += [Block(text=part, page=number) for part in text.split("\n\n") if part.strip()]
    return blocks
