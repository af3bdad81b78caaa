"""Breaks the code in one place at a time and looks whether the tests notice.

    python -m tests.mutation.run --tree /tmp/copy --record    # once: which test runs which line
    python -m tests.mutation.run --tree /tmp/copy --count 100 --seed 8

`--tree` is a checkout of its own, with the code to break and the tests to run (a git worktree): its
sources are changed and put back. Each mutant is run against the tests that run its line, the
fastest first, until one fails; no more of them than run in `--secs` seconds together, and its line
says how many. Prints a line for each mutant, and by room how many were caught.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from tests.mutation.mutants import Mutant, chosen
from tests.mutation.touches import Test, Touches

HERE = Path(__file__).parent
ROOMS = ("bot/calls", "bot/brains", "bot/media", "bot/carriers", "processors")
TESTS = ("calls", "brains", "media", "carriers", "processors", "pipelines", "server", "service")
PLAIN = "not realtime and not thorough"  # virtual time, in one process: lines can be followed
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The code to break."""

    root: Path
    options: Sequence[str]  # for pytest

    def pytest(self, plugin: str, *arguments: str, most_secs: float | None, **settings: str) -> int:
        """Runs pytest in it; returns its exit code. TimeoutExpired when it takes too long."""
        process = subprocess.Popen(
            [*PYTEST, "-p", plugin, *self.options, *arguments],
            cwd=self.root,
            env={
                **os.environ,
                "PYTHONPATH": f"{self.root}:{HERE}",
                "PYTHONDONTWRITEBYTECODE": "1",
                **settings,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(most_secs)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, 9)
                process.wait()

    def caught_by(self, mutant: Mutant, tests: Sequence[Test]) -> str | None:
        """The test that notices, or None."""
        file = self.root / mutant.file
        kept = file.read_text()
        with tempfile.TemporaryDirectory() as folder:
            wanted, failed = Path(folder, "tests"), Path(folder, "failed")
            wanted.write_text("\n".join(test.name for test in tests))
            file.write_text(mutant.source)
            try:
                code = self.pytest(
                    "touch_chooser",
                    "-x",
                    *sorted({test.name.split("::")[0] for test in tests}),
                    most_secs=300 + 10 * sum(test.secs for test in tests),
                    MUTATION_TESTS=str(wanted),
                    MUTATION_FAILED=str(failed),
                )
            except subprocess.TimeoutExpired:
                return "a run that hung"
            finally:
                file.write_text(kept)
            if code == 0:
                return None
            return failed.read_text() if failed.exists() else f"exit code {code}"


def within(tests: Sequence[Test], secs: float) -> Sequence[Test]:
    """The first of them, as many as run in so many seconds; one in any case."""
    sums = accumulate(test.secs for test in tests)
    return [test for test, used in zip(tests, sums, strict=True) if used <= secs] or tests[:1]


def record(tree: Tree, rooms: Sequence[str], file: Path) -> None:
    """Runs the tests once and writes down which of them runs which line."""
    folders = [f"tests/{name}" for name in TESTS if (tree.root / "tests" / name).exists()]
    tree.pytest(
        "touch_recorder",
        *("-m", PLAIN, *folders),
        most_secs=None,
        MUTATION_ROOMS=":".join(rooms),
        MUTATION_TOUCHES=str(file),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tree", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--skip", type=int, default=0, help="so many of the choice were tried")
    parser.add_argument("--only", help="file:line,file:line: these places of the choice alone")
    parser.add_argument("--record", action="store_true", help="which test runs which line")
    parser.add_argument(
        "--touches", help="what --record writes, file,file; in the tree if not given"
    )
    parser.add_argument("--rooms", default=",".join(ROOMS), help="what to break")
    parser.add_argument("--secs", type=float, default=300, help="of tests for each mutant")
    parser.add_argument("--options", default="", help="for pytest, as one word")
    asked = parser.parse_args()
    root: Path = asked.tree.resolve()
    tree = Tree(root=root, options=asked.options.split())
    rooms = asked.rooms.split(",")
    files = [Path(each) for each in (asked.touches or f"{root}/.touches.json").split(",")]
    if asked.record:
        return record(tree, rooms, files[0].absolute())
    touches = Touches.read(files)
    only = set(asked.only.split(",")) if asked.only else None
    tried: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for mutant in chosen(root, rooms, asked.count, asked.seed)[asked.skip :]:
        if only is not None and f"{mutant.file}:{mutant.line}" not in only:
            continue
        room = next(room for room in rooms if mutant.file.startswith(room))
        tried[room] += 1
        caught[room] += try_one(tree, mutant, touches, asked.secs)
    for room in rooms:
        print(f"{room}: {caught[room]} of {tried[room]}")  # noqa: T201
    print(f"{caught.total()} of {tried.total()} caught, seed {asked.seed}")  # noqa: T201


def try_one(tree: Tree, mutant: Mutant, touches: Touches, secs: float) -> bool:
    """Prints what became of it; returns whether it was caught."""
    began = time.monotonic()
    touching = touches.of(mutant)
    tests = within(touching, secs)
    by = tree.caught_by(mutant, tests) if tests else None
    if by is not None:
        verdict = f"caught by {by}"
    elif not tests:
        verdict = "SURVIVED, not covered"
    else:
        verdict = f"SURVIVED {len(tests)} of {len(touching)} tests"
    place = f"{mutant.file}:{mutant.line} {mutant.change}"
    print(f"{place}: {verdict} ({time.monotonic() - began:.0f} s)", flush=True)  # noqa: T201
    return by is not None


if __name__ == "__main__":
    main()
