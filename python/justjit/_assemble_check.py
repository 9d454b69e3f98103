"""Checks assembled instructions: operands against the tables they index, and the depth of the value stack everywhere."""

from __future__ import annotations

import dis
import opcode
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NamedTuple

    from ._assemble import Instruction
    from ._assemble_tables import Entry
else:
    from collections import namedtuple

_V310 = sys.version_info < (3, 11)
_SUSPENDS = 0x20 | 0x80 | 0x200  # CO_GENERATOR, COROUTINE, ASYNC_GENERATOR
_START = "GEN_START" if _V310 else "RETURN_GENERATOR"
_ONLY_SUSPENDING = frozenset(("YIELD_VALUE", "YIELD_FROM", "SEND", _START))
_NO_NEXT = frozenset(
    ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_ABSOLUTE", "JUMP_BACKWARD")
    + ("JUMP_BACKWARD_NO_INTERRUPT",)
)
# Two locals in one argument (3.13).
_TWO_LOCALS = frozenset(("LOAD_FAST_LOAD_FAST", "STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST"))

if TYPE_CHECKING:

    class Layout(NamedTuple):
        """The fast locals by name, in frame order: locals, cells, free variables; `slots` of them in all."""

        varnames: tuple[str, ...]
        cellvars: tuple[str, ...]
        freevars: tuple[str, ...]
        slots: int
else:
    Layout = namedtuple("Layout", "varnames cellvars freevars slots")


def _name(i: Instruction) -> str:
    return opcode.opname[i.op]


def _locals_of(i: Instruction) -> list[int]:
    if _name(i) in _TWO_LOCALS:
        return [i.arg >> 4, i.arg & 15]
    return [i.arg] if i.op in opcode.haslocal else []


def _count(value: object, argument: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"compile: {argument} must be an int, not {type(value).__name__}")
    if value < least:
        raise ValueError(f"compile: {argument} must be {least} or more, not {value}")
    return value


def _used_locals(program: list[Instruction], total: int | None) -> int:
    """Locals as far as the instructions tell: on 3.12 and later they also use LOAD_FAST for cells."""
    used = 1 + max((slot for i in program for slot in _locals_of(i)), default=-1)
    return used if total is None else min(used, total)


def layout(
    program: list[Instruction],
    params: int,
    nlocals: int | None,
    total: int | None,
    frees: int,
    varnames: Sequence[str] | None,
    cellvars: Sequence[str] | None,
) -> Layout:
    """Names for all fast locals; invented ones where none are given."""
    _count(params, "param_count", 0)
    if nlocals is None:
        nlocals = len(varnames) if varnames is not None else max(params, _used_locals(program, total))
    _count(nlocals, "nlocals", params)
    variables = tuple(varnames) if varnames is not None else tuple(f"v{k}" for k in range(nlocals))
    if len(variables) != nlocals:
        raise ValueError(f"compile: varnames has {len(variables)} names for {nlocals} locals")
    cells = tuple(cellvars) if cellvars is not None else _invented_cells(program, variables, total, frees)
    own = len(cells) if _V310 else sum(cell not in variables for cell in cells)
    slots = nlocals + own + frees
    if total is not None and _count(total, "total_locals", 0) != slots:
        raise ValueError(
            f"compile: total_locals is {total}, but {nlocals} locals, {own} cells of their own and {frees} free "
            f"variables make {slots}"
        )
    return Layout(variables, cells, tuple(f"free{k}" for k in range(frees)), slots)


def _invented_cells(
    program: list[Instruction], variables: tuple[str, ...], total: int | None, frees: int
) -> tuple[str, ...]:
    if _V310:
        used = 1 + max((i.arg for i in program if i.op in opcode.hasfree), default=-1)
        own = used - frees if total is None else total - len(variables) - frees
        return tuple(f"cell{k}" for k in range(max(0, own)))
    made = sorted(i.arg for i in program if _name(i) == "MAKE_CELL")
    return tuple(variables[k] if k < len(variables) else f"cell{k - len(variables)}" for k in made)


def operands(program: list[Instruction], constants: tuple[Any, ...], names: tuple[str, ...], frame: Layout) -> None:
    """Every index must be inside its table."""
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"compile: names must hold str, not {type(name).__name__}")
    for i in program:
        if i.op in opcode.hasconst:
            _inside(i, i.arg, len(constants), "constant")
        elif i.op in opcode.hasname:
            _inside(i, _name_index(i), len(names), "name")
        elif i.op in opcode.hasfree:
            _inside(i, i.arg, len(frame.cellvars) + len(frame.freevars) if _V310 else frame.slots, "cell")
        for slot in _locals_of(i):
            _inside(i, slot, len(frame.varnames) if _V310 else frame.slots, "local")


def _name_index(i: Instruction) -> int:
    """Flags share the argument with the index."""
    name = _name(i)
    if name == "LOAD_GLOBAL" and not _V310:
        return i.arg >> 1
    if name == "LOAD_ATTR" and sys.version_info >= (3, 12):
        return i.arg >> 1
    return i.arg >> 2 if name == "LOAD_SUPER_ATTR" else i.arg


def _inside(i: Instruction, index: int, count: int, what: str) -> None:
    if index >= count:
        i.refuse(f"{what} {index} of {count} does not exist")


def _check_kind(program: list[Instruction], flags: int) -> None:
    starts = [i for i in program if _name(i) == _START]
    if flags & _SUSPENDS:
        if len(starts) != 1:
            raise ValueError(f"compile: a generator or coroutine has one {_START} instruction, this has {len(starts)}")
        return
    for i in program:
        if _name(i) in _ONLY_SUSPENDING:
            i.refuse("only generators and coroutines have it: use compile_generator() or compile_coroutine()")


def stack(program: list[Instruction], entries: list[Entry], flags: int) -> int:
    """The deepest value stack; ValueError where two ways give different depths or there is too little to take."""
    _check_kind(program, flags)
    at = {i.start: k for k, i in enumerate(program)}
    depth: dict[int, int] = {}
    pending: list[tuple[int, int]] = []

    def reach(k: int, new: int, source: Instruction) -> None:
        if new < 0:
            source.refuse("takes more from the value stack than there is")
        if k >= len(program):
            source.refuse("is the last instruction, but execution goes on behind it")
        if k not in depth:
            depth[k] = new
            pending.append((k, new))
        elif depth[k] != new:
            program[k].refuse(f"is reached with {depth[k]} and with {new} entries on the value stack")

    deepest = 1
    reach(0, int(_V310 and bool(flags & _SUSPENDS)), program[0])
    while pending:
        k, now = pending.pop()
        i = program[k]
        deepest = max(deepest, now)
        for entry in entries:
            if entry.start <= i.start < entry.end:
                if entry.target not in at:
                    i.refuse(f"its exception handler at offset {entry.target} is no instruction")
                deepest = max(deepest, entry.depth + entry.lasti + 1)
                reach(at[entry.target], entry.depth + entry.lasti + 1, i)
        if i.target >= 0:
            after = now + _effect(i, True)
            deepest = max(deepest, after)
            reach(at[i.target], after, i)
        if _name(i) not in _NO_NEXT:
            reach(k + 1, 1 if _name(i) == "RETURN_GENERATOR" else now + _effect(i, False), i)
        elif now + _effect(i, False) < 0 and i.target < 0:
            i.refuse("takes more from the value stack than there is")
    return deepest


def _effect(i: Instruction, jump: bool) -> int:
    try:
        return dis.stack_effect(i.op, i.arg if i.op >= opcode.HAVE_ARGUMENT else None, jump=jump)
    except ValueError:
        i.refuse("has no such argument")
