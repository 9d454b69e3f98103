"""The kernels with other compilers, beside JustJIT: Numba, Cython, mypyc, PyPy and gcc -O3, as far as the machine has them.

Every kernel's source is compiled as it stands, without annotations: Cython and mypyc ahead of time, Numba the functions
that META['numba'] names, gcc what bench/peers/kernels.c has of META['c']. PyPy is a `pypy3` on PATH. The packages are
installed from PyPI into build/peers. All engines of a kernel are alive together and take turns (turns.py); the figure is
the interpreter's time over the engine's, more is faster, and "first" the seconds to its first result over the
interpreter's, compiles included. "-": the peer does not run this kernel; "wrong": its result is another one.

usage: peers.py [--python 3.13] [--kernel REGEX] [--engines numba,cython,...] [--turns 4] [--rounds 1] [--json FILE]
"""

import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(ROOT, "tools"))

import turns  # noqa: E402
from environments import environments  # noqa: E402

from bench import meta_of  # noqa: E402

PLACE = os.path.join(ROOT, "build", "peers")
PACKAGES = {"numba": ["numba"], "cython": ["cython", "setuptools"], "mypyc": ["mypy[mypyc]", "setuptools"]}
ENGINES = ("justjit", "numba", "cython", "mypyc", "pypy", "c")
WARM_SECONDS = 1.0


def quiet(*command, **more):
    """Whether it succeeds."""
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more).returncode == 0


class Peers:
    """What is there of the engines, for one Python, and how a worker of each is started."""

    def __init__(self, key, python, engines):
        self.key, self.plain_python = key, python
        self.home = os.path.join(PLACE, key)
        self.python = os.path.join(self.home, "venv", "bin", "python")
        if not os.path.exists(self.python):
            quiet(python, "-m", "venv", os.path.join(self.home, "venv"))
        self.engines = [e for e in engines if self._is_there(e)]

    def _is_there(self, engine):
        if engine in PACKAGES:
            there = quiet(self.python, "-m", "pip", "install", "-q", *PACKAGES[engine])
        else:
            there = engine == "justjit" or shutil.which({"pypy": "pypy3", "c": "gcc"}[engine]) is not None
        if not there:
            print(f"{engine}: not here", flush=True)
        return there

    def command(self, engine, path):
        """(command, kind of worker, file that it loads), or None: the engine has nothing for this kernel."""
        meta = meta_of(path)
        if engine in ("plain", "justjit"):
            return self.plain_python, "jit" if engine == "justjit" else "plain", path
        if engine == "pypy":
            return "pypy3", "plain", path
        if engine == "numba":
            return (self.python, "numba", path) if "numba" in meta else None
        if engine == "c":
            return (self.plain_python, "c:" + self.c_library(), path) if "c" in meta else None
        built = self.built(engine, path)
        return (self.python, "built:" + built, path) if built else None

    def c_library(self):
        library = os.path.join(PLACE, "kernels.so")
        if not os.path.exists(library):
            source = os.path.join(HERE, "peers", "kernels.c")
            subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
        return library

    def built(self, engine, path):
        """The extension module that the engine makes of a kernel, or None."""
        name = os.path.basename(path)[:-3]
        folder = os.path.join(self.home, engine, name)
        if not os.path.isdir(folder):
            os.makedirs(folder)
            shutil.copy(path, folder)
            compiler = "mypyc" if engine == "mypyc" else "cythonize"
            options = [] if engine == "mypyc" else ["-i", "-3"]
            program = os.path.join(self.home, "venv", "bin", compiler)
            environment = {**os.environ, "PATH": os.path.dirname(program) + os.pathsep + os.environ["PATH"]}
            quiet(program, *options, name + ".py", cwd=folder, env=environment)
        found = glob.glob(os.path.join(folder, name + ".*.so"))
        return found[0] if found else None


def start(peers, engine, path):
    command = peers.command(engine, path)
    if not command:
        return None
    python, kind, source = command
    arguments = [python, os.path.join(HERE, "worker.py"), source, kind, str(WARM_SECONDS)]
    return turns.Worker(arguments, turns.clean_environment(JUSTJIT_BACKGROUND="0"), stderr=subprocess.DEVNULL)


def measure(peers, path, options):
    """{engine: row} of one kernel, the best of all rounds; the interpreter's own is under "plain"."""
    best = {}
    for _ in range(options.rounds):
        for engine, row in measure_once(peers, path, options.turns).items():
            kept = best.setdefault(engine, row)
            kept["seconds"] = min(kept["seconds"], row["seconds"])
    return best


def measure_once(peers, path, number_of_turns):
    workers = {e: start(peers, e, path) for e in ("plain", *peers.engines)}
    running = {e: w for e, w in workers.items() if w and w.wait_until_ready()}
    turns.take_turns(list(running.values()), number_of_turns)
    rows = {}
    for engine, worker in running.items():
        if worker.alive:
            worker.say("stop")
            record = json.loads(worker.answer() or "{}")
            rows[engine] = {"seconds": worker.best, **record}
    for worker in filter(None, workers.values()):
        worker.end()
    return rows


def shown(row, plain, key):
    if row is None:
        return "-"
    return f"{plain[key] / row[key]:.2f}" if row.get("right") else "wrong"


def print_means(results, engines):
    for group in sorted({r["group"] for r in results.values()}):
        means = []
        for engine in engines:
            rows = [r for r in results.values() if r["group"] == group and r["engines"].get(engine, {}).get("right")]
            mean = turns.geometric_mean(
                r["engines"]["plain"]["seconds"] / r["engines"][engine]["seconds"] for r in rows
            )
            means.append(f"{mean:8.2f}({len(rows)})" if rows else f"{'-':>11}")
        print(f"geomean {group:14}" + "".join(f"{m:>18}" for m in means), flush=True)


def run_python(key, python, options):
    peers = Peers(key, python, options.engines.split(","))
    print(f"\nCPython {key}: the interpreter's time over the engine's, steady / to the first result")
    print(f"{'kernel':22}" + "".join(f"{e:>18}" for e in peers.engines))
    results = {}
    for path in sorted(glob.glob(os.path.join(HERE, "kernels", "*.py"))):
        name = os.path.basename(path)[:-3]
        if not re.search(options.kernel, name):
            continue
        rows = measure(peers, path, options)
        results[name] = {"group": meta_of(path)["group"], "engines": rows}
        cells = []
        for engine in peers.engines:
            steady, first = (shown(rows.get(engine), rows["plain"], k) for k in ("seconds", "first_s"))
            cells.append(f"{steady} /{first:>6}" if steady not in ("-", "wrong") else steady)
        print(f"{name:22}" + "".join(f"{c:>18}" for c in cells), flush=True)
    print_means(results, peers.engines)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default="3.13", help="comma-separated keys of .venv/")
    parser.add_argument("--kernel", default="")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json")
    options = parser.parse_args()
    chosen = options.python.split(",")
    results = {k: run_python(k, p, options) for k, p in environments() if k in chosen}
    if options.json:
        with open(options.json, "w") as f:
            json.dump(results, f, indent=1)


if __name__ == "__main__":
    main()
