"""Parts of a packed spreadsheet, tag by tag, within bounds."""

import zipfile
from collections.abc import Callable, Mapping
from xml.parsers import expat

from bot.batches.reading.tables import NoTable

MAX_UNPACKED_BYTES = 400 * 1024 * 1024  # a hundred thousand rows of fifty columns take half of it
MAX_TEXT_BYTES = 1024 * 1024  # of one cell; spreadsheets themselves allow 32,767 characters
MAX_INDEX_BYTES = 4 * 1024 * 1024  # of the list of sheets
_CHUNK = 64 * 1024


def parse(
    archive: zipfile.ZipFile,
    part: str,
    begin: Callable[[str, Mapping[str, str]], None] | None,
    *,
    plain: bool = False,
    most: int = MAX_UNPACKED_BYTES,
    text: Callable[[str], None] | None = None,
    end: Callable[[str], None] | None = None,
) -> None:
    """Calls `begin`, if there is one, with each tag that begins and what it is given, both without
    namespaces; `plain`: what is given has none. `text` and `end` are called with what stands
    between tags, in pieces, and with each tag that ends.

    What is no XML is for the spreadsheet's reader to refuse. Raises NoTable for a text that no
    cell may hold.
    """
    parser = expat.ParserCreate(namespace_separator=" ")

    bare: dict[str, str] = {}  # names without their namespaces, of which a file has few

    def started(name: str, given: dict[str, str]) -> None:
        if (local := bare.get(name)) is None:
            local = bare[name] = name.rpartition(" ")[2]
        if not plain and given:
            given = {key.rpartition(" ")[2]: value for key, value in given.items()}
        begin(local, given)  # type: ignore[misc]

    if begin is not None:
        parser.StartElementHandler = started
    if text is not None:
        parser.CharacterDataHandler = text
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
    size = run = 0
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            run = 0 if b"<" in chunk else run + len(chunk)
            if size > most or run > MAX_TEXT_BYTES:
                raise NoTable(
                    "One cell of the spreadsheet holds more than a million characters; "
                    "delete it, or save the table as .csv."
                    if run > MAX_TEXT_BYTES
                    else "The spreadsheet has far too many sheets; save the table as .csv."
                )
            if begin is None:
                continue
            try:
                parser.Parse(chunk)
            except expat.ExpatError:
                return


def column_number(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


def number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else otherwise


def is_zero(text: str | None) -> bool:
    try:
        return text is not None and float(text) == 0
    except ValueError:
        return False


def holds(archive: zipfile.ZipFile, part: str, needle: bytes) -> bool:
    """Whether these bytes stand anywhere in a part."""
    before = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if needle in before + chunk:
                return True
            before = chunk[-len(needle) :]
    return False
