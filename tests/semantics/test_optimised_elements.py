"""Items of bytes, bytearray and array objects in optimised code: results, errors and contents as the interpreter has them."""

from __future__ import annotations

import array
import copy
import types
from typing import Any, Callable

import justjit
import pytest

from .harness import ended

def load(v: Any, i: Any) -> Any:
    x = v[i]
    return x, x * 2


def store(v: Any, i: Any, x: Any) -> Any:
    v[i] = x
    return v[i]


def add(v: Any, i: Any, x: Any) -> Any:
    v[i] += x
    return v[i]


def total(v: Any, k: Any) -> Any:
    s = 0
    for i in range(len(v)):
        s += v[i] * k
        v[i] = v[len(v) - 1 - i]
    return s


def pair(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    jitted = types.FunctionType(function.__code__.replace(), globals())
    assert justjit.compile(jitted)
    return function, jitted


class Bytes(bytearray):
    pass


class Mine(array.array):
    def __getitem__(self, i: Any) -> Any:
        return "mine"


CODES = "bBhHiIlLqQfd"
INDICES = [0, 1, 2, -1, -3, 3, -4, 2**63, -(2**63), True, 1.0, None]
NUMBERS = [0, 1, -1, True, 127, 128, -128, -129, 255, 256, 2**15, -(2**15) - 1, 2**16 - 1, 2**16, 2**31 - 1, 2**31]
NUMBERS += [2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 2**53 + 1]
FLOATS = [0.0, -0.0, 0.1, 1e300, -1e300, 2.0**128, 1e-320, float("inf"), float("nan"), 2**1024, "s", None]


def containers(code: str) -> list[Any]:
    """What an array of the typecode is made of: where its items end and in between."""
    if code in "fd":
        return [0.5, -3.25, 1e30]
    bits = 8 * array.array(code).itemsize - (code.islower())
    return [1, 2**bits - 1, -(2**bits) if code.islower() else 7]


def compare(function: Callable[..., Any], make: Callable[[], Any], warm: Any, calls: list[Any]) -> None:
    """The same calls of both functions, each on a container of its own, after the function has become optimised."""
    plain, jitted = pair(function)
    different = []
    for arguments in [warm, warm, warm, warm, *calls, warm]:
        ours, theirs = make(), make()
        expected, got = ended(plain, ours, *arguments), ended(jitted, theirs, *arguments)
        if repr((expected, ours)) != repr((got, theirs)):
            different.append(f"{function.__name__}{arguments}: {expected} {ours!r}, not {got} {theirs!r}")
    assert not different, "\n".join(different[:10])


MAKERS: dict[str, Callable[[], Any]] = {
    "bytes": lambda: b"\x00a\xff",
    "bytearray": lambda: bytearray(b"\x00a\xff"),
    **{f"array {code}": lambda code=code: array.array(code, containers(code)) for code in CODES},
}


@pytest.mark.parametrize("kind", MAKERS)
def test_indices(kind: str, tier: int) -> None:
    for k in range(0, len(INDICES), 3):  # so few exits that the code stays
        indices = INDICES[k : k + 3]
        compare(load, MAKERS[kind], (1,), [(i,) for i in indices])
        if kind != "bytes":
            compare(store, MAKERS[kind], (1, 5), [(i, 6) for i in indices])


@pytest.mark.parametrize("kind", MAKERS)
def test_values(kind: str, tier: int) -> None:
    values = NUMBERS + FLOATS
    for k in range(0, len(values), 3):
        for function in (store, add):
            compare(function, MAKERS[kind], (0, 1), [(2, x) for x in values[k : k + 3]])


@pytest.mark.parametrize("kind", MAKERS)
def test_loops(kind: str, tier: int) -> None:
    compare(total, MAKERS[kind], (1,), [(3,), (0.5,), (2**62,), (True,), ("s",)])


@pytest.mark.parametrize("other", [Bytes(b"abc"), Mine("d", [1.5]), [1, 2], (1,), "abc", {1: 2}], ids=repr)
@pytest.mark.parametrize("kind", ["bytearray", "array d"])
def test_other_types_where_those_were(other: Any, kind: str, tier: int) -> None:
    for function, arguments in ((load, (0,)), (store, (0, 1)), (add, (0, 1))):
        plain, jitted = pair(function)
        for _ in range(4):
            assert ended(jitted, MAKERS[kind](), *arguments) == ended(plain, MAKERS[kind](), *arguments)
        outcomes = []
        for one in (plain, jitted):
            container = copy.copy(other)
            outcomes.append((ended(one, container, *arguments), container))
        assert repr(outcomes[0]) == repr(outcomes[1])


def test_arrays_of_another_type(tier: int) -> None:
    plain, jitted = pair(load)
    for code in "d" * 5 + CODES + "d" * 3:
        value = array.array(code, containers(code))
        assert repr(ended(plain, value, 1)) == repr(ended(jitted, value, 1))


def shrink(v: Any, at: int) -> list[Any]:
    seen = []
    for i in range(len(v)):
        if i == at:
            del v[-2:]
        seen.append(v[i])
    return seen


@pytest.mark.parametrize("kind", ["bytearray", "array d", "array i"])
def test_a_length_that_changes_in_the_loop(kind: str, tier: int) -> None:
    compare(shrink, MAKERS[kind], (-1,), [(0,), (1,), (2,)])


class Meddler:
    """Its comparison empties the container."""

    def __init__(self, container: Any) -> None:
        self.container = container

    def __eq__(self, other: object) -> bool:
        self.container.clear() if isinstance(self.container, bytearray) else self.container.__delitem__(slice(None))
        return False


def meddled(v: Any, other: Any) -> Any:
    first = v[0]
    if other == first:
        return None
    v[0] = first
    return v[0]


@pytest.mark.parametrize("kind", ["bytearray", "array d"])
def test_a_container_that_other_code_empties(kind: str, tier: int) -> None:
    plain, jitted = pair(meddled)
    for meddle in [False] * 4 + [True, False]:
        outcomes = []
        for function in (plain, jitted):
            container = MAKERS[kind]()
            outcomes.append((ended(function, container, Meddler(container) if meddle else 77), container))
        assert repr(outcomes[0]) == repr(outcomes[1])


@pytest.mark.parametrize("kind", MAKERS)
def test_items_need_no_exits(kind: str, tier: int) -> None:
    function, arguments = (load, (1,)) if kind == "bytes" else (add, (0, 1))
    _, jitted = pair(function)
    for _ in range(8):
        jitted(MAKERS[kind](), *arguments)
    stats = justjit.stats(jitted)
    assert stats["tier"] == "optimised"
    assert stats["deopts"] == 0 or tier
