"""The extensions that exercise single helpers and frames (tests/runtime, tests/vm; built by cmake/PythonTests.cmake)."""

import importlib
import os
import sys

import pytest


def folder():
    """Where they are; skips the test module only where nobody has said that they are built."""
    path = os.environ.get("JJ_TEST_MODULES")  # set by tools/run_tests.py
    if not path:
        pytest.skip("JJ_TEST_MODULES names no folder of test extensions (make test does)", allow_module_level=True)
    return path


def load(name):
    """Imports the extension `name`."""
    if folder() not in sys.path:
        sys.path.insert(0, folder())
    return importlib.import_module(name)
