"""What the drivers of vmtest share: outcomes with their tracebacks, comparison, code units."""

import dis
import sys
import traceback

import vmtest

V = sys.version_info[1]
assert vmtest.probe() is None, vmtest.probe()
differences = []


def call_index(f, nth=0):
    """Code unit of the nth call in f."""
    found = [i.offset // 2 for i in dis.get_instructions(f) if i.opname in ("CALL", "CALL_FUNCTION", "PRECALL")]
    if V == 11:
        found = [i.offset // 2 for i in dis.get_instructions(f) if i.opname == "CALL"]
    return found[nth]


def outcome(run):
    try:
        return "value", run()
    except BaseException as e:
        tb = [(t.name, t.name != "<lambda>" and t.lineno) for t in traceback.extract_tb(e.__traceback__)]
        return "raised", type(e), str(e), tb[1:], type(e.__context__), sys.exc_info()[1] is e


class Boom(Exception):
    pass


def raiser():
    raise Boom("x")


def same(name, got, want):
    if got != want:
        differences.append(name)
        print("DIFFER", V, name, "\n   ", got, "\n   ", want)


def finish():
    print("3.%d" % V, f"{len(differences)} differences" if differences else "ok", flush=True)
    sys.exit(bool(differences))
