"""A checkout whose tests are collected once and then run on changed code: warm_tests.py, asked."""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Self

HERE = Path(__file__).parent
TEST_SECS = 90  # of wall clock for one test, in any tree: the machine may be busy


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What became of a test."""

    test: str
    failed: bool
    hung: bool  # it failed since it took too long
    cpu_secs: float
    marks: Sequence[int]  # that it came by


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A run that did not come to its end: it hung, or its process died."""

    why: str


class WarmTree:
    """A pytest that waits in a checkout."""

    def __init__(self, root: Path, asking: Connection, process: "subprocess.Popen[bytes]") -> None:
        self.root = root
        self._asking = asking
        self._process = process
        self.tests: Sequence[str] = asking.recv()

    @classmethod
    def start(cls, root: Path, *arguments: str) -> Self:
        """Collects the tests of these arguments of pytest."""
        here, there = Pipe()
        command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "warm_tests"]
        with Path(f"{root}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *command, "-o", f"timeout={TEST_SECS}", *arguments],
                cwd=root,
                env={
                    **os.environ,
                    "PYTHONPATH": f"{root}:{HERE}",
                    "MUTATION_CONNECTION": str(there.fileno()),
                },
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        there.close()
        return cls(root, here, process)

    def run(
        self,
        changed: Mapping[str, ast.Module],
        tests: Sequence[str],
        *,
        cpu_secs: int,
        first: bool = True,
    ) -> list[Tried | Cut]:
        """Runs tests on changed files, to the first that fails or all of them."""
        self._asking.send(
            {
                "changed": {str(self.root / file): tree for file, tree in changed.items()},
                "tests": list(tests),
                "first": first,
                "cpu_secs": cpu_secs,
                "most_secs": 10 * cpu_secs,
            }
        )
        came_to: list[Tried | Cut] = []
        while not isinstance(said := self._asking.recv(), str):
            name, failed, (used, _secs), marks = said
            hung = any("from pytest-timeout" in each for each in failed)
            tried = Tried(test=name, failed=bool(failed), hung=hung, cpu_secs=used, marks=marks)
            came_to.append(tried)
        return [*came_to, Cut(why=said)] if said else came_to

    def close(self) -> None:
        self._asking.send(None)
        self._process.wait()
