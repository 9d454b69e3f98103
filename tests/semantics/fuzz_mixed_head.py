"""What every program of fuzz_mixed.py begins with: classes of every shape, and callees of every kind."""

HEAD = """
import array
import cmath
import dataclasses
import enum
import math
import types

STEP = 3
LIMIT = 2**62
RATE = 0.75
NAMES = ("ab", "c", "")


class Base:
    kind = "base"
    count = 0

    def __init__(self, x, y=2):
        self.x = x
        self.y = y

    def add(self, k, scale=1):
        self.x = self.x + k * scale
        return self.x

    def both(self, *rest, **named):
        return self.x, rest, sorted(named)

    def label(self):
        return self.kind

    def __repr__(self):
        return f"{type(self).__name__}({self.x!r})"

    @property
    def area(self):
        return self.x * self.y

    @property
    def level(self):
        return self.y

    @level.setter
    def level(self, value):
        self.y = value

    @classmethod
    def made(cls, x):
        cls.count += 1
        return cls(x)

    @staticmethod
    def twice(value):
        return value + value


class Node(Base):
    kind = "node"

    def __init__(self, x, y=2):
        super().__init__(x, y)
        self.next = None

    def add(self, k, scale=2):
        return super().add(k) - scale

    def __del__(self):
        LOG.append("gone")


class Slotted:
    __slots__ = ("x", "y", "late")

    def __init__(self, x, y=1):
        self.x, self.y = x, y

    def add(self, k):
        self.x += k
        self.late = k
        return self.y

    def __repr__(self):
        return "Slotted"


class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        if isinstance(other, Vector):
            return Vector(self.x + other.x, self.y + other.y)
        return Vector(self.x + other, self.y)

    __radd__ = __add__

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    def __eq__(self, other):
        return isinstance(other, Vector) and (self.x, self.y) == (other.x, other.y)

    def __lt__(self, other):
        return self.x < other.x

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __getitem__(self, k):
        return (self.x, self.y)[k]

    def __setitem__(self, k, value):
        if k:
            self.y = value
        else:
            self.x = value

    def __len__(self):
        return 2

    def __contains__(self, value):
        return value == self.x

    def __bool__(self):
        return self.x != 0

    def __call__(self, k, *, times=1):
        return self.x + k * times

    def __repr__(self):
        return f"V({self.x!r}, {self.y!r})"


@dataclasses.dataclass
class Record:
    x: int
    y: float = 0.5

    def total(self):
        return self.x + self.y


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Guard:
    def __init__(self, swallow):
        self.swallow = swallow

    def __enter__(self):
        LOG.append("enter")
        return self.swallow

    def __exit__(self, kind, value, tb):
        LOG.append(("exit", kind and kind.__name__))
        return self.swallow


def clip(value):
    if isinstance(value, (int, float)):
        return value if -(2**80) < value < 2**80 else 5
    if isinstance(value, (list, tuple, str, bytes, bytearray)):
        return value[:6]
    return value


def set_step(k):
    global STEP
    STEP = k


def plain(a, b):
    return a if b else 0


def default(a, b=3, *rest, c=0.5, **named):
    return a, b, len(rest), c, len(named)


def keyword(*, a, b=1):
    return a - b


def counter(start):
    value = start

    def step(by=1):
        nonlocal value
        value += by
        return value

    return step


def climb(x, k):
    return x if k < 1 else climb(x + k, k - 1)


def upto(n, step=1):
    k = 0
    while k < n:
        yield k
        k += step


def pairs(items):
    for k, item in enumerate(items):
        yield k, item
        yield from (k,)


def checked(value):
    if isinstance(value, str):
        raise ValueError(value)
    return value


def kind_of(value):
    match value:
        case int(k) if k > 3:
            return "large", k
        case [first, *rest]:
            return first, len(rest)
        case {"k": k}:
            return "k", k
        case Record(x=x) | Vector(x=x):
            return "has", x
        case None | True:
            return "one"
    return "other"
"""
