"""The files of agents, and what they look like from outside: whether one has changed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from config import HOURS

Seen = tuple[tuple[str, int, int], ...]  # path, time of change in ns, size


def files_in(folders: Sequence[Path]) -> Iterator[Path]:
    """Those of the first folder first, by name."""
    for folder in folders:
        yield from sorted(folder.glob("*.toml"))


def seen_in(folders: Sequence[Path]) -> Seen:
    """What the files look like from outside: another answer says that one has changed."""
    found: list[tuple[str, int, int]] = []
    for path in files_in([each for folder in folders for each in (folder, folder / HOURS)]):
        try:
            state = path.stat()
        except OSError:  # it is gone since
            continue
        found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)
