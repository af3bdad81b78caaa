"""Where in a TOML file a key stands: its parser does not tell."""

import re


def line_of(text: str, key: str) -> int | None:
    """The line of a key such as "silence.prompts", or of the table that holds it; None: neither is
    found, as when it is written in an unusual way.
    """
    table, _, name = key.rpartition(".")
    inside, of_table = "", None
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w.\-]+)\s*\]", line):
            inside = header[1]
            if inside == table:
                of_table = number
            continue
        if not (given := re.match(r"\s*([\w.\-]+)\s*=", line)):
            continue
        here = f"{inside}.{given[1]}" if inside else given[1]
        if here == key:
            return number
        if here == table and of_table is None:  # silence = { prompts = [...] }
            of_table = number
    return of_table if name else None
