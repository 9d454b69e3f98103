"""Loops over ranges with steps that are optimised while they run, before anybody has seen how the range was made."""

from __future__ import annotations

from typing import Any

import justjit
from justjit import _core

SOURCE = """
def sieve(n):
    flags = bytearray([1]) * (n + 1)
    flags[0] = flags[1] = 0
    i = 2
    while i * i <= n:
        if flags[i]:
            for j in range(i * i, n + 1, i):
                flags[j] = 0
        i += 1
    return sum(flags)
"""


def test_a_step_other_than_one_costs_no_more_than_a_guard() -> None:
    both: list[dict[str, Any]] = [{}, {}]
    for namespace in both:
        exec(compile(SOURCE, "<steps>", "exec"), namespace)
    plain, jitted = both[0]["sieve"], both[1]["sieve"]
    _core.set_compile_options(tier_threshold=500)
    try:
        assert justjit.compile(jitted)
        for _ in range(60):
            assert jitted(3000) == plain(3000)
        assert justjit.stats(jitted)["tier"] == "optimised", justjit.stats(jitted)
    finally:
        _core.set_compile_options(tier_threshold=0)
