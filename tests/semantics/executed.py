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

CASES = pathlib.Path(__file__).parent / "cases"
SUSPENDS = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR

# Per code object, the offsets of one call in the order of execution.
Offsets = dict[types.CodeType, "list[int]"]


def nested_code(code: types.CodeType) -> Iterator[types.CodeType]:
    """`code` and every code object nested in its constants, but for generators and coroutines themselves."""
    if not code.co_flags & SUSPENDS:
        yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from nested_code(const)


class Tracer:
    """Reports every instruction that some code objects execute: note(frame, offset)."""

    def __init__(self, codes: list[types.CodeType], note: Callable[[types.FrameType, int], None]) -> None:
        self.codes, self.note = set(codes), note

    def run(self, call: Callable[[], Any]) -> None:
        """Calls `call`; what it raises and prints is of no interest here."""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(BaseException):
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
            monitoring.register_callback(tool, instruction, lambda code, offset: self.note(sys._getframe(1), offset))
            for code in self.codes:
                monitoring.set_local_events(tool, code, instruction)
            call()
        finally:
            for code in self.codes:
                monitoring.set_local_events(tool, code, 0)
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
            todo.append(instruction.argval)
        if name.startswith(("RETURN_", "RAISE_VARARGS", "RERAISE", "JUMP_ABSOLUTE", "JUMP_FORWARD", "JUMP_BACKWARD")):
            continue
        if offset in following:
            todo.append(following[offset])
    return {o for o in seen if instructions[o].opname not in ("CACHE", "EXTENDED_ARG")}


def case_namespace(path: str, source: str) -> tuple[types.CodeType, dict[str, Any]]:
    code = compile(source, path, "exec")
    return code, {"__name__": "case_module", "__builtins__": __builtins__, "LOG": []}


def unexecuted(path: pathlib.Path) -> list[str]:
    """Texts "function:line offset OPCODE", one for each instruction that no case executes."""
    code, namespace = case_namespace(str(path), path.read_text())
    executed: dict[types.CodeType, set[int]] = {}
    tracer = Tracer(list(nested_code(code)), lambda frame, offset: executed.setdefault(frame.f_code, set()).add(offset))
    tracer.run(lambda: exec(code, namespace))
    for name in [n for n, v in namespace.items() if n.startswith("case_")]:
        namespace["LOG"].clear()
        tracer.run(namespace[name])
    missing = []
    for item in nested_code(code):
        seen = executed.get(item, set())
        lines = {}
        for instruction in dis.get_instructions(item):
            if instruction.starts_line:
                line = item.co_firstlineno if instruction.starts_line is True else instruction.starts_line
                line = getattr(instruction, "line_number", None) or line
            lines[instruction.offset] = (line if instruction.offset or instruction.starts_line else 0, instruction.opname)
        first = min(seen, default=0)  # what comes before the first event (cells, RESUME) runs silently
        for offset in sorted(reachable_offsets(item)):
            if offset not in seen and (offset > first or not seen):
                missing.append(f"{item.co_name}:{lines[offset][0]} {offset} {lines[offset][1]}")
    return missing


def case_files() -> list[pathlib.Path]:
    """Case files whose name does not ask for a newer Python (a trailing 311, 312 ...)."""
    mine = sys.version_info[0] * 100 + sys.version_info[1]
    files = []
    for path in sorted(CASES.glob("*.py")):
        digits = path.stem[-3:]
        if not (digits.isdigit() and int(digits) > mine):
            files.append(path)
    return files


if __name__ == "__main__":
    for case_file in [pathlib.Path(a).resolve() for a in sys.argv[1:]] or case_files():
        print(f"== {case_file.name}")
        print("\n".join(unexecuted(case_file)))
