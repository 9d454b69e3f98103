"""Writes docs/opcodes.md: which opcode runs natively in which kind of function on which Python, with the case that shows it.

usage: opcode_table.py [python ...]   writes the page, with these Pythons or those that are set up; all four are needed
       opcode_table.py --check        exit status 1 when the page is not what would be written, or when a cell says "no"
       opcode_table.py --mine         prints the part of the Python that runs this
"""

import concurrent.futures
import dis
import opcode
import os
import subprocess
import sys

from environments import ROOT, environments

PAGE = os.path.join(ROOT, "docs", "opcodes.md")
KINDS = ("plain", "generator", "coroutine", "async generator", "namespace")
VERSION = sys.version_info[:2]

FUNCTIONS, SUSPENDING = KINDS[:4], KINDS[1:4]
AWAITING = ("coroutine", "async generator")

# Reasons why the compiler of this Python emits an opcode in some kinds only.
ONLY = {
    "suspends": "only in code that suspends",
    "awaits": "only in code that awaits",
    "delegates": "only for `yield from`, which needs a plain generator",
    "yields": "only in code that yields",
    "wraps": "only for the values of asynchronous generators",
    "names": "only in modules and class bodies, whose names are not numbered",
    "locals": "only in functions, whose locals are numbered",
    "class": "only for names that a class body and a function around it share",
    "bodies": "only in functions: class bodies look among their own names first, with LOAD_CLASSDEREF",
    "annotation": "only in the functions that the compiler makes for type parameters and aliases",
    "constant": "not in asynchronous generators, which return None: RETURN_CONST",
    "interactive": "only at the interactive prompt",
    "never": "not emitted at all: for the interpreter's own use",
}


def table(rows):
    """{opcode: (reason, kinds where it can occur)} from {reason: (names, kinds)}."""
    return {name: (reason, kinds) for reason, (names, kinds) in rows.items() for name in names.split()}


def possible():
    """Opcodes that do not occur everywhere: {opcode: (reason, kinds where they do)}."""
    fast = "DELETE_FAST LOAD_FAST STORE_FAST" if VERSION < (3, 12) else "DELETE_FAST"
    suspends = "GEN_START RETURN_GENERATOR SEND YIELD_FROM ASYNC_SEND END_SEND CLEANUP_THROW"
    yielding = SUSPENDING if VERSION >= (3, 11) else ("generator", "async generator")
    rows = {
        "suspends": (suspends, SUSPENDING),
        "awaits": ("GET_AWAITABLE GET_ANEXT END_ASYNC_FOR BEFORE_ASYNC_WITH SETUP_ASYNC_WITH", AWAITING),
        "delegates": ("GET_YIELD_FROM_ITER", ("generator",)),
        "yields": ("YIELD_VALUE", yielding),
        "wraps": ("ASYNC_GEN_WRAP", ("async generator",)),
        "names": ("LOAD_NAME STORE_NAME DELETE_NAME SETUP_ANNOTATIONS IMPORT_STAR LOAD_CLASSDEREF", ("namespace",)),
        "locals": (fast, FUNCTIONS),
        "class": ("LOAD_LOCALS", ("namespace",)),
        "annotation": ("LOAD_FROM_DICT_OR_GLOBALS", ("plain",)),
        "interactive": ("PRINT_EXPR", ()),
        "never": ("CACHE INTERPRETER_EXIT RESERVED EXIT_INIT_CHECK ENTER_EXECUTOR DO_TRACING", ()),
    }
    result = table(rows)
    if VERSION >= (3, 12):
        result["RETURN_VALUE"] = ("constant", ("plain", "generator", "coroutine", "namespace"))
    else:
        result["LOAD_DEREF"] = ("bodies", FUNCTIONS)
    if VERSION < (3, 13):
        result["JUMP_BACKWARD_NO_INTERRUPT"] = ("suspends", SUSPENDING)
    result["LOAD_FROM_DICT_OR_DEREF"] = ("class", ("plain", "namespace"))
    return result


def opcodes():
    """Names of this Python's opcodes that occur in code objects, but for those that the interpreter writes itself."""
    return sorted(
        name
        for name, number in opcode.opmap.items()
        if number < 256 and not name.startswith("INSTRUMENTED_") and name not in specialised()
    )


def specialised():
    families = getattr(opcode, "_specializations", {})
    return {name for names in families.values() for name in names}


def executed():
    """{(opcode, kind): "file" or "file (as kind)"}: what the differential suite executes; it is native as a whole."""
    sys.path.insert(0, ROOT)
    from tests.semantics.executed import case_files
    from tests.semantics.kinds import FOLDER, OTHER_KINDS, kind_of, source_of_kind

    found = {}
    for as_kind in ("", *OTHER_KINDS):
        for path in [*case_files(), *case_files(FOLDER)]:
            source = path.read_text()
            source = source_of_kind(source, as_kind) if as_kind else source
            where = path.stem + (f" (as {as_kind})" if as_kind else "")
            for code, offsets in offsets_executed(str(path), source).items():
                for name in names_executed(code, offsets):
                    found.setdefault((name, kind_of(code)), where)
    return found


