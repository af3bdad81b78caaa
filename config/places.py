"""Where in a TOML file a key stands: its parser does not tell."""

import re
from collections import Counter


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
