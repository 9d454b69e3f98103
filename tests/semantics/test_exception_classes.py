"""Exceptions of all kinds of classes that native code makes without asking them, or may not: what they hold, where they were
raised, what they were raised in, and what classes that change between raises, against the interpreter."""

from __future__ import annotations

import sys
import textwrap
from typing import Any

import justjit
import pytest


SOURCE = r"""
    import sys
    LOG = []
    class Plain(Exception): pass
    class Holds(Plain):
        def __init__(self, *args):
            LOG.append(args)
            super().__init__(len(args))
            self.args_given = args
    class Makes(Plain):
        def __new__(cls, *args):
            LOG.append(cls.__name__)
            return super().__new__(cls, 'made', *args)
    class Meta(type):
        def __call__(cls, *args):
            LOG.append(('called', args))
            return super().__call__(*args, 'meta')
    class OfMeta(Exception, metaclass=Meta): pass
    class Other(Exception):
        def __new__(cls, *args): return 5
    class Slotted(Exception):
        __slots__ = ('x',)
    class Mixed(Plain, KeyError):
        tag = 'mixed'
    class NotOne: pass
    CLASSES = [ValueError, KeyError, BaseException, StopIteration, OSError, Plain, Holds, Makes, OfMeta, Slotted, Mixed,
               UnicodeDecodeError, SystemExit, ImportError, AttributeError, NotOne, 3, None]
    def shown(e):
        lines, tb = [], e.__traceback__
        while tb:
            lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, tb.tb_lasti))
            tb = tb.tb_next
        inner = e.__context__ and (type(e.__context__).__name__, e.__context__.args)
        return (type(e).__name__, e.args, repr(e), sorted(getattr(e, '__dict__', {})), inner, lines[:-1] if 0 else lines[1:],
                e.__cause__, e.__suppress_context__)
    def bare(cls):
        try:
            raise cls
        except BaseException as e:
            return shown(e), sys.exc_info()[1] is e
    def called(cls):
        try:
            raise cls('a', 1)
        except BaseException as e:
            return shown(e)
    def empty(cls):
        try:
            raise cls()
        except BaseException as e:
            return shown(e)
    def single(cls):
        try:
            try:
                raise cls(('t', 1))
            finally:
                LOG.append(sys.exc_info()[0].__name__)
        except BaseException as e:
            return shown(e)
    def within(cls):
        try:
            {}['k']
        except KeyError:
            try:
                raise cls
            except BaseException as e:
                return shown(e)
    def caused(cls):
        try:
            raise ValueError from cls
        except BaseException as e:
            return type(e.__cause__).__name__, shown(e)[:4]
    def counted(cls, n):
        made = 0
        for i in range(n):
            try:
                if i % 2: raise cls(i)
                raise cls
            except (Plain, ValueError) as e:
                made += len(e.args)
        return made
    def made(cls):
        e = cls('x', 2)
        return type(e).__name__, getattr(e, 'args', None)
"""
NAMES = ["bare", "called", "empty", "single", "within", "caused", "made"]


def functions(jitted: bool) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<raising>", "exec"), space)
    for name in [*NAMES, "counted"]:
        assert not jitted or justjit.compile(space[name])
    return space


def result_of(space: dict[str, Any], name: str, *arguments: Any) -> str:
    space["LOG"].clear()
    try:
        answer = repr(space[name](*arguments))
    except BaseException as error:  # noqa: BLE001 - SystemExit and such are among what is raised
        answer = f"{type(error)} {error}"
    return f"{answer} {space['LOG']}"


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_class(name: str, tier: int) -> None:
    spaces = [functions(False), functions(True)]
    for _ in range(3):
        for k in range(len(spaces[0]["CLASSES"])):
            plain, jitted = (result_of(space, name, space["CLASSES"][k]) for space in spaces)
            assert jitted == plain


def test_classes_that_change(tier: int) -> None:
    shown = []
    for jitted in (False, True):
        space, seen = functions(jitted), []
        plain = space["Plain"]
        for turn in range(6):
            if turn == 2:
                plain.__init__ = lambda self, *args: space["LOG"].append(args)
            if turn == 3:
                del plain.__init__
            if turn == 4:
                plain.__new__ = lambda cls, *args: Exception.__new__(cls, "new", "new")
            if turn == 5:
                plain.__new__ = Exception.__new__
            seen += [
                result_of(space, "counted", plain, 40),
                result_of(space, "bare", plain),
                result_of(space, "called", plain),
            ]
        shown.append(seen)
    assert shown[0] == shown[1]


def test_nothing_is_kept_or_lost(tier: int) -> None:
    space = functions(True)
    for cls in (ValueError, space["Plain"]):
        space["counted"](cls, 50)
        before = sys.getrefcount(cls)
        space["counted"](cls, 1000)
        assert sys.getrefcount(cls) - before < 10
