"""Breaks two versions of the code in the same places, and counts what the tests of each notice.

    python -m tests.mutation.compare --before BEFORE --now NOW --kept KEPT --count 120 --seed 8

Both are checkouts (git worktrees). A place is one that both versions have, in whichever file: the
same change of the same statement between the same two, inside a function. In each version the
tests that come by it run on the changed code, least CPU first, no more than `--tests` of them and
no longer than `--cpu` seconds of CPU. A test that fails has noticed if it passes alone on the code
as it is, and fails alone on the changed code again: so a busy machine counts for nothing. What was
found out is kept in `--kept`; the same command goes on from there.
"""

import argparse
import ast
import json
import pickle
import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.mutation.mutants import Mutant, marked, shared
from tests.mutation.warm_tree import Cut, Tried, WarmTree

UNITS = ("processors", "media", "realtime", "brains", "carriers", "calls", "pipelines", "server")
# Of any version: those that a tree has not hold no mutants.
ROOMS = ("bot/calls", "bot/realtime", "bot/brains", "bot/media", "bot/carriers", "processors")
PLAIN = "-m 'not realtime and not thorough'"  # virtual time, in one process
RECORDED_AT_ONCE = 40  # tests, in one process
CUT_SHORT = "cut short"


class Side:
    """One version of the code, and what is known of its mutants: by their place in the choice."""

    def __init__(self, tree: WarmTree, mutants: Sequence[Mutant], kept: Path) -> None:
        self.name = kept.name
        self._tree = tree
        self._mutants = mutants
        self._recorded = kept.with_suffix(".recorded.jsonl")
        self._tried = kept.with_suffix(".tried.jsonl")
        self._touching: dict[int, list[tuple[float, str]]] = {}
        self.caught: dict[int, str] = {}  # number of a mutant -> by which test
        self.tried: dict[int, set[str]] = {}  # number of a mutant -> tests

    def record(self, alike: int, cpu_secs: int) -> None:
        """Runs each test once as the code is: what it takes and by which mutants it comes."""
        known = {test for test, _secs, _marks in self._read(self._recorded)}
        left = [test for test in _spread(self._tree.tests, alike) if test not in known]
        marks: dict[str, dict[int, int]] = {}
        for number, mutant in enumerate(self._mutants):
            marks.setdefault(mutant.file, {})[mutant.index] = number
        changed = {file: marked(self._text(file), of) for file, of in marks.items()}
        while left:
            some, left = left[:RECORDED_AT_ONCE], left[RECORDED_AT_ONCE:]
            for tried in self._tree.run(changed, some, cpu_secs=10 * cpu_secs, first=False):
                if isinstance(tried, Cut):
                    self._write(self._recorded, some[0], 0, [])
                    left = some[1:] + left
                else:
                    some.remove(tried.test)
                    passed = not tried.failed
                    marks_ = tried.marks if passed else []
                    self._write(self._recorded, tried.test, round(tried.cpu_secs, 3), marks_)
        there = set(self._tree.tests)
        for test, secs, numbers in self._read(self._recorded):
            for number in numbers if test in there else ():
                self._touching.setdefault(number, []).append((secs, test))
        for number, tests, by in self._read(self._tried):
            self.tried.setdefault(number, set()).update(tests)
            if by is not None:
                self.caught[number] = by

    def try_one(self, number: int, most_tests: int, cpu_secs: int) -> None:
        """Runs the tests that come by a mutant, as far as they were not run on it yet."""
        mutant = self._mutants[number]
        before = self.tried.setdefault(number, set())
        nearest = [test for _secs, test in sorted(self._touching.get(number, ()))][:most_tests]
        left = [test for test in nearest if test not in before]
        if number in self.caught or not left:
            return
        changed = {mutant.file: mutant.changed}
        by, tests = None, left
        while left and by is None:
            some, left = left, []
            for tried in self._tree.run(changed, some, cpu_secs=cpu_secs):
                test = some[0] if isinstance(tried, Cut) else tried.test
                if isinstance(tried, Tried) and not tried.failed:
                    some = some[1:]
                    continue
                if self._fails({}, test, cpu_secs):
                    left = some[1:]
                elif isinstance(tried, Cut) or tried.hung:
                    by = f"{test}, {CUT_SHORT}"
                elif self._fails(changed, test, cpu_secs):
                    by = test
                else:
                    left = some[1:]
        self.tried[number].update(tests)
        self._write(self._tried, number, tests, by)
        if by is not None:
            self.caught[number] = by

    def told(self, number: int) -> str:
        mutant = self._mutants[number]
        tests = len(self.tried.get(number, ()))
        verdict = self.caught.get(number) or f"SURVIVED {tests} tests"
        return f"{self.name}: {mutant.file}:{mutant.line} {mutant.change}: {verdict}"

    def _fails(self, changed: dict[str, ast.Module], test: str, cpu_secs: int) -> bool:
        return any(
            isinstance(tried, Cut) or tried.failed
            for tried in self._tree.run(changed, [test], cpu_secs=cpu_secs)
        )

    def _text(self, file: str) -> str:
        return (self._tree.root / file).read_text()

    @staticmethod
    def _read(file: Path) -> list[Any]:
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @staticmethod
    def _write(file: Path, *row: object) -> None:
        with file.open("a") as kept:
            kept.write(json.dumps(row) + "\n")


