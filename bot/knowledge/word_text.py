"""The text of a Word document (DOCX), by python-docx 1.2."""

import re
from collections.abc import Iterator
from io import BytesIO

from bot.child import ChildRefused
from bot.knowledge.blocks import Block

_OLD = b"\xd0\xcf\x11\xe0"  # OLE: a DOC, or a DOCX with a password
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


def word_blocks(content: bytes) -> Iterator[Block]:
    """Paragraphs, headings by their styles, and tables: a row is a line.

    Raises ChildRefused: it is encrypted, an old DOC, or broken.
    """
    if content.startswith(_OLD):
        raise ChildRefused("it is encrypted, or an old DOC: save it as DOCX without a password")
    from docx import Document
    from docx.text.paragraph import Paragraph

    try:
        document = Document(BytesIO(content))
    except MemoryError:
        raise
    except Exception:  # of a broken file, it raises almost anything
        raise ChildRefused("it is no DOCX, or broken") from None
    for part in document.iter_inner_content():
        if isinstance(part, Paragraph):
            yield Block(text=part.text, level=_level(part.style.name if part.style else None))
        else:
            rows = ([" ".join(cell.text.split()) for cell in row.cells] for row in part.rows)
            yield Block(text="\n".join(" | ".join(filter(None, row)) for row in rows))


def _level(style: str | None) -> int:
    if style == "Title":
        return 1
    heading = _HEADING.match(style or "")
    return int(heading[1]) + 1 if heading else 0
