"""Runs every static check: layers, sizes, clang-format, ruff, mypy, clang-tidy. --fix formats instead."""

import glob
import os
import shutil
import subprocess
import sys

from environments import ROOT, environments

# clang-tidy is slow: it looks at the files where a mistake would be worst, not at all.
TIDY_CORE = ["src/bytecode/regions.cpp", "src/bytecode/decode.cpp", "src/engine/engine.cpp"]
TIDY_MODULE = ["src/vm/exits.cpp", "src/vm/stack.cpp"]


def tool(name):
    for version in (22, 21, 20, 19):
        path = shutil.which(f"{name}-{version}")
        if path:
            return path
    sys.exit(f"{name} (19 to 22) is missing: ./setup --ci --no-main installs it")


def python_with(module):
    for _, python in environments():
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0:
            return python
    sys.exit(f"{module} is missing: ./setup --ci --no-main installs it")


def run(name, command):
    print(f"-- {name}", flush=True)
    status = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode
    if status:
        print(f"   {name} failed", flush=True)
    return status == 0


def cpp_files():
    return sorted(
        f
        for end in ("cpp", "h")
        for top in ("src", "tests")
        for f in glob.glob(f"{ROOT}/{top}/**/*.{end}", recursive=True)
    )


def tidy():
    good = True
    builds = sorted(glob.glob(os.path.join(ROOT, "build", "py3.*")))
    for build, files in (
        (os.path.join(ROOT, "build", "core"), TIDY_CORE),
        (builds[-1] if builds else "", TIDY_MODULE),
    ):
        present = [f for f in files if os.path.exists(os.path.join(ROOT, f))]
        if not os.path.exists(os.path.join(build, "compile_commands.json")):
            print(f"   no build in {build or 'build/py3.*'}: run ./setup")
            good = False
        elif present:
            good &= run("clang-tidy " + " ".join(present), [tool("clang-tidy"), "--quiet", "-p", build, *present])
    return good


def main():
    fix = "--fix" in sys.argv[1:]
    ruff, mypy = python_with("ruff"), python_with("mypy")
    formatting = [tool("clang-format"), *(["-i"] if fix else ["--dry-run", "-Werror"]), *cpp_files()]
    results = [
        run("clang-format", formatting),
        run("ruff format", [ruff, "-m", "ruff", "format", *([] if fix else ["--check"]), "."]),
        run("ruff", [ruff, "-m", "ruff", "check", *(["--fix"] if fix else []), "."]),
    ]
    if not fix:
        results += [
            run("layers", [sys.executable, "tools/check_layers.py"]),
            run("sizes", [sys.executable, "tools/check_sizes.py"]),
            run("mypy", [mypy, "-m", "mypy"]),
            tidy(),
        ]
    print("all checks passed" if all(results) else "some checks failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