def offsets_executed(path, source):
    """{code object: offsets that the cases of a file execute}; the differential tests compile all code of the file."""
    from tests.semantics.executed import Tracer, quiet
    from tests.semantics.faults import Variant
    from tests.semantics.harness import MODULE_BODY, Module, code_tree

    module = Module(path, source, jitted=False)
    seen = {code: set() for code in code_tree(module.code)}
    tracer = Tracer(list(seen), lambda frame, offset: seen[frame.f_code].add(offset), once=True)

    def run_all():
        for case in [*module.cases(), MODULE_BODY]:
            with quiet():
                module.call(Variant(case))

    tracer.run(run_all)
    return seen


def names_executed(code, offsets):
    """Opcodes at the offsets; what comes before the first of them (cells, RESUME) and prefixes run without an event."""
    if not offsets:
        return
    prefix = False
    for i in dis.get_instructions(code):
        if i.offset in offsets or i.offset < min(offsets):
            yield i.opname
            if i.opname == "FOR_ITER" and VERSION >= (3, 12):
                yield "END_FOR"  # part of it: whoever runs FOR_ITER to its end steps over END_FOR
            if prefix:
                yield "EXTENDED_ARG"
        prefix = i.opname == "EXTENDED_ARG"


def section():
    """(lines, numbers of yes, impossible, no) for the Python that runs this."""
    found, restricted = executed(), possible()
    wrong = []
    counts = {"native": 0, "cannot occur": 0, "no": 0}
    lines = [f"## CPython {VERSION[0]}.{VERSION[1]}", "", f"| opcode | {' | '.join(KINDS)} |", "|---" * 6 + "|"]
    for name in opcodes():
        cells = []
        reason, kinds = restricted.get(name, ("", KINDS))
        for kind in KINDS:
            if (name, kind) in found:
                if kind not in kinds:
                    wrong.append(f"{name} occurs in {kind} code ({found[name, kind]}): {reason} is wrong")
                cells.append(found[name, kind])
                counts["native"] += 1
            elif kind not in kinds:
                cells.append(f"– {reason}")
                counts["cannot occur"] += 1
            else:
                cells.append("**no**")
                counts["no"] += 1
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if wrong:
        sys.exit("\n".join(wrong))
    total = f"| {VERSION[0]}.{VERSION[1]} | {len(opcodes())} | " + " | ".join(map(str, counts.values())) + " |"
    return total, lines


HEAD = """# Opcodes

Which opcode runs natively in which kind of code. Made by `tools/opcode_table.py` with CPython 3.10.13, 3.11.7, 3.12.1 and
3.13.0; `tests/test_opcode_table.py` fails when this page is not what the tool makes there, or when a cell says **no** on any
patch release (whose compiler may put an opcode into other cases).

A cell that names a case file (`tests/semantics/cases`) says: all code of that file is compiled, the opcode is
executed there in code of this kind, and the differential tests (`tests/semantics/test_differential.py`,
`test_kinds.py`) find the outcome equal to the interpreter's. `(as generator)` and so on: the file's cases, turned
into functions of that kind which suspend before every statement (`tests/semantics/kinds.py`). "Namespace" is the code
of modules and class bodies.

The opcodes are those of `opcode.opmap`, without what no compiler puts into a code object: specialised forms, which
the interpreter writes over an opcode at run time (they are compiled as the opcode that they stand for); instrumented
forms, which it writes while code is monitored (such code is left to the interpreter); and pseudo-opcodes (256 and
above), which exist inside the compiler only.

From 3.12 on FOR_ITER steps over END_FOR when it ends, so END_FOR counts as executed with it.

A dash marks what CPython's compiler does not emit there:
"""


def page(parts):
    totals = [total for total, _ in parts]
    reasons = [f"- {name}: {text}" for name, text in ONLY.items()]
    head = ["| Python | opcodes | native | cannot occur | no |", "|---" * 5 + "|", *totals]
    body = [line for _, lines in parts for line in ["", *lines]]
    return HEAD + "\n" + "\n".join([*reasons, "", *head, *body]) + "\n"


def part_of(python):
    command = [python, "-W", "ignore", __file__, "--mine"]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    total, _, lines = text.rstrip("\n").partition("\n")
    return total, lines.split("\n")


def mine():
    total, lines = section()
    return "\n".join([total, *lines])


def main():
    if "--mine" in sys.argv[1:]:
        print(mine())
        return
    pythons = [a for a in sys.argv[1:] if not a.startswith("-")] or [p for _, p in environments()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        text = page(list(pool.map(part_of, pythons)))
    if "--check" not in sys.argv[1:]:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(text)
        return
    with open(PAGE, encoding="utf-8") as f:
        good = f.read() == text
    print(
        "opcode table: " + ("as it should be" if good else "docs/opcodes.md is out of date: run tools/opcode_table.py")
    )
    sys.exit(0 if good and "| **no**" not in text else 1)


if __name__ == "__main__":
    main()
