"""Finds every CPython 3.10 to 3.13 on this machine: the one that runs this, pyenv's, uv's, and those on PATH."""

import glob
import json
import os
import shutil
import subprocess
import sys

MINORS = ("3.10", "3.11", "3.12", "3.13")

_PROBE = (
    "import json, sys, sysconfig; print(json.dumps(dict("
    "version='%d.%d.%d' % sys.version_info[:3], implementation=sys.implementation.name,"
    "executable=getattr(sys, '_base_executable', None) or sys.executable,"
    "final=sys.version_info[3] == 'final',"
    "free_threaded=bool(sysconfig.get_config_var('Py_GIL_DISABLED')), debug=hasattr(sys, 'gettotalrefcount'))))"
)


class Python:
    """One interpreter; `key` names its environment (.venv/<key>, build/py<key>)."""

    def __init__(self, executable, version):
        self.executable = executable
        self.version = version
        self.minor = version.rsplit(".", 1)[0]
        self.key = self.minor

    def __str__(self):
        return f"{self.version} ({self.executable})"


def _candidates():
    yield sys.executable
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    uv = os.environ.get("UV_PYTHON_INSTALL_DIR", os.path.expanduser("~/.local/share/uv/python"))
    for minor in MINORS:
        found = glob.glob(os.path.join(pyenv, "versions", minor + ".*", "bin", "python" + minor))
        found += glob.glob(os.path.join(uv, f"cpython-{minor}.*", "bin", "python" + minor))
        yield from sorted(found, reverse=True)
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            path = shutil.which("python" + minor, path=folder)
            if path and os.path.basename(folder) != "shims":
                yield path


def _describe(executable):
    try:
        text = subprocess.run(
            [executable, "-I", "-c", _PROBE], capture_output=True, text=True, timeout=60, check=True
        ).stdout
        return json.loads(text)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def find(explicit=None):
    """Returns (chosen, others): one Python per minor version, and further patch releases that were also seen.

    `explicit` (a list of executables) replaces the search; all of its releases are chosen.
    """
    chosen, others, seen = {}, [], set()
    for executable in explicit or _candidates():
        facts = _describe(executable)
        if facts is None or facts["implementation"] != "cpython" or not facts["final"]:
            continue
        python = Python(facts["executable"], facts["version"])
        if python.minor not in MINORS or facts["free_threaded"] or facts["debug"] or python.version in seen:
            continue
        seen.add(python.version)
        if python.minor not in chosen:
            chosen[python.minor] = python
        elif explicit:
            python.key = python.version
            chosen[python.version] = python
        else:
            others.append(python)
    ordered = sorted(chosen.values(), key=lambda p: tuple(map(int, p.version.split("."))))
    return ordered, others


if __name__ == "__main__":
    picked, also = find(sys.argv[1:] or None)
    for item in picked:
        print("use  ", item)
    for item in also:
        print("also ", item)
