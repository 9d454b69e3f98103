"""The opcode table of the running version against the interpreter's own opcode module."""

import opcode
import os
import subprocess
import sys

import pytest

DECODE_TEST = os.environ.get("JJ_DECODE_TEST")
pytestmark = pytest.mark.skipif(not DECODE_TEST, reason="JJ_DECODE_TEST does not name the decode_test program")

VERSION = sys.version_info[0] * 100 + sys.version_info[1]


def table(version=VERSION):
    text = subprocess.run([DECODE_TEST, "--table", str(version)], check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in text.splitlines()]
    return {name: (int(number), base, canonical) for name, number, base, canonical in rows}


def specialised():
    """Name -> base of the forms that the interpreter writes over an opcode."""
    families = getattr(opcode, "_specializations", {})
    return {name: base for base, names in families.items() for name in names}


def test_every_opcode_has_its_row():
    rows = table()
    assert {name: row[0] for name, row in rows.items() if name in opcode.opmap} == opcode.opmap


def test_table_names_nothing_else():
    assert set(table()) == set(opcode.opmap) | set(specialised())


def test_specialised_forms_name_their_base():
    rows = table()
    assert {name: rows[name][1] for name in specialised()} == specialised()
    for name, number in getattr(opcode, "_specialized_opmap", {}).items():
        assert rows[name][0] == number


def test_variants_mean_what_their_base_means():
    rows = table()
    for name, (_, base, canonical) in rows.items():
        assert rows[base][2] == canonical, name
        if name.startswith("INSTRUMENTED_") and base != name:
            assert name == "INSTRUMENTED_" + base


def test_numbers_are_unique():
    for version in (310, 311, 312, 313):
        numbers = [row[0] for row in table(version).values()]
        assert len(numbers) == len(set(numbers))
