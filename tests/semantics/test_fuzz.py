"""Random programs, interpreted against jitted, also with forced exits. The seeds are fixed: a failure can be repeated.

python -m tests.semantics.test_fuzz SEED        prints the program
"""

from __future__ import annotations

import sys
import warnings

import pytest

from justjit import _core

from .fuzz import write_program
from .harness import Module, outcome

PROGRAMS = 160
PER_TEST = 20
EXITS = [(0, 0), (3, 0), (9, 0), (-4, 21), (-30, 22)]  # see set_forced_exit


def compare(seed: int) -> list[str]:
    source = write_program(seed)
    path = f"<fuzz {seed}>"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "is" with a literal, calls of constants
        compile(source, path, "exec")
        plain, jitted = Module(path, source, jitted=False), Module(path, source, jitted=True)
    different = []
    for case in plain.cases():
        expected = outcome(plain, case)
        for n, random_seed in EXITS:
            _core.set_forced_exit(n, random_seed)
            got = outcome(jitted, case)
            _core.set_forced_exit(0, 0)
            if got != expected:
                different.append(f"seed {seed}, {case}, exits {n}:\n  expected {expected}\n  got      {got}")
                break
    return different


@pytest.mark.parametrize("start", range(0, PROGRAMS, PER_TEST))
def test_random_programs(start: int) -> None:
    _core.set_compile_options(boundaries=True)
    try:
        different = [text for seed in range(start, start + PER_TEST) for text in compare(seed)]
    finally:
        _core.set_compile_options(boundaries=False)
    assert not different, "\n".join(different[:10])


if __name__ == "__main__":
    print(write_program(int(sys.argv[1])))
