"""Programs of every kind with each pass of the compiler switched off in turn: code gets slower, and nothing else changes.

The passes come from the compiler's own list, so a new one is covered as it is.
"""

from __future__ import annotations

from typing import Iterator

import justjit
import pytest
from justjit import _core

from . import fuzz_mixed, fuzz_numbers, test_fuzz_suspension
from .fuzz_runner import differences
from .test_optimised import fresh

PASSES = _core.pass_names().split(",")


@pytest.fixture(params=PASSES)
def without(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a pass that does not run."""
    _core.set_compile_options(disabled_passes=request.param, max_tier=2, tier_threshold=1)
    test_fuzz_suspension.head.cache_clear()
    try:
        yield request.param
    finally:
        _core.set_compile_options(disabled_passes="", tier_threshold=0, deopt_stress=0)
        test_fuzz_suspension.head.cache_clear()


def test_the_list_has_the_passes_of_both_tiers() -> None:
    assert {"clean_cfg", "forward_stack", "fuse_stores", "unbox", "inline_calls", "frameless"} <= set(PASSES)
    assert len(PASSES) == len(set(PASSES))


def test_programs_without_a_pass(without: str) -> None:
    different = differences(fuzz_numbers, 0) + differences(fuzz_mixed, 5)
    _core.set_compile_options(deopt_stress=77)
    different += differences(fuzz_numbers, 2020) + test_fuzz_suspension.differences(9)
    assert not different, f"without {without}:\n" + "\n".join(different[:5])


def test_code_is_optimised_without_a_pass(without: str) -> None:
    total = fresh("def total(n):\n s = 0\n for i in range(n):\n  s += i * i % 7\n return s\n")
    assert [total(50) for _ in range(4)] == [sum(i * i % 7 for i in range(50))] * 4
    record = justjit.stats(total)
    assert record["tier"] == "optimised", record["not_optimised"]


def test_without_boxes_in_loops_it_is_the_pass_that_does_it() -> None:
    """The option has an effect: without unbox no number is in a register, so that nothing can fail there."""
    source = "def total(values):\n s = 0\n for v in values:\n  s += v\n return s\n"
    guards = {}
    for off in ("", "unbox"):
        _core.set_compile_options(disabled_passes=off, max_tier=2, tier_threshold=1)
        try:
            total = fresh(source)
            assert [total([1, 2]), total([3]), total([4, 5]), total([2**63, 1])] == [3, 3, 9, 2**63 + 1]
        finally:
            _core.set_compile_options(disabled_passes="", tier_threshold=0)
        assert justjit.stats(total)["tier"] == "optimised"
        guards[off] = sum(e["count"] for e in justjit.stats(total)["exits"] if e["reason"].startswith("guard"))
    assert guards[""] > 0 == guards["unbox"]


def test_a_pass_that_does_not_exist() -> None:
    source = "def nothing():\n return 1\n"
    _core.set_compile_options(disabled_passes="no_such_pass")
    try:
        with pytest.raises(AssertionError):
            fresh(source)
    finally:
        _core.set_compile_options(disabled_passes="")
    namespace: dict[str, object] = {}
    exec(source, namespace)
    assert namespace["nothing"]() == 1  # type: ignore[operator]
