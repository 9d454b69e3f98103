"""Which instructions of the case files some case executes, when everything is interpreted; also a command:

python -m tests.semantics.executed [file ...]     lists the instructions that no case executes
"""

from __future__ import annotations

import contextlib
import dis
import io
import pathlib
import sys
import types
from typing import Any, Callable, Iterator

from .event_loop import own_loops
from .faults import MODES, Variant, fault_variants
from .harness import MODULE_BODY, Module, code_tree

SUSPENDS = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR
CASES = pathlib.Path(__file__).parent / "cases"


def nested_code(code: types.CodeType) -> list[types.CodeType]:
    """`code` and every code object nested in its constants."""
    return list(code_tree(code))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What is raised and printed inside is of no interest."""
    sys.unraisablehook = lambda args: None
    with own_loops(), contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(BaseException):
        yield
    sys.unraisablehook = sys.__unraisablehook__


class Tracer:
    """Reports every instruction that some code objects execute: note(frame, offset); with `once` not all repetitions."""

    def __init__(
        self, codes: list[types.CodeType], note: Callable[[types.FrameType, int], None], once: bool = False
    ) -> None:
        self.once = once
        self.codes = {code: prefixes(code) for code in codes}
        self.listener = note
        self.last: tuple[int, int] | None = None  # frame and opcode offset, after a prefix

    def note(self, frame: types.FrameType, offset: int) -> None:
        """Some versions report a prefix and its opcode, some only the prefix: the listener sees each opcode once."""
        table = self.codes[frame.f_code]
        if (id(frame), offset) == self.last:
            self.last = None
            return
        if offset in table:
            offset = table[offset]
            if (id(frame), offset) == self.last:
                return
            self.last = (id(frame), offset)
        else:
            self.last = None
        self.listener(frame, offset)

    def run(self, call: Callable[[], Any]) -> None:
        """Calls `call`; what it raises and prints is of no interest here."""
        with quiet():
            if sys.version_info >= (3, 12):
                self._run_monitored(call)
            else:
                self._run_traced(call)

    def _run_traced(self, call: Callable[[], Any]) -> None:
        sys.settrace(self._event)
        try:
            call()
        finally:
            sys.settrace(None)

    def _event(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        if frame.f_code not in self.codes:
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        if event == "opcode":
            self.note(frame, frame.f_lasti)
        return self._event

    def _run_monitored(self, call: Callable[[], Any]) -> None:
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        tool, instruction = 4, monitoring.events.INSTRUCTION
        monitoring.use_tool_id(tool, "instructions of the cases")
        try:
            seen_enough = monitoring.DISABLE if self.once else None

            def event(code: types.CodeType, offset: int) -> Any:
                self.note(sys._getframe(1), offset)
                return seen_enough

            monitoring.register_callback(tool, instruction, event)
            for code in self.codes:
                monitoring.set_local_events(tool, code, instruction)
            call()
        finally:
            for code in self.codes:
                monitoring.set_local_events(tool, code, 0)
            monitoring.restart_events()
            monitoring.register_callback(tool, instruction, None)
            monitoring.free_tool_id(tool)


def reachable_offsets(code: types.CodeType) -> set[int]:
    """Offsets that an opcode event can name: no caches, no prefixes, and no code that nothing leads to."""
    instructions = {i.offset: i for i in dis.get_instructions(code)}
    order = sorted(instructions)
    following = dict(zip(order, order[1:]))
    handlers = []
    if sys.version_info >= (3, 11):
        handlers = [(e.start, e.end, e.target) for e in dis._parse_exception_table(code)]  # type: ignore[attr-defined]
    seen: set[int] = set()
    todo = [0]
    while todo:
        offset = todo.pop()
        if offset in seen or offset not in instructions:
            continue
        seen.add(offset)
        instruction = instructions[offset]
        name = instruction.opname
        todo += [target for start, end, target in handlers if start <= offset < end]
        if instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs:
            target = instruction.argval
            if name == "FOR_ITER":  # when done it steps over what pops the iterator (3.12 and later)
                while instructions[target].opname == "END_FOR":
                    target = following[target]
                    target += 2 if sys.version_info >= (3, 13) else 0
            todo.append(target)
        if name.startswith(
            (
                "RETURN_VALUE",
                "RETURN_CONST",
                "RAISE_VARARGS",
                "RERAISE",
                "JUMP_ABSOLUTE",
                "JUMP_FORWARD",
                "JUMP_BACKWARD",
            )
        ):
            continue
        if offset in following:
            todo.append(following[offset])
    return {o for o in seen if instructions[o].opname not in ("CACHE", "EXTENDED_ARG")}


def prefixes(code: types.CodeType) -> dict[int, int]:
    """Offset of an EXTENDED_ARG -> offset of the opcode that it belongs to."""
    table = {}
    for i in reversed(list(dis.get_instructions(code))):
        if i.opname == "EXTENDED_ARG":
            table[i.offset] = table.get(i.offset + 2, i.offset + 2)
    return table


def all_variants(module: Module, modes: tuple[str, ...] = MODES) -> list[Variant]:
    """Every case of a hooked, interpreted module without and with faults."""
    assert module.hooks is not None
    variants = []
    for case in [*module.cases(), MODULE_BODY]:
        variants.append(Variant(case))
        with quiet():
            variants += fault_variants(case, module.hooks, lambda: module.call(Variant(case)), modes)
    return variants


def unexecuted(path: pathlib.Path) -> list[str]:
    """Texts "function:line offset OPCODE", one for each instruction that no variant of a case executes.

    Code that suspends is left out: some of its instructions are there only for exceptions thrown into it.
    """
    module = Module(str(path), path.read_text(), jitted=False, hooked=True)
    codes = [code for code in nested_code(module.code) if not code.co_flags & SUSPENDS]
    executed: dict[types.CodeType, set[int]] = {code: set() for code in codes}
    tracer = Tracer(codes, lambda frame, offset: executed[frame.f_code].add(offset))
    for variant in all_variants(module):
        tracer.run(lambda: module.call(variant))
    missing = []
    for code in codes:
        seen = executed[code]
        names = {i.offset: i.opname for i in dis.get_instructions(code)}
        starts = dict(dis.findlinestarts(code))
        line, reachable = 0, reachable_offsets(code)
        for offset in sorted(names):
            line = starts.get(offset) or line
            # What comes before the first event (cells, RESUME) runs silently.
            if offset in reachable and offset not in seen and offset > min(seen, default=-1):
                missing.append(f"{code.co_name}:{line} {offset} {names[offset]}")
    return missing


def case_files(folder: pathlib.Path = CASES) -> list[pathlib.Path]:
    """Case files whose name does not ask for a newer Python (a trailing 311, 312 ...)."""
    mine = sys.version_info[0] * 100 + sys.version_info[1]
    files = []
    for path in sorted(folder.glob("*.py")):
        digits = path.stem[-3:]
        if not (digits.isdigit() and int(digits) > mine):
            files.append(path)
    return files


if __name__ == "__main__":
    for case_file in [pathlib.Path(a).resolve() for a in sys.argv[1:]] or case_files():
        print(f"== {case_file.name}")
        print("\n".join(unexecuted(case_file)))
