"""Loops over lists, tuples, zip, enumerate and reversed in optimised code, and what is unpacked there: every result, every
error, and the state of every iterator as the interpreter has it."""

from __future__ import annotations

from typing import Any

import justjit
import pytest

from .harness import ended

NUMBERS = [0.5, -1.5, 2.0, 3.25]
MIXED = [0.5, 2, True, "s", None, 2**70, -0.0]

LOOPS = {
    "plain": "for x in a:\n  t.append(x)\n  s += x * 2",
    "kept_nowhere": "for x in a:\n  s += x",
    "two": "for x, y in zip(a, b):\n  s += x * y",
    "two_objects": "for x, y in zip(a, b):\n  t.append((x, y))",
    "three": "for x, y, z in zip(a, b, range(2, 50, 3)):\n  s += x * y - z",
    "four": "for w, x, y, z in zip(a, range(9), b, a):\n  s += w * x + y - z",
    "numbered": "for i, x in enumerate(a):\n  s += i * x\n t = i",
    "numbered_from": "for i, x in enumerate(a, c):\n  s += x\n  t = i",
    "backwards": "for x in reversed(a):\n  s = s * 2 + x",
    "pair": "for p in zip(a, b):\n  t.append(p)",
    "numbered_pair": "for p in enumerate(a):\n  t.append(p)",
    "nested": "for i, (x, y) in enumerate(zip(a, b)):\n  s += i * x * y",
    "left": "z = zip(a, b)\n for x, y in z:\n  s += x * y\n  if s > 1: break\n t = list(z), x, y",
    "left_numbered": "z = enumerate(a)\n for i, x in z:\n  s += x\n  if i == 1: break\n t = list(z)",
    "same": "z = iter(a)\n for x, y in zip(z, z):\n  t.append((x, y))",
    "known_part": "z = iter(a)\n for x, y in zip(z, b):\n  t.append((x, y))\n t.append(list(z))",
    "grows": "a = list(a)\n for x in a:\n  s += x\n  if len(a) < 9: a.append(c)\n t = a",
    "shrinks": "a = list(a) * 3\n for x in a:\n  s += x\n  a.pop()\n t = a",
    "shrinks_backwards": "a = list(a) * 3\n for x in reversed(a):\n  s += x\n  del a[:2]\n t = a",
    "grows_in_zip": "a, b = list(a), list(b)\n for x, y in zip(a, b):\n  s += x + y\n  if len(a) < 9: a.append(c); b.append(c)",
    "replaced": "a = list(a)\n for i, x in enumerate(a):\n  a[-1] = c\n  s += x\n t = a",
    "exhausted": "z = iter(a)\n for x in z: s += x\n a = list(a)\n t = list(z)",
    "twice": "for x in a:\n  for y, z in zip(a, b):\n   s += x * y - z",
    "error": "for x, y in zip(a, b):\n  s += x / (y - 3.25)",
    "error_caught": "for x, y in zip(a, b):\n  try: s += x / (y - 3.25)\n  except ZeroDivisionError: t.append(x)",
    "strict": "for x, y in zip(a, b, **strict): s += x * y",
    "too_many": "for x, y in a: s += x",
    "identity": "for x, y in zip(a, b):\n  t.append(x is y)\n  t.append(x is a[0])",
    "shown": "for x, y in zip(a, b):\n  s += x\n  if s > 3: t = sorted(locals())",
}
ITEMS = {
    "tuples": ("for x, y in a: s += x * y", [(0.5, 2.0), (1.5, -1.0), (2.0, 3.0)]),
    "lists": ("for x, y in a: s += x * y", [[0.5, 2.0], [1.5, -1.0], [2.0, 3.0]]),
    "inner": ("for (x, y), z in a: s += x * y - z", [((0.5, 2.0), 1), ((1.5, -1.0), 2), ((2.0, 3.0), 3)]),
    "inner_list": ("for [x, y], z in a:\n  s += x * y\n  z[0] += x", [[(0.5, 2.0), [1.0]], [(1.5, -1.0), [2.0]]]),
    "outside": ("x, y = a[0]\n for i in range(9):\n  x, y = y, x + y\n  s += x\n t = x, y", [(0.5, 2.0)]),
    "by_index": (
        "for i in range(len(a) - 1):\n  x, y = a[i]\n  z, w = a[i + 1]\n  s += x * w - y * z",
        [(1.0, 2.0)] * 3,
    ),
    "kept": ("for x, y in a: t.append((x, y, x is a[0][0]))", [(0.5, 2.0), ([], "s")]),
}


