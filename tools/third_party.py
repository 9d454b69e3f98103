"""Runs the test suites of packages from PyPI with everything jitted and compares every test with a run without the JIT.

    python tools/third_party.py [--json OUT] [--scratch DIR] [--optimised] [--stress SEED] [--tests PACKAGE=FOLDER ...]
                                [package ...]

Takes the source distribution, installs it and what its tests need into a scratch environment that sees this Python's
justjit, and runs the tests twice, in processes of their own. A package that differs runs twice more; what differs in most
runs, and any crash or hang, is an error. Printed per package: tests, differences, calls, and the share of them that
started and that ended natively. Source distributions without tests are run with the tests in FOLDER, as the package's
repository has them.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from cpython_tests import Run, confirmed, differing, jit_environment, share

TIMEOUT = 900


@dataclass
class Suite:
    """What to take, what its tests need besides pytest, and which of them to run (paths in the source)."""

    requirement: str
    needs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ("tests",)
    options: tuple[str, ...] = ()
    has_tests: bool = True  # the source distribution; otherwise --tests says where they are


HYPOTHESIS = (
    "cover/test_composite",
    "cover/test_control",
    "cover/test_deferred_strategies",
    "cover/test_float_utils",
    "cover/test_lambda_formatting",
    "cover/test_numerics",
    "cover/test_pretty",
    "cover/test_recursive",
    "cover/test_reflection",
    "cover/test_searchstrategy",
    "conjecture/test_intlist",
    "conjecture/test_junkdrawer",
)

SUITES = {
    "attrs": Suite("attrs==25.3.0", ("hypothesis", "cloudpickle")),
    "more-itertools": Suite("more-itertools==10.5.0"),
    "jinja2": Suite("jinja2==3.1.4", ("markupsafe",)),
    "pyparsing": Suite("pyparsing==3.2.0", (), ("tests/test_unit.py", "tests/test_util.py")),
    "toolz": Suite("toolz==1.0.0", (), ("toolz/tests",)),
    "sympy": Suite(
        "sympy==1.13.3",
        ("mpmath<1.4", "hypothesis"),
        ("sympy/core/tests/test_basic.py", "sympy/core/tests/test_numbers.py", "sympy/polys/tests/test_polytools.py"),
    ),
    "networkx": Suite("networkx==3.4.2", (), ("networkx/classes/tests", "networkx/algorithms/traversal/tests")),
    "anyio": Suite(
        "anyio==4.6.2",
        (
            "trio",
            "psutil",
            "exceptiongroup",
            "idna",
            "sniffio",
            "pytest-mock",
            "trustme",
            "truststore; python_version>='3.10'",
        ),
        ("tests/test_taskgroups.py", "tests/test_synchronization.py", "tests/streams/test_memory.py"),
        ("-p", "anyio"),
    ),
    "aiosqlite": Suite("aiosqlite==0.20.0", (), ("aiosqlite/tests/smoke.py",)),
    "sortedcontainers": Suite("sortedcontainers==2.4.0", has_tests=False),
    "hypothesis": Suite(
        "hypothesis==6.115.0",
        ("pytest<8.4", "pexpect"),
        tests=tuple(f"tests/{name}.py" for name in HYPOTHESIS),
        options=("--hypothesis-seed=0",),
        has_tests=False,
    ),
    "janus": Suite("janus==2.0.0", ("pytest-asyncio",), options=("-o", "addopts=")),
}


def pip(python: pathlib.Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{result.stdout[-2000:]}{result.stderr[-4000:]}")


def make_environment(folder: pathlib.Path) -> pathlib.Path:
    """A virtual environment that finds the justjit that this Python uses; its python."""
    import justjit

    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    python = folder / "bin" / "python"
    package = pathlib.Path(justjit.__path__[0])
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    site = folder / "lib" / version / "site-packages"
    (site / "justjit").symlink_to(package)
    start_up = next(p / "justjit.pth" for p in map(pathlib.Path, sys.path) if (p / "justjit.pth").exists())
    shutil.copy(start_up, site / "justjit.pth")
    return python


def prepare(name: str, scratch: pathlib.Path, tests: str | None) -> tuple[pathlib.Path, pathlib.Path]:
    """(python of an environment with the package and what its tests need, the unpacked source)."""
    suite = SUITES[name]
    folder = scratch / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    python = make_environment(folder / "venv")
    pip(python, "download", "--no-deps", "--no-binary=:all:", "-d", str(folder), suite.requirement)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder / "source", filter="data")
    source = next((folder / "source").iterdir())
    if tests:
        shutil.copytree(tests, source / "tests", dirs_exist_ok=True)
    pip(python, "install", str(source), "pytest", *suite.needs)
    return python, source


def outcomes(report: pathlib.Path) -> dict[str, str]:
    """Test identifier -> outcome, from pytest's report."""
    found = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        found[f"{case.get('classname')}.{case.get('name')}"] = kinds[0] if kinds else "passed"
    return found


