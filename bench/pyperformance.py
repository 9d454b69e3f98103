"""pyperformance's benchmarks on every Python that is set up: the whole process jitted against the interpreter alone.

The benchmarks and what they need come from PyPI, at the versions that pyperformance names, into build/pyperformance. Per
benchmark three processes are alive together, the interpreter twice (which shows the noise) and the JIT, and take turns
(turns.py). The script's own code runs as it is; pyperf_worker.py stands in for pyperf. What does not run without the JIT
is "not here". Commands (start-up of programs) are measured whole, and told apart in the means.

usage: pyperformance.py [--python 3.13,...] [--only REGEX] [--turns 4] [--warm SECONDS] [--threshold N] [--json FILE]
"""

import argparse
import functools
import json
import os
import re
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(ROOT, "tools"))

import turns  # noqa: E402
from environments import environments  # noqa: E402

VERSION = "1.14.0"
PLACE = os.path.join(ROOT, "build", "pyperformance")
STARTUP = ("python_startup", "python_startup_no_site", "2to3")  # programs that end before code gets hot


def fetch(python):
    """The folder of the benchmarks, downloaded if need be."""
    folder = os.path.join(PLACE, f"pyperformance-{VERSION}", "pyperformance", "data-files", "benchmarks")
    if not os.path.isdir(folder):
        command = [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary=:all:", "-d", PLACE]
        subprocess.run([*command, f"pyperformance=={VERSION}"], check=True)
        with tarfile.open(os.path.join(PLACE, f"pyperformance-{VERSION}.tar.gz")) as archive:
            archive.extractall(PLACE, filter="data")
    return folder


def benchmarks(folder):
    """[(name, folder, options)] in the order of the manifest."""
    found = []
    with open(os.path.join(folder, "MANIFEST")) as f:
        rows = re.findall(r"^(\w+)\t<local(?::(\w+))?>$", f.read(), re.M)
    for name, of in rows:
        home = os.path.join(folder, "bm_" + (of or name))
        own = os.path.join(home, f"bm_{name}.toml")
        with open(own if of else os.path.join(home, "pyproject.toml")) as f:
            listed = re.search(r"^extra_opts\s*=\s*\[([^]]*)\]", f.read(), re.M)
        found.append((name, home, re.findall(r'"([^"]*)"', listed[1]) if listed else []))
    return found


@functools.lru_cache(None)
def needed(key, python, home):
    """The folder with what the benchmark imports, or None when it cannot be installed."""
    requirements = os.path.join(home, "requirements.txt")
    if not os.path.exists(requirements):
        return ""
    target = os.path.join(PLACE, f"site-{key}", os.path.basename(home))
    if not os.path.isdir(target):
        command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-t", target + ".part"]
        if subprocess.run([*command, "-r", requirements], stderr=subprocess.DEVNULL).returncode:
            return None
        os.rename(target + ".part", target)
    return target


def start(python, benchmark, site, options, jitted):
    _, home, arguments = benchmark
    settings = {"JUSTJIT_ENABLE": str(options.threshold)} if jitted else {"JUSTJIT_DISABLE": "1"}
    script = os.path.join(home, "run_benchmark.py")
    command = [python, os.path.join(HERE, "pyperf_worker.py"), str(options.warm), script, *arguments]
    environment = turns.clean_environment(PYTHONPATH=site, **settings)
    return turns.Worker(command, environment, cwd=home, stderr=subprocess.DEVNULL)


def measure(python, benchmark, site, options):
    """{name: row} of what one script measures."""
    workers = [start(python, benchmark, site, options, jitted) for jitted in (False, False, True)]
    rows = {}
    while True:
        ready = [w.wait_until_ready() for w in workers]
        if not any(ready):
            break
        name = next(w.name for w in workers if w.alive)
        turns.take_turns(workers, options.turns)
        plain, again, jit = workers
        if not plain.alive or not again.alive:
            break
        status = "ok" if jit.alive and jit.name == name else "FAILS WITH THE JIT"
        rows[name] = {"status": status, "plain": plain.best}
        if status == "ok":
            rows[name].update(ratio=plain.best / jit.best, noise=plain.best / again.best)
        for worker in workers:
            if worker.alive:
                worker.say("next")
    for worker in workers:
        worker.end()
    return rows or {benchmark[0]: {"status": "not here"}}


def print_row(name, row):
    if "ratio" in row:
        print(f"{name:36} {row['plain'] * 1e3:10.3f} ms {row['ratio']:7.2f} {row['noise']:7.2f}", flush=True)
    else:
        print(f"{name:36} {row['status']}", flush=True)


def print_means(results):
    for title, startup in (("steady state", False), ("start-up", True)):
        rows = [r for n, r in results.items() if "ratio" in r and (n in STARTUP) == startup]
        if rows:
            mean, noise = (turns.geometric_mean(r[k] for r in rows) for k in ("ratio", "noise"))
            print(
                f"geomean of {len(rows)}, {title:21} {mean:7.2f} {noise:7.2f}   least {min(r['ratio'] for r in rows):.2f}"
            )


def run_python(key, python, options):
    print(f"\nCPython {key}: pyperformance {VERSION}, interpreter's time over the JIT's (more is faster)")
    results = {}
    for benchmark in benchmarks(fetch(python)):
        if not re.search(options.only, benchmark[0]):
            continue
        site = needed(key, python, benchmark[1])
        rows = measure(python, benchmark, site, options) if site is not None else {benchmark[0]: {"status": "not here"}}
        for name, row in rows.items():
            print_row(name, row)
        results.update(rows)
    print_means(results)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default="", help="comma-separated keys of .venv/")
    parser.add_argument("--only", default="")
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--warm", type=float, default=2.0)
    parser.add_argument("--threshold", type=int, default=0)
    parser.add_argument("--json")
    options = parser.parse_args()
    chosen = options.python.split(",") if options.python else None
    results = {k: run_python(k, p, options) for k, p in environments() if chosen is None or k in chosen}
    if options.json:
        with open(options.json, "w") as f:
            json.dump(results, f, indent=1)
    bad = [f"{n} on {k}" for k, rows in results.items() for n, r in rows.items() if r["status"].startswith("FAILS")]
    if bad:
        sys.exit("failed: " + ", ".join(bad))


if __name__ == "__main__":
    main()
