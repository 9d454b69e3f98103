"""Attributes of classes that a __get__ in Python computes, as members of enumerations are on 3.11 and 3.12."""

from __future__ import annotations

from .programs import same_output


def test_enumerations():
    same_output(
        """
import enum
class Colour(enum.Enum):
    RED = 1
    GREEN = 2
    @property
    def lower(self): return self.name.lower()
class Flags(enum.IntFlag):
    A = 1
    B = 2
class Number(enum.IntEnum):
    ONE = 1
    name_ = 2
@jit
def members():
    return Colour.RED, Colour.GREEN.lower, Flags.A | Flags.B, Number.ONE + 1, Number.name_.value, Colour.RED.GREEN.name
@jit
def missing(cls):
    try: return cls.NONE
    except AttributeError as e: return str(e)
@jit
def inner(cls): return cls.__members__, cls.__name__, cls.mro()[1].__name__, cls._member_names_
for _ in range(40):
    try: got = members()
    except Exception as e: got = repr(e)
    shown = got, missing(Colour), missing(Flags), missing(int), inner(Colour), inner(Number)
print(shown)
"""
    )


def test_own_descriptors():
    same_output(
        """
import re, sys, traceback
log = []
class Getter:
    def __init__(self, value): self.value = value
    def __get__(self, instance, owner):
        log.append((self.value, instance is None, owner.__name__, sys._getframe(1).f_code.co_name, sys._getframe(1).f_lineno))
        if self.value == "missing": raise AttributeError("no", self.value)
        if self.value == "wrong": raise KeyError(owner.__name__)
        return self.value
class Data(Getter):
    def __set__(self, instance, value): pass
class Asks(type):
    def __getattr__(cls, name):
        log.append(("asked", name, sys.exc_info()[1], sys._getframe(1).f_code.co_name))
        if name == "wrong": raise LookupError(name)
        return name, cls.__name__
class Precedes(type):
    x = Data("of the metaclass")
    y = Getter("of the metaclass, no data")
class Decides(type):
    def __getattribute__(cls, name): return "decided", name
def made(metaclass):
    class C(metaclass=metaclass):
        x, y, missing, wrong = Getter(1), Data(2), Getter("missing"), Getter("wrong")
    return C
classes = [made(m) for m in (type, Asks, Precedes, Decides)]
@jit
def x(o): return o.x
@jit
def y(o): return o.y
@jit
def missing(o): return o.missing
@jit
def wrong(o): return o.wrong
@jit
def called(o): return o.x.bit_length()
def show():
    for f in (x, y, missing, wrong, called):
        for o in [*classes, *[C() for C in classes]]:
            try: log.append(f(o))
            except Exception as e:
                log.append((type(e), e.args, [(t.name, t.lineno) for t in traceback.extract_tb(e.__traceback__)], e.__context__))
    for line in log: print(re.sub('0x[0-9a-f]+', '', repr(line)))
    log.clear()
for _ in range(3): show()
Getter.__get__ = lambda self, instance, owner: ("changed", self.value)
for _ in range(2): show()
Asks.__getattr__ = lambda cls, name: ("other", name)
Getter.__get__ = Data.__get__ = lambda self, instance, owner: [][0] if self.value == "wrong" else getattr(0, str(self.value))
for _ in range(2): show()
del Getter.__get__, Data.__get__
for C in classes[:3]: C.x = Getter("new")
for _ in range(2): print([type(f(C)).__name__ for f in (x, y) for C in classes])
"""
    )


def test_recursion_and_references():
    same_output(
        """
import sys, gc
class Deep:
    def __get__(self, instance, owner): return down(owner)
class C: d = Deep()
@jit
def down(cls): return cls.d
for _ in range(3):
    try: down(C)
    except RecursionError as e: print(str(e)[:32])
class Plain:
    def __get__(self, instance, owner): return owner
class D: d = Plain()
@jit
def use(cls, n):
    for i in range(n): cls.d
use(D, 50)
before = [sys.getrefcount(o) for o in (D, D.__dict__["d"], Plain.__get__)]
use(D, 500)
print([sys.getrefcount(o) - b for o, b in zip((D, D.__dict__["d"], Plain.__get__), before)])
"""
    )
