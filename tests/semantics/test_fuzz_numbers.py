"""Random programs of numbers, of objects, containers and calls: interpreted against optimised, with everything that the
tier relies on changing between calls, and with guards that fail at random. The seeds are fixed: a failure can be repeated.

python -m tests.semantics.test_fuzz_numbers numbers|mixed FIRST [LAST [STRESS]]   tries seeds; prints a single program
"""

from __future__ import annotations

import sys

from . import fuzz_mixed, fuzz_numbers
from .fuzz_runner import differences, main

WRITERS = {"numbers": fuzz_numbers, "mixed": fuzz_mixed}
NUMBERS = [*range(9), 1140, 2020, 30010, 50008]  # and what has failed once
MIXED = [*range(8)]


def test_random_numeric_programs(tier: int) -> None:
    different = [text for seed in NUMBERS for text in differences(fuzz_numbers, seed)]
    assert not different, "\n".join(different[:10])


def test_random_mixed_programs(tier: int) -> None:
    different = [text for seed in MIXED for text in differences(fuzz_mixed, seed)]
    assert not different, "\n".join(different[:10])


if __name__ == "__main__":
    main(WRITERS[sys.argv[1]], *map(int, sys.argv[2:]))
