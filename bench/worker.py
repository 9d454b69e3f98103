"""One process of the benchmark: loads a kernel in one of several ways, warms it up, then takes measured turns on command.

usage: worker.py KERNEL.py plain|jit|numba|built:MODULE.so|c:LIBRARY.so WARM_SECONDS

plain: as it is; jit, numba: META's functions compiled by JustJIT or Numba; built: an extension module made of the same
source; c: META['c'] of a C library. Commands on stdin, one per line: "turn" runs a burst and answers its best CPU time;
"stop" answers the final record.
"""

import importlib.util
import json
import math
import os
import sys
import time

clock = time.process_time  # CPU time of all threads: other tenants of the machine do not count
BURST = 0.008


def load(path):
    name = os.path.basename(path).split(".")[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def jit_hot_functions(module, names, jit):
    """Passes every function named in META['hot'] (dotted for methods) through jit(); returns the functions."""
    functions = []
    for name in names:
        owner = module
        *parents, last = name.split(".")
        for part in parents:
            owner = getattr(owner, part)
        member = owner.__dict__[last]
        jit(member)
        held = (
            getattr(member, "__func__", None) or getattr(member, "fget", None) or getattr(member, "__wrapped__", None)
        )
        functions.append(held or member)
    return functions


def equal(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return a == b


def burst(run, n):
    begin, best = clock(), math.inf
    while True:
        before = clock()
        run(n)
        after = clock()
        best = min(best, after - before)
        if after - begin >= BURST:
            return best


def c_function(module, library):
    """`run` of the kernel as a C function; kernels whose name in the library begins with d_ answer a double."""
    import ctypes

    loaded, name = ctypes.CDLL(library), module.META["c"]
    whole = hasattr(loaded, "k_" + name)
    function = getattr(loaded, ("k_" if whole else "d_") + name)
    function.restype = ctypes.c_int64 if whole else ctypes.c_double
    function.argtypes = [ctypes.c_int64]
    return function


def prepare(path, kind):
    """(the module, its run, the functions that are jitted)."""
    kind, _, file = kind.partition(":")
    module, functions = load(file if kind == "built" else path), []
    if kind == "jit":
        import justjit

        functions = jit_hot_functions(module, module.META["hot"], justjit.jit)
    elif kind == "numba":
        import numba

        for name in module.META["numba"]:
            setattr(module, name, numba.njit(getattr(module, name)))
    return module, c_function(module, file) if kind == "c" else module.run, functions


def jit_record(functions):
    import justjit

    each = [justjit.stats(f) for f in functions]
    return {
        "compile_ms": sum(s["compile_ms"] for s in each),
        "code_bytes": sum(s["code_bytes"] for s in each),
        "compiled": sum(bool(s["compiled"]) for s in each),
        "functions": len(each),
    }


def main():
    path, kind, warm_seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    begin = clock()
    module, run, functions = prepare(path, kind)
    n, expected = module.META["n"], module.CHECK
    module.setup()
    right = equal(run(n), expected)
    record = {"first_s": clock() - begin}
    begin = clock()
    while clock() - begin < warm_seconds:
        run(n)
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() != "turn":
            break
        print(burst(run, n), flush=True)
    record["right"] = right and equal(run(n), expected)
    if functions:
        record.update(jit_record(functions))
    print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main()
