"""Class, module and exec code compiled on request: native against interpreted, in ordinary and odd namespaces."""

from __future__ import annotations

import sys
import types
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import describe_exception, function_of

MODULE = '''
import os.path as p, sys
from math import *
from collections import OrderedDict as OD
x: int = 1
y: "str"
total = 0
for i in range(10):
    if i % 2:
        continue
    total += i
else:
    done = True
def f(a, b=x):
    return a + b + total
class C:
    """doc"""
    z = [v for v in (1, 2)]
    w: float = 2.5
    def m(self):
        return __class__
try:
    undefined
except NameError as e:
    message = str(e)
del i
with open(p.__file__) as handle:
    first = handle.readline()[:3]
result = f(2), C().m() is C, floor(2.5), [k for k in "ab"], {1: x}
global_names = sorted(n for n in globals() if n.islower() and not n.startswith("_"))[:3]
try:
    del undefined
except NameError as e:
    message2 = str(e)
'''

CLASS_BODY = """
def make(outer):
    class Body:
        seen = outer
        own = len("abc")
        items = [own for _ in range(2)] if False else [1]
        for n in range(3):
            pass
        del n
        def method(self):
            return outer
        try:
            missing_name
        except NameError as e:
            text = str(e)
    return Body
"""


class Logging(dict):
    """A namespace that shows every access."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.log: list[tuple[str, str]] = []

    def __getitem__(self, key: str) -> Any:
        self.log.append(("get", key))
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.log.append(("set", key))
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self.log.append(("del", key))
        super().__delitem__(key)


def visible(namespace: dict[str, Any]) -> dict[str, str]:
    """What a namespace shows, without addresses and module objects."""
    plain = (int, float, str, list, tuple, dict, bool, type(None))
    return {
        k: repr(v) if isinstance(v, plain) else type(v).__name__ for k, v in namespace.items() if k != "__builtins__"
    }


def run_natively(code: types.CodeType, globals_: dict[str, Any], mapping: Any) -> Any:
    function = types.FunctionType(code, globals_)
    assert justjit.compile(function), justjit.stats(function)["fallback_reason"]
    before = justjit.stats(function)["native_calls"]
    result = _core.run_in_namespace(function, mapping)
    assert justjit.stats(function)["native_calls"] == before + 1
    return result


def test_module_code():
    expected: dict[str, Any] = {"__name__": "m"}
    got: dict[str, Any] = {"__name__": "m"}
    exec(compile(MODULE, "m.py", "exec"), expected)
    run_natively(compile(MODULE, "m.py", "exec"), got, got)
    got.setdefault("__builtins__", expected["__builtins__"])
    assert visible(got) == visible(expected)


@pytest.mark.parametrize("kind", [dict, Logging])
def test_separate_locals(kind):
    source = "a = 1\nb = a + len('xy')\ndel a\nc: int = b\ntry:\n    zz\nexcept NameError as e:\n    t = str(e)\n"
    expected, got = kind(), kind()
    exec(compile(source, "s.py", "exec"), {}, expected)
    run_natively(compile(source, "s.py", "exec"), {"__builtins__": __builtins__}, got)
    assert visible(got) == visible(expected)
    assert getattr(got, "log", None) == getattr(expected, "log", None)


def test_exception_leaves_module_code():
    source = "x = 1\ndef f():\n    raise ValueError('v')\nfor k in range(3):\n    if k == 2:\n        f()\n"
    outcomes = []
    for native in (False, True):
        code = compile(source, "e.py", "exec")
        namespace: dict[str, Any] = {"__name__": "e", "__builtins__": __builtins__}
        try:
            run_natively(code, namespace, namespace) if native else exec(code, namespace)
        except ValueError as exc:
            outcomes.append((describe_exception(exc, "e.py"), visible(namespace)))
    assert outcomes[0] == outcomes[1]


def test_class_body():
    namespace: dict[str, Any] = {}
    exec(compile(CLASS_BODY, "c.py", "exec"), namespace)
    make = namespace["make"]
    expected = vars(make("outer value"))
    body = next(c for c in make.__code__.co_consts if isinstance(c, types.CodeType))
    cells = tuple(types.CellType("outer value") for _ in body.co_freevars)
    function = types.FunctionType(body, namespace, "Body", None, cells)
    assert justjit.compile(function)
    got: dict[str, Any] = {}
    _core.run_in_namespace(function, got)
    skip = {
        "__dict__",
        "__weakref__",
        "__doc__",
        "__module__",
        "__qualname__",
        "__static_attributes__",
        "__firstlineno__",
    }
    assert {k: v for k, v in visible(got).items() if k not in skip} == {
        k: v for k, v in visible(dict(expected)).items() if k not in skip
    }


def test_functions_are_refused():
    function = function_of((lambda: 1).__code__)
    justjit.compile(function)
    with pytest.raises(ValueError, match="is a function: call it"):
        _core.run_in_namespace(function, {})
    assert sys.exc_info() == (None, None, None)
