"""Runs one case module interpreted and jitted and reports everything a program could see of the difference."""

from __future__ import annotations

import builtins
import contextlib
import gc
import io
import re
import sys
import traceback
import types
from typing import Any, Callable, Iterable, Iterator

import justjit
from justjit import _core

from .drivers import GIVEN
from .event_loop import own_loops
from .faults import Hooks, Variant, each, hooked_namespace, pick
from .kinds import Pause, drive

DEBUG_BUILD = hasattr(sys, "gettotalrefcount")


def code_tree(code: types.CodeType) -> Iterator[types.CodeType]:
    """`code` and every code object nested in its constants."""
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from code_tree(const)


def function_of(code: types.CodeType) -> types.FunctionType:
    """A throw-away function object that owns `code`, so that it can be handed to the compiler."""
    cells = tuple(types.CellType() for _ in code.co_freevars)
    return types.FunctionType(code, {}, code.co_name, None, cells)


MODULE_BODY = "<module>"  # as the name of a case: runs the code of the module itself
BUILD_CLASS = builtins.__build_class__


def compile_tree(code: types.CodeType) -> list[types.CodeType]:
    """Compiles `code` and all code nested in it, and returns them: all have to be native."""
    native = []
    for item in code_tree(code):
        function = function_of(item)
        if not justjit.compile(function):
            raise AssertionError(
                f"{item.co_qualname if hasattr(item, 'co_qualname') else item.co_name}: "
                f"{justjit.stats(function)['fallback_reason']}"
            )
        native.append(item)
    return native


def functions_in(namespace: dict[str, Any]) -> Iterator[types.FunctionType]:
    """Functions and methods reachable from a module namespace that an interpreted statement created."""
    seen: set[int] = set()
    todo = list(namespace.values())
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, types.FunctionType):
            yield value
            todo.append(getattr(value, "__wrapped__", None))
        elif isinstance(value, (staticmethod, classmethod)):
            todo.append(value.__func__)
        elif isinstance(value, property):
            todo += [value.fget, value.fset, value.fdel]
        elif isinstance(value, type) and value.__module__ == namespace["__name__"]:
            todo += list(vars(value).values())


class Module:
    """One execution of a case file: its namespace and, when jitted, its native code objects."""

    def __init__(self, path: str, source: str, jitted: bool, hooked: bool = False) -> None:
        self.path = path
        self.code = code = compile(source, path, "exec")
        self.namespace: dict[str, Any] = (
            hooked_namespace(path) if hooked else {"LOG": [], "make_list": list, "pick": pick, "each": each, **GIVEN}
        )
        self.namespace["Pause"] = Pause
        self.hooks: Hooks | None = self.namespace.hooks if hooked else None  # type: ignore[attr-defined]
        self.namespace.update(__name__="case_module", __builtins__=__builtins__)
        self.native: list[types.CodeType] = compile_tree(code) if jitted else []
        self.empty = dict(self.namespace)
        exec(code, self.namespace)
        if jitted:
            for function in functions_in(self.namespace):
                justjit.compile(function)
        self.start = dict(self.namespace)
        gc.freeze()  # what is there by now need not be looked at again and again

    def build_class(self, *args: Any, **kwargs: Any) -> Any:
        """In place of the builtin: what it does, but that class bodies of the case file run natively."""
        body, name, *given = args
        if not self.native or body.__code__.co_filename != self.path:
            return BUILD_CLASS(*args, **kwargs)
        bases = types.resolve_bases(given)
        metaclass, namespace, keywords = types.prepare_class(name, bases, kwargs)
        justjit.compile(body)
        _core.run_in_namespace(body, namespace)
        if bases is not given:
            namespace["__orig_bases__"] = tuple(given)
        return metaclass(name, tuple(bases), namespace, **keywords)

    def run_body(self) -> list[str]:
        """Runs the code of the module itself once more, in a namespace of its own; the names that it makes."""
        namespace = {**self.empty}
        if self.native:
            body = types.FunctionType(self.code, namespace)
            assert justjit.compile(body)
            _core.run_in_namespace(body, namespace)
        else:
            exec(self.code, namespace)
        return sorted(namespace)

    def call(self, variant: Variant) -> Any:
        """Runs a case; one with a fault starts from the namespace as it was, because the last one may have left junk."""
        self.start["LOG"].clear()
        function = self.run_body if variant.case == MODULE_BODY else self.start[variant.case]
        if self.hooks is None:
            return drive(function())
        self.namespace.clear()
        self.namespace.update(self.start)
        with self.hooks.running(variant):
            return function()

    def cases(self) -> list[str]:
        """Names of the case functions, in the order of the file."""
        return [
            name
            for name, value in self.namespace.items()
            if name.startswith("case_") and isinstance(value, types.FunctionType)
        ]


