"""Checks the arrows between the layers: which folder of src/ may include what, and where version tests may stand."""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# folder -> (folders whose headers it may include besides its own, outside headers it may include)
PYTHON, LLVM, NANOBIND = "Python.h", "LLVM", "nanobind"
LAYERS = {
    "support": (set(), set()),
    "bytecode": ({"support"}, set()),
    "hir": ({"support", "core/api.h", "core/types.def", "runtime/helpers.def"}, set()),
    "translate": ({"support", "bytecode", "hir", "core/api.h", "runtime/helpers.def"}, set()),
    "passes": ({"support", "hir", "core/api.h", "core/methods.def", "bytecode/instr.h"}, set()),
    "lower": ({"support", "bytecode", "hir", "core/api.h", "runtime/helpers.def"}, {LLVM}),
    "engine": ({"support", "core/api.h"}, {LLVM}),
    "core": (
        {"support", "bytecode", "hir", "translate", "passes", "lower", "engine", "runtime/helpers.def"},
        {LLVM},
    ),
    "jjopt": (
        {
            "support",
            "bytecode",
            "hir",
            "translate",
            "passes",
            "lower",
            "engine",
            "core",
            "runtime/helpers.def",
        },
        {LLVM},
    ),
    # The module's side sees the compiler through core/api.h alone; of bytecode it shares the plain enumerations.
    "runtime": ({"support", "core/api.h", "core/methods.def", "bytecode/instr.h", "vm"}, {PYTHON}),
    "vm": ({"support", "core/api.h", "bytecode/instr.h", "runtime"}, {PYTHON}),
    "compiler": ({"support", "core/api.h", "bytecode/instr.h", "runtime", "vm"}, {PYTHON}),
    "module": ({"support", "core/api.h", "core/types.def", "runtime", "vm", "compiler"}, {PYTHON, NANOBIND}),
}
PYTHON_HEADER = re.compile(
    r"^(Python\.h|frameobject\.h|opcode\.h|structmember\.h|(internal/|cpython/)?pycore_.*|cpython/.*)$"
)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
VERSION_TEST = re.compile(r"^\s*#\s*(?:el)?if.*\b(PY_VERSION_HEX|PY_MAJOR_VERSION|PY_MINOR_VERSION)\b")
LLVM_TEST = re.compile(r"^\s*#\s*(?:el)?if.*\bLLVM_VERSION")


def kind_of(header):
    if header.startswith(("llvm/", "llvm-c/", "clang/")):
        return LLVM
    if header.startswith("nanobind"):
        return NANOBIND
    if PYTHON_HEADER.match(header):
        return PYTHON
    return None


def allowed(layer, header):
    folders, outside = LAYERS[layer]
    kind = kind_of(header)
    if kind:
        return kind in outside
    first = header.split("/")[0]
    if "/" not in header or first not in LAYERS:
        return True  # the C and C++ libraries, and the system
    return first == layer or first in folders or header in folders


def check_file(path, relative):
    layer = relative.split(os.sep)[1]
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            where = f"{relative}:{number}"
            include = INCLUDE.match(line)
            if include and not allowed(layer, include[1]):
                yield f"{where}: {layer}/ may not include {include[1]}"
            if VERSION_TEST.match(line) and not relative.startswith(("src/vm/", "src/runtime/compat/")):
                yield f"{where}: Python version test outside src/vm/ and src/runtime/compat/"
            if LLVM_TEST.match(line) and os.path.basename(relative) != "llvm_compat.h":
                yield f"{where}: LLVM version test outside engine/llvm_compat.h"


def main():
    problems, count = [], 0
    for folder, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in sorted(names):
            if not name.endswith((".cpp", ".h", ".def", ".c")):
                continue
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, ROOT)
            count += 1
            layer = relative.split(os.sep)[1]
            if layer not in LAYERS:
                problems.append(f"{relative}: src/{layer} is no layer (tools/check_layers.py lists them)")
                continue
            problems += check_file(path, relative)
    print("\n".join(problems) if problems else f"layers: {count} files, every arrow allowed")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
