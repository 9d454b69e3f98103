"""Random programs of generators and what consumes them: interpreted against optimised, where a loop takes in what its generator
does; with what they work on changing, and with guards that fail at random. The seeds are fixed: a failure can be repeated.

python -m tests.semantics.test_fuzz_generators FIRST [LAST [STRESS]]   tries seeds; prints a single program
"""

from __future__ import annotations

import random
import sys
from typing import Any

import justjit
from justjit import _core

from . import fuzz_generators, test_direct_calls
from .fuzz_runner import Program, differences, main

tier = test_direct_calls.tier
SEEDS = range(14)


def test_random_programs(tier: None) -> None:
    different = [text for seed in SEEDS for text in differences(fuzz_generators, seed)]
    assert not different, "\n".join(different[:10])


def test_same_program_for_the_same_seed() -> None:
    once, again = (fuzz_generators.write_program(random.Random(5)) for _ in range(2))
    assert once == again


def test_loops_take_in_their_generators() -> None:
    """What these programs are for happens in them."""
    _core.set_compile_options(max_tier=2, tier_threshold=20)
    found = 0
    try:
        for seed in SEEDS:
            program = Program(fuzz_generators, seed, jitted=True)
            for step in program.steps[:120]:
                program.do(step)
            consumers: list[Any] = [program.namespace[f"c{k}"] for k in range(3)]
            found += sum("FinishGenerator" in (_core.dump(consumer, "hir") or "") for consumer in consumers)
            assert all(justjit.stats(consumer)["compiled"] for consumer in consumers)
    finally:
        _core.set_compile_options(max_tier=2, tier_threshold=0)
    assert found >= 3


if __name__ == "__main__":
    main(fuzz_generators, *map(int, sys.argv[1:]))
