"""Baseline code does not need LLVM's code generator: what it takes five times as long for would go unnoticed."""

import os
import subprocess
import sys

PROGRAM = """
import argparse, ast, asyncio.tasks, contextlib, dataclasses, justjit, textwrap, tokenize, types

def functions(place, seen):
    for value in list(vars(place).values()):
        value = getattr(value, "__func__", value)
        if isinstance(value, types.FunctionType):
            yield value
        elif isinstance(value, type) and value not in seen:
            seen.add(value)
            yield from functions(value, seen)

compiled = 0
for module in (argparse, ast, asyncio.tasks, contextlib, dataclasses, textwrap, tokenize):
    compiled += sum(map(justjit.compile, functions(module, {type, object})))
print(compiled)
"""


def test_baseline_code_is_quick():
    environment = dict(os.environ, JUSTJIT_DUMP="asm", JUSTJIT_TIER="1", PYTHONSAFEPATH="1")
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) > 300
    assert done.stderr.count("retq") > 300  # LLVM's own text has directives
    assert ".text" not in done.stderr
