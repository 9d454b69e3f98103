"""Writes a code object in the line-oriented text form that parse_dump (src/bytecode/dump.cpp) reads.

    python tools/dump_code.py file.py              the module's own code
    python tools/dump_code.py file.py qualname     that function or class body
    python tools/dump_code.py file.py --list       the names of all code objects in the file

The bytecode is that of the Python that runs this tool.
"""

import inspect
import os
import sys
import types

_KINDS = {
    bool: {True: "True", False: "False"},
    type(None): "None",
    int: "Int",
    float: "Float",
    str: "Str",
    tuple: "Tuple",
    types.CodeType: "Code",
    type(...): "Ellipsis",
    bytes: "Bytes",
}


def const_kind(value):
    """The name of the constant's ConstKind (src/bytecode/instr.h)."""
    kind = _KINDS.get(type(value), "Other")
    return kind[value] if isinstance(kind, dict) else kind


def _own_cells(code):
    """The cells with a slot of their own: since 3.11 a cell that is also a local shares the local's slot."""
    if sys.version_info < (3, 11):
        return list(code.co_cellvars)
    return [name for name in code.co_cellvars if name not in code.co_varnames]


def slot_names(code):
    """The names of the frame's fast slots, in order: locals, cells, free variables."""
    return [*code.co_varnames, *_own_cells(code), *code.co_freevars]


def code_objects(code, prefix=""):
    """Yields (qualname, code object) of everything nested in `code`, outermost first."""
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            # Python 3.10 keeps qualified names outside the code objects, so ours are put together from the nesting.
            qualname = getattr(const, "co_qualname", prefix + const.co_name)
            yield qualname, const
            is_function = const.co_flags & inspect.CO_NEWLOCALS and const.co_flags & inspect.CO_OPTIMIZED
            yield from code_objects(const, qualname + (".<locals>." if is_function else "."))


def dump(code, qualname=None):
    """The text form of one code object; Python 3.10 needs to be told the qualified name."""
    names = slot_names(code)
    fields = {
        "python": sys.version_info[0] * 100 + sys.version_info[1],
        "name": code.co_name,
        "qualname": qualname or getattr(code, "co_qualname", code.co_name),
        "filename": code.co_filename,
        "first_line": code.co_firstlineno,
        "flags": code.co_flags,
        "argcount": code.co_argcount,
        "posonly": code.co_posonlyargcount,
        "kwonly": code.co_kwonlyargcount,
        "nlocals": code.co_nlocals,
        "ncells": len(_own_cells(code)),
        "nfrees": len(code.co_freevars),
        "nslots": len(names),
        "stacksize": code.co_stacksize,
        "nconsts": len(code.co_consts),
        "nnames": len(code.co_names),
        "code": code.co_code.hex(),
        "exception_table": getattr(code, "co_exceptiontable", b"").hex(),
        "const_kinds": " ".join(map(const_kind, code.co_consts)),
        "varnames": " ".join(names),
    }
    return "".join(f"{key} {value}".rstrip() + "\n" for key, value in fields.items())


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        module = compile(file.read(), os.path.basename(sys.argv[1]), "exec")
    found = [("<module>", module), *code_objects(module)]
    wanted = sys.argv[2] if len(sys.argv) == 3 else "<module>"
    if wanted == "--list":
        print("\n".join(qualname for qualname, _ in found))
        return
    for qualname, code in found:
        if qualname == wanted:
            sys.stdout.write(dump(code, qualname))
            return
    sys.exit(f"{sys.argv[1]} has no code object named {wanted}")


if __name__ == "__main__":
    main()
