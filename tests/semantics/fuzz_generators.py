"""Writes random programs of generators and of what consumes them: loops, chains, comprehensions and builtins.

Most generators have one `yield` in a loop, which is what optimised code puts into a consuming loop; the others differ in what
keeps it from that. What they work on changes between calls. The same seed gives the same program on every Python.
"""

from __future__ import annotations

import random
from typing import Any

HEAD = """
K, LIM, XS = 3, 10**6, list(range(40))
WORD, TABLE = "hello world" * 3, {k: k * k for k in range(30)}
def step(total, value):
    if type(value) is tuple or type(value) is list:
        value = value[0]
    if isinstance(value, int):
        return (total * 3 + value) % 100003
    return total + 1
"""
SIMPLE = ["range(n)", "XS", "range(1, 3 * n, 3)", "zip(XS, range(n))", "enumerate(XS)"]
OTHER = ["TABLE.items()", "TABLE", "reversed(XS)", "WORD", "iter([4, 5, 6])"]
STARTS = ["0", "0.5"]
OTHER_STARTS = ["K", "None", "XS[0]"]
UPDATES = ["t = t + {0}", "t = {0} * 2", "t = {0}", "t += {0} % 5"]
OTHER_UPDATES = ["t = (t or 0) + {0}", "t = max(t or 0, {0})", "LOG.append({0})", "t = [{0}]"]
VALUES = ["t", "t", "i", "(t, i)", "t * 1.5", "i - t"]
OTHER_VALUES = ["(t, t)", "[t]", "t is None", "(yield t)", "LOG"]
GUARDS = [
    "if {0} % 3 == 1: continue",
    "if {0} > LIM: break",
    "if {0} > LIM: raise ValueError({0})",
    "if {0} > LIM: return t",
    "pass",
]
CONSUMERS = [
    "total = 0\nfor v in {0}:\n    total = step(total, v)\n    if total > 90000: LOG.append(v)\nreturn total",
    "total = 0\nfor v in {0}:\n    total = step(total, v)\n    if total > 60000: break\nelse:\n    LOG.append('else')\nreturn total",
    "last = None\nfor v in {0}:\n    last = v\nreturn last",
    "return list({0})",
    "return [w for w in {0}]",
    "return sum(1 for v in {0}), any(v == 4 for v in {0})",
    "gen = {0}\ntotal = 0\nfor v in gen:\n    total = step(total, v)\n    if total % 7 == 1: total = step(total, next(gen, 0))\n"
    "return total, list(gen)",
    "total = 0\nfor v in {0}:\n    for w in {0}:\n        total = step(total, w)\n        if total > 3000: break\n"
    "    total = step(total, v)\nreturn total",
    "total = 0\nfor v in {0}:\n    try:\n        total = step(total, v)\n        if v == 9: raise KeyError(v)\n"
    "    except KeyError as error:\n        LOG.append(error.args)\nreturn total",
    "gen = {0}\ntotal = 0\nfor v in gen:\n    total = step(total, v)\n    if v == 12: gen.close()\nreturn total",
]
CHANGES = ["LIM = 25", "K = 2.5", "XS = [1.5] * 30", "XS = list(range(40))", "LIM = 10**6", "XS = ['a', 'b']", "XS = [2**62] * 9"]


def function(name: str, lines: list[str]) -> str:
    text = "\n".join(lines).replace("\n", "\n    ")
    return f"def {name}(n):\n    {text}\n"


def write_generator(rng: random.Random, number: int) -> str:
    """Definition of g<number>, which may consume the one before."""
    simple = rng.random() < 0.75
    source = rng.choice(SIMPLE if simple else SIMPLE + OTHER)
    if number and rng.random() < 0.3:
        source = f"g{number - 1}(n)"
    pairs = source.startswith(("zip", "enumerate", "TABLE.items"))
    item = "i + y" if pairs else "i"
    update = rng.choice(UPDATES if simple else UPDATES + OTHER_UPDATES).format(f"({item})")
    body = [update, "yield " + rng.choice(VALUES if simple else VALUES + OTHER_VALUES)]
    rng.shuffle(body)
    body.insert(rng.randrange(3), rng.choice(GUARDS).format(f"({item})"))
    if not simple and rng.random() < 0.4:
        body.append("yield 0")
    if not simple and rng.random() < 0.3:
        body = ["try:", *("    " + line for line in body), "finally:", "    LOG.append(1)"]
    lines = ["t = " + rng.choice(STARTS if simple else STARTS + OTHER_STARTS)]
    lines += [f"for {'i, y' if pairs else 'i'} in {source}:", *("    " + line for line in body)]
    if rng.random() < 0.2:
        lines.append("return 7")
    return function(f"g{number}", lines)


def write_program(rng: random.Random) -> list[str]:
    """The head, and then the definitions of generators g<k> and of consumers c<k>."""
    count = rng.randint(1, 3)
    generators = [write_generator(rng, k) for k in range(count)]
    consumers = [
        function(f"c{k}", rng.choice(CONSUMERS).format(f"g{rng.randrange(count)}(n)").split("\n")) for k in range(3)
    ]
    return [HEAD, *generators, *consumers]


def write_steps(rng: random.Random, functions: int, steps: int) -> list[Any]:
    """Calls that let the consumers become optimised, and then others, between changes of what the generators work on."""
    warm: list[Any] = [(f"c{k}", 25) for _ in range(40) for k in range(3)]
    rest: list[Any] = []
    for _ in range(steps // 6):
        rest += [(f"c{k}", rng.choice([0, 1, 20, 25, 33])) for k in range(3)]
        if rng.random() < 0.5:
            rest.append(rng.choice(CHANGES))
    return warm + rest