def describe_traceback(tb: types.TracebackType | None, path: str) -> list[tuple[Any, ...]]:
    """(function, line, columns) of the entries that lie in the case file."""
    entries = []
    while tb is not None:
        code = tb.tb_frame.f_code
        if code.co_filename == path:
            position: Any = None
            if hasattr(code, "co_positions"):
                positions = list(code.co_positions())
                position = positions[tb.tb_lasti // 2] if tb.tb_lasti // 2 < len(positions) else "outside"
            entries.append((code.co_name, tb.tb_lineno, position))
        tb = tb.tb_next
    return entries


def places_of(exc: BaseException, path: str) -> list[tuple[Any, ...]]:
    """The traceback. 3.11 reports an unbound name that it loads in one step with what stands in front of it at the place
    of that, but only once it has joined the two, which depends on how often the code has run."""
    entries = describe_traceback(exc.__traceback__, path)
    if sys.version_info[:2] == (3, 11) and isinstance(exc, UnboundLocalError) and entries:
        entries[-1] = entries[-1][:1]
    return entries


def describe_exception(exc: BaseException | None, path: str, depth: int = 0) -> Any:
    """Type, text, traceback and the whole chain of an exception."""
    if exc is None or depth > 6:
        return None
    members = None
    if hasattr(exc, "exceptions"):
        members = [describe_exception(e, path, depth + 1) for e in exc.exceptions]
    return (
        type(exc).__name__,
        str(exc),
        places_of(exc, path),
        exc.__suppress_context__,
        describe_exception(exc.__cause__, path, depth + 1),
        describe_exception(exc.__context__, path, depth + 1),
        getattr(exc, "name", None),
        members,
    )


def without_addresses(text: str) -> str:
    return re.sub(r"0x[0-9a-f]{6,}", "0x", text)


def shown(value: Any) -> str:
    """repr() without addresses."""
    return without_addresses(repr(value))


@contextlib.contextmanager
def garbage_kept() -> Iterator[None]:
    """No collection inside: generators that are garbage must not be closed at a time that allocations decide."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@garbage_kept()
@own_loops()
def outcome(module: Module, variant: Variant | str) -> Any:
    """What calling one case shows: result or exception, output, and the log the case wrote."""
    if isinstance(variant, str):
        variant = Variant(variant)
    out = io.StringIO()
    unraisable: list[Any] = []
    builtins.__build_class__ = module.build_class
    sys.unraisablehook = lambda args: unraisable.append(shown(describe_exception(args.exc_value, module.path)))
    with contextlib.redirect_stdout(out):
        try:
            result: Any = ("returned", shown(module.call(variant)))
        except BaseException as exc:  # noqa: BLE001 - every outcome is compared
            result = ("raised", shown(describe_exception(exc, module.path)))
            del exc
        finally:
            sys.unraisablehook = sys.__unraisablehook__
            builtins.__build_class__ = BUILD_CLASS
    log = shown(module.start["LOG"])
    return result, out.getvalue(), log, unraisable, sys.exc_info() == (None, None, None)


def ended(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a call shows: the exact values and their types, or the exception and where it was raised."""
    own = [list(v) if isinstance(v, list) else v for v in arguments]  # for in-place operators
    try:
        result = function(*own)
    except Exception as error:  # noqa: BLE001 - every outcome is compared
        lines = [(entry.name, entry.lineno) for entry in traceback.extract_tb(error.__traceback__)[1:]]
        return type(error), str(error), lines
    values = result if isinstance(result, tuple) else (result,)
    return [(type(v), hex(v) if type(v) is int else repr(v)) for v in values]


def case_differences(path: str, source: str, rounds: int) -> list[str]:
    """Cases of a file, and its module code, that end otherwise jitted than interpreted."""
    plain, jitted = (Module(path, source, jitted) for jitted in (False, True))
    assert plain.cases(), "the file has no cases"
    different = []
    for round_number in range(rounds):
        for name in [*plain.cases(), MODULE_BODY]:
            expected, got = outcome(plain, name), outcome(jitted, name)
            if expected != got:
                different.append(f"{name} (round {round_number}):\n  expected {expected}\n  got      {got}")
    return different


def fault_differences(path: str, source: str, variants: Callable[[Module], Iterable[Variant]]) -> list[str]:
    """The same with faults: what is called fails at some point, in all `variants` of it."""
    plain, jitted = (Module(path, source, jitted, hooked=True) for jitted in (False, True))
    different = []
    for variant in variants(plain):
        expected, got = outcome(plain, variant), outcome(jitted, variant)
        if expected != got:
            different.append(f"{variant}:\n  expected {expected}\n  got      {got}")
    return different