def _spread(tests: Sequence[str], most: int) -> list[str]:
    """Of each test with parameters no more than so many, from all over their list."""
    by_function: dict[str, list[str]] = {}
    for test in tests:
        by_function.setdefault(test.split("[")[0], []).append(test)
    return [test for each in by_function.values() for test in each[:: -(-len(each) // most)]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, required=True)
    parser.add_argument("--now", type=Path, required=True)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--tests", type=int, default=40, help="for each mutant")
    parser.add_argument("--alike", type=int, default=4, help="parameters of one test")
    parser.add_argument("--cpu", type=int, default=60, help="seconds of CPU for each mutant")
    parser.add_argument("--kept", type=Path, required=True, help="a folder")
    parser.add_argument("--folders", default=",".join(UNITS), help="of tests, or files in them")
    parser.add_argument("--options-before", default="", help="for pytest, as one word")
    parser.add_argument("--options-now", default=PLAIN)
    asked = parser.parse_args()
    before, now = asked.before.resolve(), asked.now.resolve()
    asked.kept.mkdir(parents=True, exist_ok=True)
    chosen = asked.kept / f"chosen_{asked.count}_{asked.seed}.pickle"
    if not chosen.exists():
        pairs = shared((before, ROOMS), (now, ROOMS), asked.count, asked.seed)
        chosen.write_bytes(pickle.dumps(pairs))
    pairs = pickle.loads(chosen.read_bytes())
    sides = []
    options_of = (asked.options_before, asked.options_now)
    mutants_of = zip(*pairs, strict=True)
    for root, options, mutants in zip((before, now), options_of, mutants_of, strict=True):
        folders = [f"tests/{each}" for each in asked.folders.split(",")]
        tests = [each for each in folders if (root / each).exists()]
        tree = WarmTree.start(root, *shlex.split(options), *tests)
        sides.append(Side(tree, mutants, asked.kept / root.name))
        say(f"{root.name}: {len(tree.tests)} tests")
        sides[-1].record(asked.alike, asked.cpu)
        say(f"{root.name}: recorded")
    for number in range(len(pairs)):
        for side in sides:
            side.try_one(number, asked.tests, asked.cpu)
            say(f"{number} {side.told(number)}")
    judged = [number for number in range(len(pairs)) if any(side.tried[number] for side in sides)]
    for side in sides:
        by = [side.caught[number] for number in judged if number in side.caught]
        cut = sum(each.endswith(CUT_SHORT) for each in by)
        say(f"{side.name}: {len(by)} of {len(judged)} caught, {cut} of them by a run cut short")
    say(f"no test of either comes by {len(pairs) - len(judged)} more; seed {asked.seed}")


def say(words: str) -> None:
    print(f"{time.strftime('%T')} {words}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
