"""The single changes that are made to the code, and those of them that a seed picks."""

import ast
import copy
import hashlib
import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")  # fields that hold statements
_ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One changed place."""

    file: str
    line: int
    change: str
    lines: range  # of the smallest statement around it
    at_import: bool  # these lines run when the file is imported, not when it is used
    place: str  # the code that is changed, and which of several that read the same
    around: str  # the statement, where in it the change is, and the statements beside it
    text: str = field(repr=False)  # of the whole file, as it is
    index: int  # of the node that is changed, in the order of ast.walk

    @property
    def changed(self) -> ast.Module:
        """The whole file, changed, with the lines it has."""
        changed = ast.parse(self.text)
        target = next(each for i, each in enumerate(ast.walk(changed)) if i == self.index)
        _change, new = next(_changes(target))
        if isinstance(new, ast.stmt):
            _replace(changed, target, new)
        else:
            vars(target).update(vars(new))
        return ast.fix_missing_locations(changed)

    @property
    def source(self) -> str:
        """The whole file, changed."""
        return ast.unparse(self.changed)


def mutants(tree: Path, file: Path) -> Iterator[Mutant]:
    """All single changes of a file that leave it readable, in the order of its lines."""
    text = file.read_text()
    whole = ast.parse(text)
    where = dict(_statements(whole, at_import=True))
    around = dict(_surroundings(whole))
    alike: Counter[str] = Counter()
    for index, node in enumerate(ast.walk(whole)):
        for change, _new in _changes(node):
            code = ast.unparse(node)
            alike[code] += 1
            lines, at_import = where[id(node)]
            yield Mutant(
                file=str(file.relative_to(tree)),
                line=getattr(node, "lineno", 0),
                change=change,
                lines=lines,
                at_import=at_import,
                place=f"{code} {alike[code]}",
                around=around[id(node)],
                text=text,
                index=index,
            )


def _statements(tree: ast.AST, *, at_import: bool) -> Iterator[tuple[int, tuple[range, bool]]]:
    """For each node (by its id) the lines of its statement, without those of statements in it."""
    for child in ast.iter_child_nodes(tree):
        yield from _statement(child, range(0), at_import)


def _statement(
    node: ast.AST, lines: range, at_import: bool
) -> Iterator[tuple[int, tuple[range, bool]]]:
    inner = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.stmt):
        body = getattr(node, "body", None)
        end = body[0].lineno - 1 if body else node.end_lineno or node.lineno
        lines = range(node.lineno, max(end, node.lineno) + 1)
    yield id(node), (lines, at_import)
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for child in inner:
        in_body = is_function and child in node.body
        yield from _statement(child, lines, at_import and not in_body)


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


def _surroundings(owner: ast.AST) -> Iterator[tuple[int, str]]:
    """For each node (by its id) what tells its place in any version of the code: its statement
    without those in it, which node of that it is, and what stands before and after.
    """
    for name in _BLOCKS:
        block = [each for each in getattr(owner, name, ()) if not _is_docstring(each)]
        heads = [_head(owner), *map(_head, block), f"end of {_head(owner)}"]
        for place, statement in enumerate(block):
            around = "\n".join(heads[place : place + 3])
            for number, node in enumerate(_parts(statement)):
                yield id(node), f"{number} of {around}"
            yield from _surroundings(statement)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement without those of the statements in it."""
    yield node
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield from _parts(value)
        elif isinstance(value, list) and name not in _BLOCKS:
            for each in value:
                if isinstance(each, ast.AST):
                    yield from _parts(each)


def _head(statement: ast.AST) -> str:
    """Its code without that of the statements in it."""
    bare = copy.copy(statement)
    for name in _BLOCKS:
        if hasattr(bare, name):
            setattr(bare, name, [])
    return ast.unparse(bare)


def _replace(tree: ast.AST, old: ast.AST, new: ast.stmt) -> None:
    for node in ast.walk(tree):
        for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(body, list) and old in body:
                body[body.index(old)] = new


def marked(text: str, marks: Mapping[int, int]) -> ast.Module:
    """The file with `__mark__(mark)` before the statements of some nodes: index of node -> mark."""
    whole = ast.parse(text)
    nodes = list(ast.walk(whole))
    blocks = {
        id(statement): block
        for node in nodes
        for name in ("body", "orelse", "finalbody")
        if isinstance(block := getattr(node, name, None), list)
        for statement in block
    }
    parents = {id(child): node for node in nodes for child in ast.iter_child_nodes(node)}
    for index, mark in marks.items():
        node = nodes[index]
        while id(node) not in blocks:
            node = parents[id(node)]
        block = blocks[id(node)]
        call = ast.Call(ast.Name("__mark__", ast.Load()), [ast.Constant(mark)], [])
        block.insert(block.index(node), ast.copy_location(ast.Expr(call), node))
    return ast.fix_missing_locations(whole)


def shared(
    before: tuple[Path, Sequence[str]], now: tuple[Path, Sequence[str]], count: int, seed: int
) -> list[tuple[Mutant, Mutant]]:
    """As many mutants in functions that two versions of the code have in common: same change of
    the same statement between the same two, in whichever files.
    """
    there, here = _one_of_a_kind(*before), _one_of_a_kind(*now)
    both = there.keys() & here.keys()

    def lot(key: tuple[str, str]) -> bytes:
        return hashlib.sha256(f"{seed} {key}".encode()).digest()

    return [(there[key], here[key]) for key in heapq.nsmallest(count, both, key=lot)]


def _one_of_a_kind(tree: Path, rooms: Sequence[str]) -> dict[tuple[str, str], Mutant]:
    found: dict[tuple[str, str], list[Mutant]] = {}
    for file in (file for room in rooms for file in sorted((tree / room).rglob("*.py"))):
        for mutant in mutants(tree, file):
            found.setdefault((mutant.change, mutant.around), []).append(mutant)
    return {
        key: alike[0] for key, alike in found.items() if len(alike) == 1 and not alike[0].at_import
    }


def chosen(tree: Path, rooms: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """As many mutants, spread over the files of the rooms by chance.

    The same seed picks the same mutants wherever their lines stand, so that two versions can be
    compared as far as they have the same code.
    """

    def lot(mutant: Mutant) -> bytes:
        drawn = f"{seed} {mutant.file} {mutant.change} {mutant.place}"
        return hashlib.sha256(drawn.encode()).digest()

    files = [file for room in rooms for file in sorted((tree / room).rglob("*.py"))]
    return heapq.nsmallest(count, (each for file in files for each in mutants(tree, file)), key=lot)
