"""Puts a code object together from instructions, and refuses what could not have come from this Python's compiler."""

from __future__ import annotations

import opcode
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, NoReturn

_V310 = sys.version_info < (3, 11)
_JUMPS = frozenset(opcode.hasjrel) | frozenset(opcode.hasjabs)
_NEVER_COMPILED = ("INSTRUMENTED_", "CACHE", "RESERVED", "ENTER_EXECUTOR", "INTERPRETER_EXIT")  # beginnings of names


class Instruction:
    """One checked instruction: opcode, full argument, offset in bytes (prefixes before it), line or None."""

    __slots__ = ("arg", "given_offset", "index", "line", "offset", "op", "start", "target")

    def __init__(self, index: int, op: int, arg: int, line: int | None, given_offset: int | None) -> None:
        self.index, self.op, self.arg, self.line, self.given_offset = index, op, arg, line, given_offset
        self.start = self.offset = -1  # of the first prefix, of the opcode
        self.target = -1

    def __str__(self) -> str:
        return f"instruction {self.index} ({opcode.opname[self.op]} {self.arg})"

    def refuse(self, why: str) -> NoReturn:
        raise ValueError(f"{self}: {why}")


def assemble(
    *,
    instructions: Iterable[Any],
    constants: Sequence[Any],
    names: Sequence[str],
    exception_table: Any,
    name: str,
    param_count: int,
    total_locals: int | None,
    nlocals: int | None,
    varnames: Sequence[str] | None,
    cellvars: Sequence[str] | None,
    filename: str,
    first_line: int,
    flags: int,
    free_count: int,
) -> types.CodeType:
    """The code object, or TypeError/ValueError that names the instruction or argument."""
    from . import _assemble_check as check
    from . import _assemble_tables as tables

    program = _read(instructions)
    code = _encode(program)
    constants, names = tuple(constants), tuple(names)
    layout = check.layout(program, param_count, nlocals, total_locals, free_count, varnames, cellvars)
    check.operands(program, constants, names, layout)
    entries = tables.read_exceptions(exception_table)
    stack = check.stack(program, entries, flags)
    lines = [first_line if i.line is None else i.line for i in program]
    spans = [i.start for i in program[1:]] + [len(code)]
    changes: dict[str, Any] = {
        "co_argcount": param_count,
        "co_posonlyargcount": 0 if varnames is not None else param_count,
        "co_kwonlyargcount": 0,
        "co_nlocals": len(layout.varnames),
        "co_stacksize": stack,
        "co_flags": flags,
        "co_code": code,
        "co_consts": constants,
        "co_names": names,
        "co_varnames": layout.varnames,
        "co_cellvars": layout.cellvars,
        "co_freevars": layout.freevars,
        "co_filename": filename,
        "co_name": name,
        "co_firstlineno": first_line,
    }
    changes["co_linetable"] = tables.lines(first_line, lines, spans)
    if not _V310:
        changes["co_qualname"] = name
        changes["co_exceptiontable"] = tables.write_exceptions(entries)
    return assemble.__code__.replace(**changes)


def _field(given: Any, name: str) -> Any:
    return given.get(name) if isinstance(given, dict) else getattr(given, name, None)


def _read(instructions: Iterable[Any]) -> list[Instruction]:
    """The instructions without prefixes and caches, which _encode() makes again."""
    program: list[Instruction] = []
    line: int | None = None
    for index, given in enumerate(instructions):
        op, opname = _field(given, "opcode"), _field(given, "opname")
        if op is None and opname is None:
            raise TypeError(f"instruction {index}: has neither 'opcode' nor 'opname' ({type(given).__name__})")
        if op is None:
            op = opcode.opmap.get(opname)
        if isinstance(op, int) and 0 <= op < 256 and opcode.opname[op] in ("CACHE", "EXTENDED_ARG"):
            continue
        if not _is_compiled(op):
            version = "%d.%d" % sys.version_info[:2]
            raise ValueError(
                f"instruction {index}: the compiler of Python {version} emits no {op if op is not None else opname!r}"
            )
        line = _line(given, line)
        program.append(Instruction(index, op, _arg(given, index, op), line, _offset(given, index)))
    if not program:
        raise ValueError("instructions: there are none")
    return program


def _is_compiled(op: object) -> bool:
    if isinstance(op, bool) or not isinstance(op, int) or not 0 <= op < 256:
        return False
    name = opcode.opname[op]
    return opcode.opmap.get(name) == op and not name.startswith(_NEVER_COMPILED)


def _arg(given: Any, index: int, op: int) -> int:
    arg = _field(given, "arg")
    if arg is None:
        return 0
    if isinstance(arg, bool) or not isinstance(arg, int):
        raise TypeError(f"instruction {index} ({opcode.opname[op]}): arg must be an int, not {type(arg).__name__}")
    if not 0 <= arg < 2**31:
        raise ValueError(f"instruction {index} ({opcode.opname[op]}): arg {arg} is out of range")
    return arg


def _offset(given: Any, index: int) -> int | None:
    offset = _field(given, "offset")
    if offset is not None and (isinstance(offset, bool) or not isinstance(offset, int) or offset < 0 or offset % 2):
        raise ValueError(f"instruction {index}: offset must be an even int of 0 or more, not {offset!r}")
    return offset


def _line(given: Any, before: int | None) -> int | None:
    positions = _field(given, "positions")
    line = getattr(positions, "lineno", None) or _field(given, "line_number")
    starts = _field(given, "starts_line")
    if line is None and isinstance(starts, int) and not isinstance(starts, bool):
        line = starts
    return line if isinstance(line, int) else before


def _caches(op: int) -> int:
    counts = getattr(opcode, "_inline_cache_entries", None)
    if counts is None:
        return 0
    return int(counts.get(opcode.opname[op], 0) if isinstance(counts, dict) else counts[op])


def _encode(program: list[Instruction]) -> bytes:
    """Bytecode with as many prefixes as the given offsets leave room for, else as many as the argument needs."""
    code = bytearray()
    for i in program:
        i.start = len(code)
        prefixes = max(0, (i.arg.bit_length() + 7) // 8 - 1)
        if i.given_offset is not None:
            room = (i.given_offset - i.start) // 2
            if not prefixes <= room <= 3:
                i.refuse(f"cannot stand at offset {i.given_offset}: the one before ends at {i.start}")
            prefixes = room
        for n in range(prefixes, 0, -1):
            code += bytes((opcode.EXTENDED_ARG, i.arg >> 8 * n & 0xFF))
        i.offset = len(code)
        code += bytes((i.op, i.arg & 0xFF))
        code += bytes(2 * _caches(i.op))
    starts = {i.start for i in program}
    for i in program:
        if i.op in _JUMPS:
            i.target = _target(i)
            if i.target not in starts:
                i.refuse(f"jumps to offset {i.target}, where no instruction starts")
    return bytes(code)


def _target(i: Instruction) -> int:
    if _V310:
        return 2 * i.arg if i.op in opcode.hasjabs else i.offset + 2 + 2 * i.arg
    backward = "JUMP_BACKWARD" in opcode.opname[i.op] or "_BACKWARD_" in opcode.opname[i.op]
    return i.offset + 2 + 2 * _caches(i.op) + (-2 * i.arg if backward else 2 * i.arg)
