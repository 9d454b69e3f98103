"""Loops over dicts, their keys, values and items in optimised code: every result and error, what the iterator tells in
between, and what changes to the dict do, as the interpreter has it."""

from __future__ import annotations

from typing import Any

import justjit
import pytest

from .harness import ended

LOOPS = {
    "keys": "for k in d:\n  s += k\n  t.append(k)",
    "keys_method": "for k in d.keys(): s += k",
    "values": "for v in d.values(): s += v",
    "items": "for k, v in d.items():\n  s += k * v\n  t.append((k, v))",
    "items_numbers": "for k, v in d.items(): s += k * v",
    "pair": "for p in d.items(): t.append(p)",
    "nested": "for k, v in d.items():\n  for w in d.values(): s += v * w - k",
    "left": "z = iter(d.items())\n for k, v in z:\n  s += v\n  if s > 3: break\n t = list(z), k, v",
    "exhausted": "z = iter(d)\n for k in z: s += k\n d = dict(d)\n t = list(z)",
    "hints": "z = iter(d.values())\n for v in z: t.append((v, z.__length_hint__()))",
    "copied": "z = iter(d.items())\n for k, v in z: t.append((k, z.__reduce__()[1]))",
    "grows": "d = dict(d)\n for k in d:\n  s += k\n  if s > 2: d[99.5] = 1\n t = d",
    "grows_items": "d = dict(d)\n for k, v in d.items():\n  s += v\n  d[k + 0.25] = v\n t = d",
    "shrinks": "d = dict(d)\n for v in d.values():\n  s += v\n  d.popitem()\n t = d",
    "another_key": "d = dict(d)\n for k in d:\n  s += k\n  if len(t) < 40: t.append(k); del d[k]; d[k + 100] = 1\n t = d",
    "another_item": "d = dict(d)\n for k, v in d.items():\n  if len(t) < 40: t.append(v); del d[k]; d[k + 50] = v\n t = d",
    "replaced": "d = dict(d)\n for k, v in d.items():\n  d[k] = s\n  s += v\n t = d",
    "holes": "d = dict(d)\n for k in list(d)[::2]: del d[k]\n for k, v in d.items(): s += k * v\n d[0.75] = 1\n for k in d: s += k",
    "cleared": "d = dict(d)\n for k, v in d.items():\n  s += v\n  d.clear()\n t = d",
    "error": "for k, v in d.items(): s += k / v",
    "error_caught": "for k, v in d.items():\n  try: s += k / v\n  except ZeroDivisionError: t.append(k)",
    "identity": "for k, v in d.items(): t.append(v is d[k])",
    "shown": "for k, v in d.items():\n  s += v\n  if s > 1: t = sorted(locals())",
    "zipped": "for k, v in zip(d, d.values()): s += k * v",
    "numbered": "for i, v in enumerate(d.values()): s += i * v",
    "three": "for k, v, w in d.items(): s += 1",
}
DICTS: list[Any] = [
    {1: 2, 3: 4, 5: 6},
    {0.5: 1.5, 2.5: -1.0},
    {i: i * 3 for i in range(40)},
    {1: 0, 2: 1},
    {},
]
OTHER: list[Any] = [
    {1: 2, "a": 3},
    {1: None},
    {2**70: 1, True: 2.5},
    {"x": 1},
    [(1, 2), (3, 4)],
    "text",
    None,
    type("Mine", (dict,), {"items": lambda self: [(7, 8)]})({1: 2}),
    type("Keyed", (dict,), {})({1: 2, 3: 4}),
]


def two(body: str) -> tuple[Any, Any]:
    """The loop as a function, plain and jitted."""
    made = []
    for _ in range(2):
        namespace: dict[str, Any] = {}
        exec(f"def loop(d):\n s = 0.0\n t = []\n {body}\n return s, t\n", namespace)
        made.append(namespace["loop"])
    assert justjit.compile(made[1])
    return made[0], made[1]


@pytest.mark.parametrize("name", LOOPS)
def test_loops(name: str, tier: int) -> None:
    plain, jitted = two(LOOPS[name])
    different = []
    for d in [DICTS[0]] * 6 + DICTS * 2 + OTHER + DICTS:
        expected, got = ended(plain, d), ended(jitted, d)
        if expected != got:
            different.append(f"{d!r}: {expected} {got}")
    assert not different, "\n".join(different[:10])


def test_text_keys_and_attributes(tier: int) -> None:
    """Tables of strs alone, tables that came to have other keys, and the dicts of instances."""

    class Thing:
        def __init__(self, n: int) -> None:
            self.a, self.b, self.c = n, n + 1, n + 2

    plain, jitted = two("for k, v in d.items():\n  t.append(k)\n  s += v")
    mixed: dict[Any, int] = {"a": 1, "b": 2}
    mixed[3] = 4
    for d in [{"a": 1, "b": 2}] * 6 + [mixed, vars(Thing(5)), {"a": 1}, Thing(6).__dict__, mixed] * 3:
        assert ended(plain, d) == ended(jitted, d)


def test_dict_that_dies_with_its_loop(tier: int) -> None:
    log: list[Any] = []

    class Loud:
        def __init__(self, n: int) -> None:
            self.n = n

        def __del__(self) -> None:
            log.append(self.n)

    bodies = [
        "for k, v in make().items(): log.append(k)",
        "d = make()\n  for k, v in d.items():\n   log.append(k)\n   d[k] = None\n   v = None\n   log.append('next')",
        "d = make()\n  for v in d.values():\n   d[1] = v = None\n   log.append('next')",
        "d = make()\n  for k, v in d.items():\n   v = None\n   d.clear()\n   log.append('over')\n   break",
    ]
    for body in bodies:
        source = f"def loop(make, log):\n for i in range(4):\n  {body}\n  v = None\n  log.append('end')\n"
        results = []
        for jitted in (False, True):
            namespace: dict[str, Any] = {}
            exec(source, namespace)
            if jitted:
                assert justjit.compile(namespace["loop"])
            log.clear()
            for _ in range(5):
                namespace["loop"](lambda: {k: Loud(k + 10) for k in range(4)}, log)
            results.append(list(log))
        assert results[0] == results[1], body


def test_no_exits_and_no_tuples(capsys: pytest.CaptureFixture[str]) -> None:
    """The loop stays in optimised code, and takes the items out of the dict itself."""
    from justjit import _core

    d = {float(i): 0.5 for i in range(100)}
    _core.set_compile_options(max_tier=2, tier_threshold=1)
    try:
        _, jitted = two(LOOPS["items_numbers"])
        for _ in range(20):
            jitted(d)
        assert justjit.stats(jitted)["tier"] == "optimised"
        assert justjit.stats(jitted)["exits"] == []
        justjit.dump_ir(jitted)
        assert "jj_dict_iter_entry" in capsys.readouterr().out
    finally:
        _core.set_compile_options(max_tier=2, tier_threshold=0)
