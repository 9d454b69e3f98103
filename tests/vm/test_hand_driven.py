"""Frames, leaving, unwinding and polling of src/vm/ under a body that is driven by hand; exits of optimised code."""

import pathlib

import pytest

from tests.extensions import folder

EXTENSIONS = folder()
HERE = pathlib.Path(__file__).parent


@pytest.mark.parametrize("driver", ["drive_frames.py", "drive_polls.py", "drive_exits.py"])
def test_hand_driven_bodies(python, driver):
    finished = python(HERE / driver, PYTHONPATH=EXTENSIONS)
    assert finished.status == 0, finished.out + finished.err
    assert finished.out.endswith(" ok\n")
