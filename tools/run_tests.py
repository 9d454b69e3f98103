"""Runs all tests: ctest for the compiler, pytest on every Python that is set up; prints totals, fails if any failed.

usage: run_tests.py [pytest arguments]; the environment variable PY=3.13 restricts it to one Python.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

from environments import ROOT, environments

LOGS = os.path.join(ROOT, "build", "test-logs")


def run_ctest():
    """(passed, failed) of the C++ tests."""
    print("== ctest (the compiler's C++ tests)", flush=True)
    result = subprocess.run(
        [
            "ctest",
            "--test-dir",
            os.path.join(ROOT, "build", "core"),
            "--output-on-failure",
            "-j",
            str(os.cpu_count()),
        ],
        capture_output=True,
        text=True,
        env=dict(os.environ, PATH="/usr/bin:" + os.environ.get("PATH", "")),
    )
    print(result.stdout, result.stderr, sep="", flush=True)
    summary = re.search(r"(\d+) tests failed out of (\d+)", result.stdout)
    if not summary:
        return 0, 1
    failed, total = map(int, summary.groups())
    return total - failed, failed or int(result.returncode != 0)


def run_pytest(key, python, arguments):
    """Counts of one Python: dict(passed, failed, skipped), the log's path, and which tests failed, with their messages."""
    os.makedirs(LOGS, exist_ok=True)
    report = os.path.join(LOGS, f"pytest-{key}.xml")
    log = os.path.join(LOGS, f"pytest-{key}.txt")
    if os.path.exists(report):
        os.remove(report)
    build = os.path.join(ROOT, "build")
    programs = dict(
        os.environ,
        JJOPT=os.path.join(build, "core", "jjopt"),
        JJ_DECODE_TEST=os.path.join(build, "core", "decode_test"),
        JJ_TEST_MODULES=os.path.join(build, "py" + key, "tests"),
    )
    with open(log, "w") as output:
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *arguments]
        status = subprocess.run(
            command, cwd=ROOT, env=programs, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ).returncode
    counts, failures = {"passed": 0, "failed": 0, "skipped": 0}, []
    if os.path.exists(report):
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            counts["failed"] += bad
            counts["skipped"] += skipped
            counts["passed"] += int(suite.get("tests", 0)) - bad - skipped
            for case in suite.iter("testcase"):
                for bad_end in (*case.iter("failure"), *case.iter("error")):
                    place = f"{case.get('classname')}::{case.get('name')}"
                    failures.append(f"CPython {key}: {place}: {(bad_end.get('message') or '')[:1000]}")
    if status and not counts["failed"]:  # crashed, or nothing ran
        counts["failed"] = 1
        failures.append(f"CPython {key}: pytest ended with status {status}")
    return counts, log, failures


def main():
    only = os.environ.get("PY")
    chosen = [(k, p) for k, p in environments() if not only or k == only]
    started = time.time()
    ctest_passed, ctest_failed = run_ctest() if not only else (0, 0)
    total = {"passed": 0, "failed": ctest_failed, "skipped": 0}
    print(f"== pytest on {', '.join(k for k, _ in chosen)} ({os.cpu_count()} at a time)", flush=True)
    failures = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(run_pytest, k, p, sys.argv[1:]): k for k, p in chosen}
        for future in concurrent.futures.as_completed(running):
            counts, log, failed = future.result()
            failures += failed
            with open(log, errors="replace") as f:
                print(f"-- CPython {running[future]}\n{f.read().rstrip()}", flush=True)
            for name in total:
                total[name] += counts[name]
    for failure in failures:
        print(f"\n== failed on {failure}")
    print(
        f"\n== totals after {time.time() - started:.0f} s: ctest {ctest_passed} passed, {ctest_failed} failed; "
        f"pytest {total['passed']} passed, {total['failed'] - ctest_failed} failed, {total['skipped']} skipped "
        f"(CPython {', '.join(k for k, _ in chosen)})"
    )
    print(f"{ctest_passed + total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    sys.exit(1 if total["failed"] else 0)


if __name__ == "__main__":
    main()
