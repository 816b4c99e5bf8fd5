"""Every way in which one rule of a module can be broken: an expression in place of another.

A comparison moved or turned, a condition or a call left out, a check that never refuses, a figure
off by one, two arguments swapped, a row missing from a table. What only words things, declares
columns, notes types or writes a log is left alone: no rule is broken by it.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
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
SUMS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
}
TEXTS = (ast.Constant, ast.JoinedStr)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
CONDITIONS = {"where", "filter", "first_refusal"}
"""Calls of which every argument is a condition of its own."""
DECLARATIONS = {
    "mapped_column",
    "relationship",
    "CheckConstraint",
    "ForeignKey",
    "Index",
    "TypeVar",
}
LOGS = {"debug", "info", "warning", "error", "exception"}

NOTHING = ast.Starred(ast.Tuple([], ast.Load()), ast.Load())
"""A row or an argument that is not there: `*()`."""

Way = tuple[str, ast.expr, ast.expr]
"""What is done, to which expression, and what then stands there."""


@dataclass(frozen=True)
class Break:
    """One expression of a module in place of another, at `line`.

    `lines` are those of it and the first of its statement; `start` and `end` are counted in bytes.
    """

    path: Path
    line: int
    kind: str
    lines: frozenset[int]
    start: int
    end: int
    before: str
    after: str

    def applied(self, source: bytes) -> bytes:
        """The module with this rule broken; every other line stays at its place."""
        lost = "\n" * source[self.start : self.end].count(b"\n")
        after = f"({self.after}{lost})" if self.after != "*()" else f"*({lost})"
        return source[: self.start] + after.encode() + source[self.end :]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}  {self.kind}: {_in_a_line(self.before)} → {_in_a_line(self.after)}"


def _in_a_line(code: str) -> str:
    line = " ".join(code.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def breaks_of(path: Path, source: bytes) -> Iterator[Break]:
    """Every way to break a module."""
    starts = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]
    for line, (kind, old, new) in _ways_within(ast.parse(source), 1):
        last = old.end_lineno or old.lineno
        start = starts[old.lineno - 1] + old.col_offset
        end = starts[last - 1] + (old.end_col_offset or 0)
        lines = frozenset({line, *range(old.lineno, last + 1)})
        before = source[start:end].decode()
        yield Break(path, old.lineno, kind, lines, start, end, before, ast.unparse(new))


def _ways_within(node: ast.AST, line: int) -> Iterator[tuple[int, Way]]:
    """The ways below a node, each with the first line of the statement it stands in."""
    line = node.lineno if isinstance(node, ast.stmt) else line
    for way in _ways(node):
        yield line, way
    for child in _children(node):
        yield from _ways_within(child, line)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What a node is made of, where rules may stand in it."""
    if isinstance(node, ast.JoinedStr | ast.Assert | ast.Raise):
        return
    if isinstance(node, ast.Call) and _name(node) in DECLARATIONS | LOGS:
        return
    match node:
        case ast.Subscript(slice=ast.Tuple()) | ast.Assign(targets=[ast.Name(id="__all__")]):
            return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        yield from (one for one in _listed(value) if isinstance(one, ast.AST))


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _ways(node: ast.AST) -> Iterator[Way]:
    """How this very node can be broken."""
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp():
            turned = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "and or", node, ast.BoolOp(turned, node.values)
            for left in _one_fewer(node.values):
                one = left[0] if len(left) == 1 else ast.BoolOp(node.op, left)
                yield "condition dropped", node, one
        case ast.UnaryOp(op=ast.Not()):
            yield "not dropped", node, node.operand
        case ast.Constant():
            yield from _counted(node)
        case ast.BinOp():
            yield from _summed(node)
        case ast.If(body=[*_, last], orelse=[]) if isinstance(last, LEAVES):
            yield "check dropped", node.test, ast.Constant(value=False)
        case ast.If():
            yield "branch dropped", node.test, ast.Constant(value=False)
        case ast.IfExp():
            yield "branches swapped", node, ast.IfExp(node.test, node.orelse, node.body)
        case ast.comprehension():
            yield from (("filter dropped", one, ast.Constant(value=True)) for one in node.ifs)
        case ast.Expr(value=ast.Call() as call) if _name(call) not in LOGS:
            yield "call dropped", call, ast.Constant(value=None)
        case ast.Call():
            yield from _called(node)
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) | ast.Set():
            if len(node.elts) > 1:
                yield from (("row dropped", one, NOTHING) for one in _plain(node.elts))


def _compared(node: ast.Compare) -> Iterator[Way]:
    for at, op in enumerate(node.ops):
        ops = [*node.ops[:at], COMPARISONS[type(op)](), *node.ops[at + 1 :]]
        yield "comparison", node, ast.Compare(node.left, ops, node.comparators)


def _counted(node: ast.Constant) -> Iterator[Way]:
    if isinstance(node.value, bool):
        yield "constant", node, ast.Constant(value=not node.value)
    elif isinstance(node.value, int):
        yield "constant", node, ast.Constant(value=node.value + 1)


def _summed(node: ast.BinOp) -> Iterator[Way]:
    sides = (node.left, node.right)
    if isinstance(node.op, ast.BitOr) and any(_is_type(side) for side in sides):
        return
    if isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield from (("condition dropped", node, side) for side in sides)
    elif type(node.op) in SUMS and not any(
        isinstance(side, TEXTS) and _is_text(side) for side in sides
    ):
        yield "sum", node, ast.BinOp(node.left, SUMS[type(node.op)](), node.right)


def _is_type(node: ast.expr) -> bool:
    """Whether it is named as types are: `int | None`, `Plan | Tender`."""
    match node:
        case ast.BinOp():
            return _is_type(node.left)
        case ast.Name(id=name):
            return name in ("int", "str", "bytes", "date") or not (name.isupper() or name.islower())
    return False


def _is_text(node: ast.Constant | ast.JoinedStr) -> bool:
    return isinstance(node, ast.JoinedStr) or isinstance(node.value, str)


def _called(node: ast.Call) -> Iterator[Way]:
    if _name(node) in LOGS:
        return
    if _name(node) in CONDITIONS:
        yield from (("condition dropped", one, NOTHING) for one in _plain(node.args))
    elif len(node.args) > 1 and ast.unparse(node.args[0]) != ast.unparse(node.args[1]):
        first, second, *rest = node.args
        if not any(isinstance(one, ast.Starred) for one in (first, second)):
            swapped = ast.Call(node.func, [second, first, *rest], node.keywords)
            yield "arguments swapped", node, swapped


def _plain(rows: list[ast.expr]) -> Iterator[ast.expr]:
    return (one for one in rows if not isinstance(one, ast.Starred))


def _one_fewer(rows: list[ast.expr]) -> Iterator[list[ast.expr]]:
    return (rows[:at] + rows[at + 1 :] for at in range(len(rows)))


def _name(node: ast.Call) -> str:
    """The last word of what is called."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