def two(body: str) -> tuple[Any, Any]:
    """The loop as a function, plain and jitted."""
    made = []
    for _ in range(2):
        namespace: dict[str, Any] = {"strict": {}}
        exec(f"def loop(a, b, c):\n s = 0.0\n t = []\n {body}\n return s, t\n", namespace)
        made.append(namespace["loop"])
    assert justjit.compile(made[1])
    return made[0], made[1]


def compare(body: str, calls: list[tuple[Any, Any, Any]]) -> None:
    plain, jitted = two(body)
    different = []
    for arguments in calls:
        expected, got = ended(plain, *arguments), ended(jitted, *arguments)
        if expected != got:
            different.append(f"{body}{arguments!r}: {expected} {got}")
    assert not different, "\n".join(different[:10])


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("kind", [list, tuple])
def test_loops(name: str, kind: Any, tier: int) -> None:
    a, b = kind(NUMBERS), kind(reversed(NUMBERS))
    warm = [(a, b, 2)] * 6
    other = [
        (kind(MIXED), b, 2),
        (a, kind(MIXED), 2),
        (kind(), b, 2),
        (a, kind(), 2),
        (a[:2], b, 2),
        (a, b[:1], 2**63 - 2),
    ]
    other += [(range(5), b, 0), ("text", b, 0), ({1.5: 2}, b, 0), (None, b, 0), (a * 40, b * 50, 1.5)]
    compare(LOOPS[name], warm + other + warm)


@pytest.mark.parametrize("name", ITEMS)
def test_what_is_unpacked(name: str, tier: int) -> None:
    body, items = ITEMS[name]
    warm = [(items * 3, None, 0)] * 6
    other: list[Any] = [
        [*items, odd] for odd in [(1, 2), (1.5,), (1, 2, 3), "ab", None, [2**70, 2.0], ((1, 2), 3), (True, "s")]
    ]
    compare(body, warm + [(one, None, 0) for one in other] + warm)


def test_strict(tier: int) -> None:
    import sys

    if sys.version_info < (3, 10):
        pytest.skip("zip has no strict")
    plain, jitted = two(LOOPS["strict"])
    for function in (plain, jitted):
        function.__globals__["strict"] = {"strict": True}
    for a, b in [(NUMBERS, NUMBERS)] * 6 + [(NUMBERS, NUMBERS[:2]), (NUMBERS[:2], NUMBERS)]:
        assert ended(plain, a, b, 0) == ended(jitted, a, b, 0)


def test_what_a_loop_has_taken_when_it_leaves(tier: int) -> None:
    """The iterators are where they should be when code in the middle of the loop looks."""
    body = "u, v = iter(a), iter(b)\n for x, y in zip(u, v):\n  s += x\n  t.append((u.__length_hint__(), v.__length_hint__()))"
    compare(body, [(NUMBERS, NUMBERS[1:], 0), (tuple(NUMBERS), NUMBERS, 0)] * 4)


def test_what_is_released_when_a_loop_ends(tier: int) -> None:
    log: list[str] = []

    class Loud(list):  # type: ignore[type-arg]
        def __del__(self) -> None:
            log.append("gone")

    source = "def loop(make, log):\n for i in range(5):\n  for x, y in zip(make(), [1.5, 2.5, 3.5]):\n   log.append(x * y)\n  log.append(i)\n"
    for jitted in (False, True):
        namespace: dict[str, Any] = {}
        exec(source, namespace)
        if jitted:
            assert justjit.compile(namespace["loop"])
        for _ in range(5):
            namespace["loop"](lambda: [0.5, 1.5], log)
            namespace["loop"](lambda: Loud([0.5, 1.5]), log)
        if not jitted:
            expected, log[:] = list(log), []
    assert log == expected
