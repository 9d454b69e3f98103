"""The case files with their cases as generators, coroutines or asynchronous generators, which suspend before every statement.

A case stays what it is but for the suspensions, so the same programs test native code of every kind of function.
"""

from __future__ import annotations

import ast
import pathlib
import types
from typing import Any

FOLDER = pathlib.Path(__file__).parent / "cases" / "kinds"
SUSPENDING = ("generator", "coroutine", "async generator")
OTHER_KINDS = (*SUSPENDING, "namespace")
STEP_LIMIT = 20_000  # a case that suspends more often than this is stopped
FLAGS = {0x20: "generator", 0x80: "coroutine", 0x200: "async generator"}


def kind_of(code: types.CodeType) -> str:
    """plain, generator, coroutine, async generator, or namespace: the code of modules and class bodies."""
    for flag, kind in FLAGS.items():
        if code.co_flags & flag:
            return kind
    return "plain" if code.co_flags & 1 else "namespace"  # CO_OPTIMIZED


class Pause:
    """Awaited by the cases that can."""

    def __await__(self) -> Any:
        return (yield "paused")


class Suspender(ast.NodeTransformer):
    """Puts a suspension before every statement of one function, not of those that it defines."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.count = 0

    def suspension(self) -> ast.stmt:
        self.count += 1
        awaits = self.kind == "coroutine" or (self.kind == "async generator" and self.count % 2)
        return ast.parse("await Pause()" if awaits else f"yield {self.count}").body[0]

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for statement in body:
            if not isinstance(statement, (ast.Global, ast.Nonlocal)):
                result.append(self.suspension())
            changed = self.visit(statement)
            result += changed if isinstance(changed, list) else [changed]
        return result

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            return node
        for field, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, field, self.statements(value))
            elif isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item)
        return node

    def visit_Return(self, node: ast.Return) -> Any:
        if self.kind != "async generator" or node.value is None:
            return node
        return [ast.Expr(ast.Yield(ast.Tuple([ast.Constant("returns"), node.value], ast.Load()))), ast.Return()]


def suspends(function: ast.AST) -> bool:
    """Whether the function does so by itself."""
    todo = list(ast.iter_child_nodes(function))
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            todo += ast.iter_child_nodes(node)
    return False


def source_of_kind(source: str, kind: str) -> str:
    """The case file with its cases as another kind of code."""
    if kind == "namespace":
        return source_of_module(source)
    tree = ast.parse(source)
    for k, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("case_") and not suspends(node):
            node.body = Suspender(kind).statements(node.body)
            if kind != "generator":
                fields = {name: value for name, value in ast.iter_fields(node)}
                tree.body[k] = ast.AsyncFunctionDef(**fields)
    return ast.unparse(ast.fix_missing_locations(tree))


def is_flat(case: ast.stmt) -> bool:
    """Whether the case's statements can stand in a module: the only return is the last of them."""
    if not isinstance(case, ast.FunctionDef) or not case.name.startswith("case_") or suspends(case):
        return False
    own = [n for s in case.body if not isinstance(s, (ast.FunctionDef, ast.ClassDef)) for n in ast.walk(s)]
    returns = [n for n in own if isinstance(n, (ast.Return, ast.Global))]
    scopes = any(isinstance(n, ast.Nonlocal) for n in ast.walk(case))
    return returns == [case.body[-1]] and case.body[-1].value is not None and not scopes


def source_of_module(source: str) -> str:
    """The case file with the statements of its cases in the module itself, as far as they can stand there."""
    tree = ast.parse(source)
    flat = [node for node in tree.body if is_flat(node)]
    body = [node for node in tree.body if node not in flat]
    for case in flat:
        last = case.body[-1]
        value = ast.Call(ast.Attribute(ast.Name("LOG", ast.Load()), "append", ast.Load()), [last.value], [])
        handler = ast.parse("try: pass\nexcept Exception as e: LOG.append(repr(e))").body[0]
        handler.body = [*case.body[:-1], ast.Expr(value)]
        body.append(handler)
    tree.body = body
    return ast.unparse(ast.fix_missing_locations(tree))


def drive(result: Any) -> Any:
    """Runs what a case returned to its end; all that it yields, and what it returns."""
    if not isinstance(result, (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)):
        return result
    seen: list[Any] = []
    for _ in range(STEP_LIMIT):  # no len() here: a case puts its own in the place of the builtin
        step = result.__anext__() if isinstance(result, types.AsyncGeneratorType) else result
        try:
            if step is result:
                seen.append(result.send(None))
            else:
                run_step(step, seen)
        except StopIteration as end:
            return seen, end.value
        except StopAsyncIteration:
            return seen
    return seen, "stopped"


def run_step(step: Any, seen: list[Any]) -> None:
    """One step of an asynchronous generator, to the next value that it yields."""
    try:
        while True:
            seen.append(step.send(None))
    except StopIteration as end:
        seen.append(end.value)
