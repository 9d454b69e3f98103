"""The virtual environments that the set-up made: .venv/<version>."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def environments():
    """[(key, path of python)] in order of version; stops when there is none."""
    home = os.path.join(ROOT, ".venv")
    keys = [k for k in (os.listdir(home) if os.path.isdir(home) else []) if k[:1].isdigit()]
    keys.sort(key=lambda k: tuple(map(int, k.split("."))))
    if not keys:
        sys.exit("nothing is set up yet: run ./setup")
    return [(k, os.path.join(home, k, "bin", "python")) for k in keys]
