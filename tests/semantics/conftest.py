"""The fixture of tests that run in the optimising tier at once."""

from __future__ import annotations

import os
from typing import Iterator

import pytest
from justjit import _core

SEEDS = [0, 77]  # 0: guards fail only when they have to


@pytest.fixture(params=SEEDS, ids=lambda seed: f"stress{seed}" if seed else "plain")
def tier(request: pytest.FixtureRequest) -> Iterator[int]:
    _core.set_compile_options(max_tier=2, tier_threshold=1, deopt_stress=request.param)
    try:
        yield request.param
    finally:
        _core.set_compile_options(max_tier=int(os.environ.get("JUSTJIT_TIER", "2")), tier_threshold=0, deopt_stress=0)
