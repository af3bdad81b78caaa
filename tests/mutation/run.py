"""Breaks the code in one place at a time and looks whether the tests notice.

    python -m tests.mutation.run --count 100 --seed 8 --tree /tmp/copy

`--tree` is a checkout of its own, with the code to break and the tests to run (a git worktree): its
sources are changed and put back. Each mutant is run against the tests of its own room first, then
against the tests of whole calls, and stops at the first failure. Prints a line for each mutant and
the share that was caught. The same seed picks the same mutants wherever their lines stand, so that
two versions can be compared.
"""

import argparse
import ast
import hashlib
import heapq
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOMS = {  # what is broken -> the tests of its room
    "bot/calls": ["tests/calls"],
    "bot/brains": ["tests/brains"],
    "bot/media": ["tests/media"],
    "bot/carriers": ["tests/carriers", "tests/media"],
    "processors": ["tests/processors", "tests/pipelines"],
}
WHOLE_CALLS = ["tests/service", "tests/calls", "tests/brains", "tests/media", "tests/processors"]
MOST_SECS = 1500  # a run that takes longer hangs, which is noticed

_COMPARE = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One changed place."""

    file: str
    line: int
    change: str
    place: str  # the code that is changed, and which of several that read the same
    source: str  # of the whole file, changed


def mutants(tree: Path, file: Path) -> Iterator[Mutant]:
    """All single changes of a file that leave it readable, in the order of its lines."""
    text = file.read_text()
    alike: Counter[str] = Counter()
    for index, node in enumerate(ast.walk(ast.parse(text))):
        for change, new in _changes(node):
            code = ast.unparse(node)
            alike[code] += 1
            changed = ast.parse(text)
            target = next(each for i, each in enumerate(ast.walk(changed)) if i == index)
            if isinstance(new, ast.stmt):
                target = _replace(changed, target, new)
            else:
                vars(target).update(vars(new))
            yield Mutant(
                file=str(file.relative_to(tree)),
                line=getattr(node, "lineno", 0),
                change=change,
                place=f"{code} {alike[code]}",
                source=ast.unparse(ast.fix_missing_locations(changed)),
            )


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare(left=left, ops=[op, *more], comparators=others) if type(op) in _COMPARE:
            new = _COMPARE[type(op)]
            change = f"{type(op).__name__} -> {new.__name__}"
            yield change, ast.Compare(left=left, ops=[new(), *more], comparators=others)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            other = _ARITHMETIC[type(op)]
            change = f"{type(op).__name__} -> {other.__name__}"
            yield change, ast.BinOp(left=left, op=other(), right=right)
        case ast.BoolOp(op=op, values=values):
            swapped = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"{type(op).__name__} swapped", ast.BoolOp(op=swapped, values=values)
        case ast.Constant(value=bool(value)):
            yield f"{value} -> {not value}", ast.Constant(value=not value)
        case ast.Constant(value=int(value) | float(value)):
            yield f"{value} -> {value + 1}", ast.Constant(value=value + 1)
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield "call left out", ast.Pass()


def _replace(tree: ast.AST, old: ast.AST, new: ast.stmt) -> ast.AST:
    for node in ast.walk(tree):
        for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(body, list) and old in body:
                body[body.index(old)] = new
    return new


def chosen(tree: Path, count: int, seed: int) -> list[Mutant]:
    """As many mutants, spread over the files by chance."""

    def lot(mutant: Mutant) -> bytes:
        drawn = f"{seed} {mutant.file} {mutant.change} {mutant.place}"
        return hashlib.sha256(drawn.encode()).digest()

    files = [file for room in ROOMS for file in sorted((tree / room).rglob("*.py"))]
    return heapq.nsmallest(count, (each for file in files for each in mutants(tree, file)), key=lot)


def survives(tree: Path, tests: list[str], options: list[str]) -> bool:
    """Whether all these tests pass."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        [*command, *options, *tests],
        cwd=tree,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(MOST_SECS) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tree", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--rooms-only", action="store_true", help="leave out whole calls")
    parser.add_argument("--only", help="file:line,file:line: these places of the choice alone")
    parser.add_argument("--options", default="", help="for pytest, as one word")
    asked = parser.parse_args()
    tree: Path = asked.tree.resolve()
    options = asked.options.split()
    only = set(asked.only.split(",")) if asked.only else None
    caught = tried = 0
    for mutant in chosen(tree, asked.count, asked.seed):
        if only is not None and f"{mutant.file}:{mutant.line}" not in only:
            continue
        began = time.monotonic()
        file = tree / mutant.file
        kept = file.read_text()
        room = next(tests for room, tests in ROOMS.items() if mutant.file.startswith(room))
        file.write_text(mutant.source)
        try:
            alive = survives(tree, room, options) and (
                asked.rooms_only or survives(tree, WHOLE_CALLS, options)
            )
        finally:
            file.write_text(kept)
        tried += 1
        caught += not alive
        verdict = "SURVIVED" if alive else "caught"
        took = time.monotonic() - began
        print(f"{verdict} {mutant.file}:{mutant.line} {mutant.change} ({took:.0f} s)", flush=True)  # noqa: T201
    print(f"{caught} of {tried} caught, seed {asked.seed}")  # noqa: T201


if __name__ == "__main__":
    main()
