"""The optimising tier against the interpreter: every case file, and numeric code at every boundary, with all thresholds at
one call or back-edge, and with guards that fail at random."""

from __future__ import annotations

import os
import pathlib
import traceback
from typing import Any, Callable, Iterable, Iterator

import justjit
import pytest
from justjit import _core

from . import numeric
from .executed import all_variants, case_files
from .harness import case_differences, ended, fault_differences

@pytest.mark.parametrize("path", case_files(), ids=lambda p: p.stem)
def test_case_files(path: pathlib.Path, tier: int) -> None:
    different = case_differences(str(path), path.read_text(), 4)
    assert not different, "\n".join(different[:10])


@pytest.mark.parametrize("path", case_files(), ids=lambda p: p.stem)
def test_case_files_with_faults(path: pathlib.Path, tier: int) -> None:
    different = fault_differences(str(path), path.read_text(), all_variants)
    assert not different, "\n".join(different[:10])


def kernels() -> dict[str, Any]:
    """A fresh copy of every kernel."""
    namespace: dict[str, Any] = {}
    exec(compile(numeric.SOURCE, "<numeric>", "exec"), namespace)
    return namespace


def kernel_differences(
    kernel: str, both: tuple[Any, Any], pairs: Iterable[tuple[Any, Any]], count: int = 5
) -> list[str]:
    """Calls of a kernel that end otherwise jitted than interpreted."""
    different = []
    for a, b in pairs:
        if not numeric.reasonable(kernel, a, b):
            continue
        expected, got = (ended(function, a, b, count) for function in both)
        if expected != got:
            different.append(f"{kernel}({a!r}, {b!r}, {count}): {expected} {got}")
    return different


def compare(kernel: str, pairs: Iterable[tuple[Any, Any]], count: int = 5) -> None:
    plain, jitted = kernels()[kernel], kernels()[kernel]
    assert justjit.compile(jitted)
    different = kernel_differences(kernel, (plain, jitted), pairs, count)
    assert not different, "\n".join(different[:10])


@pytest.mark.filterwarnings("ignore:Bitwise inversion:DeprecationWarning")
@pytest.mark.parametrize("kernel", numeric.KERNELS)
def test_numbers(kernel: str, tier: int) -> None:
    compare(kernel, numeric.monomorphic())
    compare(kernel, numeric.polymorphic())


@pytest.mark.parametrize("kernel", numeric.KERNELS)
def test_loops_entered_while_they_run(kernel: str, tier: int) -> None:
    """Each copy runs once: what is optimised is entered at a loop head."""
    for a, b in [(1, 2), (2**62, 3), (-(2**63), -1), (1.5, 2), (2, 0.5), (True, 2), (numeric.MyInt(3), 1), ("a", "b")]:
        if numeric.reasonable(kernel, a, b):
            compare(kernel, [(a, b)], 40 if "shift" not in kernel else 4)


def fresh(source: str) -> Any:
    """The function that the source makes: new code, so that nothing is known about it."""
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    function = namespace.popitem()[1]
    assert justjit.compile(function)
    return function


def test_exits_are_counted_by_reason_and_line(tier: int) -> None:
    product = fresh("def product(a, b):\n c = a + 1\n return c * b\n")
    for _ in range(4):
        assert product(2, 3) == 9
    record = justjit.stats(product)
    assert record["tier"] == "optimised", record["not_optimised"]
    if not tier:
        assert product(2**40, 2**40) == 2**80 + 2**40
        exits = justjit.stats(product)["exits"]
        assert [(e["reason"], e["line"], e["count"]) for e in exits] == [("guard: overflow", 3, 1)]


def test_exits_for_testing_are_all_taken_and_teach_nothing(tier: int) -> None:
    total = fresh("def total(values):\n s = 0\n for v in values:\n  s += v\n return s\n")
    for _ in range(4):
        assert total([1, 2, 3]) == 6
    for _ in range(40 if tier else 1):
        assert total([1, 2, 3] * 10) == 60
    sites = [site for code in _core.exit_sites(total) for site in code]
    assert any(reached for *_, reached, _ in sites) == bool(tier)
    assert all(left for *_, reached, left in sites if reached), sites
    assert justjit.stats(total)["tier"] == "optimised"


def test_what_exits_often_is_compiled_anew_and_settles(tier: int) -> None:
    twice = fresh("def twice(x):\n return x + x\n")
    values = [1, 2.5, "a", [1], (2,), 2**63, True, numeric.MyInt(4)]
    for x in values * 60:
        assert twice(x) == x + x and type(twice(x)) is type(x + x)
    before = justjit.stats()["compiled"]
    for x in values * 200:
        assert twice(x) == x + x
    if not tier:
        assert justjit.stats()["compiled"] == before, "it goes on compiling"


def test_a_frame_without_slots(tier: int) -> None:
    raises = fresh("def raises():\n raise\n")
    for _ in range(4):
        with pytest.raises(RuntimeError):
            raises()
    assert justjit.stats(raises)["tier"] == "optimised"


def test_a_local_that_never_has_a_value(tier: int) -> None:
    source = "def copies(a):\n try:\n  late, other = other, a\n except UnboundLocalError:\n  late = a\n return late\n"
    copies = fresh(source)
    for n in range(4):
        assert copies(n) == n
    assert justjit.stats(copies)["tier"] == "optimised", justjit.stats(copies)["not_optimised"]


@pytest.mark.parametrize("statements", [150, 400])
def test_what_is_too_large_stays_baseline(statements: int, tier: int) -> None:
    lines = [f"  x{k % 9} = x{(k + 1) % 9} * 3 - i\n  if x{k % 9} > {k}: x{k % 9} = {k}\n" for k in range(statements)]
    start = " x0 = x1 = x2 = x3 = x4 = x5 = x6 = x7 = x8 = 1\n"
    large = fresh(f"def large(n):\n{start} for i in range(n):\n{''.join(lines)} return x0 + x5\n")
    for _ in range(4):
        large(3)
    record = justjit.stats(large)
    assert record["tier"] == "baseline" and "too large to optimise" in record["not_optimised"]


def test_one_round_learns_what_exits_show(tier: int) -> None:
    add = fresh("def add(a, b):\n for i in range(3):\n  c = a + b\n return c\n")
    for _ in range(5):
        assert add(1, 2) == 3
    for _ in range(200):
        assert add(1.5, 2) == 3.5
    if not tier:
        record = justjit.stats(add)
        assert record["tier"] == "optimised"
        exits = sum(e["count"] for e in record["exits"])
        for k in range(100):
            assert (add(k, 2), add(k + 0.5, 2)) == (k + 2, k + 2.5)
        assert sum(e["count"] for e in justjit.stats(add)["exits"]) == exits, "both types are known"


def test_code_is_left_wherever_it_can_be(capsys: pytest.CaptureFixture[str]) -> None:
    """A part of what `python -m tests.semantics.exit_coverage` does with all case files."""
    from . import exit_coverage

    path = next(p for p in case_files() if p.stem == "control")
    coverage = exit_coverage.Coverage()
    try:
        for seed in (3, 5, 7):
            _core.set_compile_options(max_tier=2, tier_threshold=1, deopt_stress=seed)
            different = exit_coverage.run_cases(path, coverage)
            assert not different, "\n".join(different[:10])
    finally:
        _core.set_compile_options(tier_threshold=0, deopt_stress=0)
    with capsys.disabled():
        print(f"\n{path.stem}: exits of optimised code: {coverage.text()}")
    assert len(coverage.reached) > 200
    assert len(coverage.never()) < len(coverage.reached) // 20, coverage.never()
