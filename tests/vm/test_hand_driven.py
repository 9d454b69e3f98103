"""Runs drive.py: frames, leaving, unwinding and polling of src/vm/ under a body that is driven by hand."""

import pathlib

from tests.extensions import folder

EXTENSIONS = folder()
DRIVER = pathlib.Path(__file__).with_name("drive.py")


def test_hand_driven_bodies(python):
    finished = python(DRIVER, PYTHONPATH=EXTENSIONS)
    assert finished.status == 0, finished.out + finished.err
    assert finished.out.endswith(" ok\n")
