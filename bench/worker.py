"""One process of the benchmark: loads a kernel, plain or jitted, warms it up, then takes measured turns on command.

Commands on stdin, one per line: "turn" runs a burst and answers its best CPU time; "stop" answers the final record.
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
    name = os.path.basename(path)[:-3]
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


def main():
    path, jitted, warm_seconds = sys.argv[1], sys.argv[2] == "jit", float(sys.argv[3])
    module = load(path)
    n, expected = module.META["n"], module.CHECK
    record, functions = {}, []
    if jitted:
        import justjit

        functions = jit_hot_functions(module, module.META["hot"], justjit.jit)
    module.setup()
    right = equal(module.run(n), expected)
    begin = clock()
    while clock() - begin < warm_seconds:
        module.run(n)
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() != "turn":
            break
        print(burst(module.run, n), flush=True)
    record["right"] = right and equal(module.run(n), expected)
    if jitted:
        each = [justjit.stats(f) for f in functions]
        record["compile_ms"] = sum(s["compile_ms"] for s in each)
        record["code_bytes"] = sum(s["code_bytes"] for s in each)
        record["compiled"] = sum(bool(s["compiled"]) for s in each)
        record["functions"] = len(each)
    print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main()
