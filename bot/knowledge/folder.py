"""The folder of a client's documents, looked at from outside: what is there, and what has changed.

It takes longer than sound can wait: call it in a thread.
"""

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.reading import READERS

MOST_BYTES = 20 * 1024 * 1024  # of a file
MOST_FILES = 1_000  # of a client
_CLIENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
QUESTIONS = "questions.toml"  # beside the documents: see `trunkline knowledge test`


def is_client(name: str) -> bool:
    """Whether a client can have this name: that of a folder, and never of a place elsewhere."""
    return _CLIENT.fullmatch(name) is not None


@dataclass(frozen=True, kw_only=True)
class DocumentFile:
    """One file."""

    name: str  # from the client's folder on, with slashes
    path: Path
    digest: str  # of its content; empty: it is not to be read
    problem: str = ""  # why not


class DocumentFolder:
    """The folder with a folder for each client. What it has seen unchanged is not read again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._digests: dict[tuple[str, int, int], str] = {}

    def of(self, client: str) -> Path:
        """Where a client's documents are, or would be."""
        return self.root / client

    def files(self, client: str) -> list[DocumentFile]:
        """Those of a client by name, without hidden ones. Raises OSError: a folder cannot be read,
        so nobody knows what is in it.
        """
        folder = self.of(client)
        paths: list[Path] = []
        for where, folders, names in os.walk(folder, onerror=_raise):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            paths += [Path(where, name) for name in sorted(names) if not name.startswith(".")]
        paths = [path for path in paths if path != folder / QUESTIONS]
        real = folder.resolve()
        return [self._look(folder, real, path, n) for n, path in enumerate(paths)]

    def _look(self, folder: Path, real: Path, path: Path, n: int) -> DocumentFile:
        name = path.relative_to(folder).as_posix()
        digest = problem = ""
        try:
            state = path.stat()
            if n >= MOST_FILES:
                problem = f"a client may have {MOST_FILES:,} files"
            elif path.suffix.lower() not in READERS:
                problem = f"only these are read: {', '.join(sorted(READERS))}"
            elif not path.resolve().is_relative_to(real):
                problem = "it is a link to a place outside this folder"
            elif not stat.S_ISREG(state.st_mode):
                problem = "it is no file"
            elif state.st_size > MOST_BYTES:
                problem = f"it is larger than {MOST_BYTES >> 20} MB: split it"
            else:
                digest = self._digest(path, state)
        except OSError as error:
            problem = f"it cannot be read: {error.strerror or error}"
        return DocumentFile(name=name, path=path, digest=digest, problem=problem)

    def _digest(self, path: Path, state: os.stat_result) -> str:
        seen = (str(path), state.st_mtime_ns, state.st_size)
        if seen not in self._digests:
            self._digests[seen] = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._digests[seen]


def _raise(error: OSError) -> None:
    raise error
