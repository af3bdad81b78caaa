"""Where in a TOML file a key stands: its parser does not tell."""

import re
from collections import Counter
from pathlib import Path


def line_of(text: str, key: str) -> int | None:
    """The line of a key such as "silence.prompts", or of what holds it; None: neither is found, as
    when it is written in an unusual way. Tables of an array are numbered from 0, as in
    "on_call.1.number".
    """
    table, _, name = key.rpartition(".")
    inside, of_table = "", None
    arrays: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]", line):
            inside = header[2]
            if header[1] == "[[":
                inside = f"{inside}.{arrays[inside]}"
                arrays[header[2]] += 1
            if inside in (table, key):
                of_table = number
            continue
        if not (given := re.match(r"""\s*(?:([\w.\-]+)|"([^"]+)"|'([^']+)')\s*=""", line)):
            continue
        written = given[1] or given[2] or given[3]
        here = f"{inside}.{written}" if inside else written
        if here == key:
            return number
        if here == table and of_table is None:  # silence = { prompts = [...] }
            of_table = number
    if of_table is None and table:
        return line_of(text, table)
    return of_table


def at_key(file: Path | None, key: str) -> str:
    """File and line of a key, to be put after a sentence; empty without a file."""
    return _placed(file, line_of(file.read_text(encoding="utf-8"), key) if file else None)


def at_words(file: Path | None, words: str) -> str:
    """The same of the first line that holds these words."""
    lines = file.read_text(encoding="utf-8").splitlines() if file else []
    return _placed(file, next((n for n, line in enumerate(lines, 1) if words in line), None))


def _placed(file: Path | None, line: int | None) -> str:
    return f" ({file}{f':{line}' if line else ''})" if file else ""