def run(name: str, python: pathlib.Path, source: pathlib.Path, jit: dict[str, str] | None) -> Run:
    suite = SUITES[name]
    with tempfile.TemporaryDirectory() as scratch:
        report, statistics = pathlib.Path(scratch, "report.xml"), pathlib.Path(scratch, "statistics")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUSTJIT_", "PYTHON"))}
        environment.update(PYTHONHASHSEED="0")
        environment |= {**jit, "JUSTJIT_STATS": str(statistics)} if jit else {"JUSTJIT_DISABLE": "1"}
        command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
        try:
            process = subprocess.run(
                [*command, *suite.options, *suite.tests],
                cwd=source,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=TIMEOUT * (2 if jit else 1),
            )
            code, output = process.returncode, process.stdout
        except subprocess.TimeoutExpired as error:
            code, output = -999, f"{error.stdout}\n*** timed out"
        stats: dict[str, float] = {}
        for line in statistics.read_text().splitlines() if statistics.exists() else ():
            for key, value in json.loads(line).items():
                stats[key] = stats.get(key, 0) + value
        return Run(code, outcomes(report) if report.exists() else {}, output, stats)


def compare(name: str, scratch: pathlib.Path, jit: dict[str, str], tests: str | None) -> dict[str, object]:
    python, source = prepare(name, scratch, tests)
    rounds = []
    while not rounds or (rounds[0] and len(rounds) < 3):
        plain, jitted = run(name, python, source, None), run(name, python, source, jit)
        rounds.append(differing(plain, jitted))
    differences = [f"{test}: {text}" for test, text in confirmed(rounds).items()] if rounds[0] else []
    if not plain.tests:
        differences.append("no test ran without the JIT:\n" + plain.output[-1500:])
    elif not jitted.stats.get("native_calls"):
        differences.append("nothing ran natively")
    return {
        "name": SUITES[name].requirement,
        "tests": len(plain.tests),
        "passed": sum(outcome == "passed" for outcome in plain.tests.values()),
        "differences": differences,
        "calls": jitted.stats.get("calls", 0),
        "started": share(jitted.stats, "native_calls"),
        "ended": share(jitted.stats, "completed"),
        "output": jitted.output[-200_000:] if differences else "",
    }


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", nargs="*", help=f"of {', '.join(SUITES)} (default: all that have tests)")
    parser.add_argument("--json", type=pathlib.Path, help="write everything, outputs included, to this file")
    parser.add_argument(
        "--scratch", type=pathlib.Path, help="where to unpack and install (default: a temporary folder)"
    )
    parser.add_argument("--optimised", action="store_true", help="the optimising tier at once (threshold 1)")
    parser.add_argument("--stress", type=int, default=0, help="the same, with guards that fail at random (seed)")
    parser.add_argument("--tests", action="append", default=[], metavar="PACKAGE=FOLDER", help="its tests are there")
    args = parser.parse_args()
    tests = dict(given.split("=", 1) for given in args.tests)
    packages = args.packages or [name for name, suite in SUITES.items() if suite.has_tests or name in tests]
    jit = jit_environment(args.optimised, args.stress)
    print(f"CPython {sys.version.split()[0]}", flush=True)
    print(f"{'package':24} {'tests':>6} {'passed':>6} {'differ':>6} {'calls':>10} {'start%':>7} {'end%':>7}")
    results = []
    with tempfile.TemporaryDirectory() as temporary:
        for name in packages:
            try:
                result = compare(name, args.scratch or pathlib.Path(temporary), jit, tests.get(name))
            except RuntimeError as error:
                print(f"{name}: cannot be installed\n{error}", flush=True)
                results.append({"name": name, "differences": ["cannot be installed"]})
                continue
            results.append(result)
            print(
                f"{result['name']:24} {result['tests']:6} {result['passed']:6} {len(result['differences']):6} "
                f"{result['calls']:10.0f} {result['started']:7.1f} {result['ended']:7.1f}",
                flush=True,
            )
            for line in result["differences"]:
                print(f"    {line}", flush=True)
            if args.json:
                args.json.write_text(json.dumps(results, indent=1))
    bad = [r for r in results if r["differences"]]
    print(f"{len(results) - len(bad)} the same, {len(bad)} not")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
