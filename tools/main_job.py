"""Runs the main job (examples/stdlib_job.py) on every Python that is set up."""

import os
import subprocess
import sys

from environments import ROOT, environments


def main():
    failed = []
    for key, python in environments():
        if subprocess.run([python, os.path.join(ROOT, "examples", "stdlib_job.py"), *sys.argv[1:]]).returncode:
            failed.append(key)
    if failed:
        sys.exit("the main job failed on CPython " + ", ".join(failed))


if __name__ == "__main__":
    main()
