"""The file .env: values put into it, all else in it left as it is."""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

# What a line may hold without quotes: no space, no quote, no # and no $, which would be read as
# more than itself.
PLAIN = re.compile(r"[^\s'\"#$\\]+")


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The text of an .env file with these values: in the place of a line that has the name, of a
    comment that shows it, or at the end.

    Raises ValueError: a value cannot stand in such a file.
    """
    for name, value in values.items():
        if not PLAIN.fullmatch(value):
            raise ValueError(f"{name} has a character that .env cannot hold")
        text = _with(text, name, value)
    return text


def _with(text: str, name: str, value: str) -> str:
    line = f"{name}={value}"
    for pattern in (rf"^[ \t]*(?:export[ \t]+)?{name}[ \t]*=.*$", rf"^#{name}=.*$"):
        found = list(re.finditer(pattern, text, re.MULTILINE))
        if found:  # the last one counts
            last = found[-1]
            return f"{text[: last.start()]}{line}{text[last.end() :]}"
    end = "" if not text or text.endswith("\n") else "\n"
    return f"{text}{end}{line}\n"


def write_secretly(path: Path, text: str) -> None:
    """Puts the text in the file's place, whole or not at all; nobody but its owner may read it.
    Raises OSError.
    """
    path = path.resolve()  # a link stays one
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
