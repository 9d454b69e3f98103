"""JIT(): compiles functions that are given as instructions, as dis shows them, instead of as Python source."""

from __future__ import annotations

import types

import justjit

from . import _assemble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

# co_flags (inspect.CO_*, not imported: inspect takes longer to load than all of justjit)
_FUNCTION = 0x01 | 0x02  # OPTIMIZED, NEWLOCALS
_NESTED = 0x10
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


class JIT:
    """Makes native functions from instructions of the running Python version.

    Every ``compile_*`` method takes the same arguments, checks them, builds a function and compiles it on the path that
    ``@jit`` takes too. It returns True when native code exists; `reason` says why not. Afterwards `get_callable` gives
    the function out.
    """

    def __init__(self) -> None:
        self._opt_level = 3
        self._functions: dict[str, tuple[types.FunctionType, int]] = {}
        self.reason: str | None = None

    def set_opt_level(self, level: int, /) -> None:
        """Sets the optimisation level, 0 to 3, of what is compiled from now on."""
        if isinstance(level, bool) or not isinstance(level, int):
            raise TypeError(f"set_opt_level(): level must be an int from 0 to 3, not {type(level).__name__}")
        if not 0 <= level <= 3:
            raise ValueError(f"set_opt_level(): level must be an int from 0 to 3, not {level}")
        self._opt_level = level

    def compile_function(
        self,
        instructions: Iterable[Any],
        constants: Sequence[Any],
        names: Sequence[str],
        globals_dict: dict[str, Any],
        builtins_dict: dict[str, Any] | None = None,
        closure_cells: Sequence[types.CellType] | None = None,
        exception_table: Any = None,
        name: str = "<function>",
        *,
        param_count: int = 0,
        total_locals: int | None = None,
        nlocals: int | None = None,
        varnames: Sequence[str] | None = None,
        cellvars: Sequence[str] | None = None,
        filename: str = "<instructions>",
        first_line: int = 1,
    ) -> bool:
        """Compiles a plain function.

        instructions     dis.Instruction objects, or mappings with 'opcode' (or 'opname') and 'arg', and, if known,
                         'offset' and 'starts_line'; CACHE entries may be left out
        constants        what LOAD_CONST loads, by index
        names            global and attribute names, by index
        globals_dict     the function's globals (kept, not copied)
        builtins_dict    its builtins; None: those of globals_dict
        closure_cells    one cell per free variable
        exception_table  3.11 and later: bytes as in co_exceptiontable, or entries with start, end, target, depth and
                         lasti (attributes, keys or a tuple, offsets in bytes); 3.10: nothing
        param_count      positional parameters: the first locals
        nlocals          local variables, parameters included; None: as many as the instructions use
        total_locals     local variables, cells of their own and free variables; None: nlocals and the closure
        varnames         names of the locals (also the keywords by which parameters can be passed)
        cellvars         names of the cells; one that is also a local's name makes that local a cell
        filename, first_line   what tracebacks show where the instructions say nothing

        Raises TypeError or ValueError, naming the instruction or the argument, for what no compiler of this Python
        version emits.
        """
        return self._compile(0, locals())

    def compile_generator(self, *args: Any, **kwargs: Any) -> bool:
        """Compiles a generator function; arguments as for compile_function()."""
        return self._bind(_GENERATOR, args, kwargs)

    def compile_coroutine(self, *args: Any, **kwargs: Any) -> bool:
        """Compiles a coroutine function (async def); arguments as for compile_function()."""
        return self._bind(_COROUTINE, args, kwargs)

    def compile_async_generator(self, *args: Any, **kwargs: Any) -> bool:
        """Compiles an asynchronous generator function; arguments as for compile_function()."""
        return self._bind(_ASYNC_GENERATOR, args, kwargs)

    def get_callable(self, name: str, /, param_count: int | None = None) -> Callable[..., Any]:
        """The function compiled under `name`; KeyError if there is none, ValueError for another number of parameters."""
        if name not in self._functions:
            known = ", ".join(sorted(map(repr, self._functions))) or "none"
            raise KeyError(f"get_callable(): nothing was compiled as {name!r} (compiled: {known})")
        function, parameters = self._functions[name]
        if param_count is not None and param_count != parameters:
            raise ValueError(f"get_callable(): {name!r} has {parameters} parameters, not {param_count}")
        return function

    def _bind(self, kind: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """compile_function() knows the arguments; here it only collects them."""
        collected: dict[str, Any] = {}

        class Collector(JIT):
            def _compile(self, kind: int, given: dict[str, Any]) -> bool:
                collected.update(given)
                return True

        Collector().compile_function(*args, **kwargs)
        return self._compile(kind, collected)

    def _compile(self, kind: int, given: dict[str, Any]) -> bool:
        spec = {key: value for key, value in given.items() if key != "self"}
        name = spec["name"]
        if not isinstance(name, str):
            raise TypeError(f"compile: name must be a str, not {type(name).__name__}")
        cells = _checked_cells(spec.pop("closure_cells"))
        scope = _checked_dict(spec.pop("globals_dict"), "globals_dict")
        builtins = spec.pop("builtins_dict")
        flags = _FUNCTION | kind | (_NESTED if cells else 0)
        code = _assemble.assemble(flags=flags, free_count=len(cells), **spec)
        function = _make_function(code, scope, builtins, cells)
        self._functions.pop(name, None)
        self.reason = None
        native = justjit._native
        if native is None:
            self.reason = f"the JIT is off: {justjit._off_reason}"
            return False
        if not native.compile(function, wait=True, opt_level=self._opt_level):
            self.reason = native.stats(function).get("fallback_reason") or "no native code could be made"
            return False
        self._functions[name] = (function, spec["param_count"])
        return True


def _checked_cells(cells: Any) -> tuple[types.CellType, ...]:
    checked: list[types.CellType] = []
    for k, cell in enumerate(cells or ()):
        if not isinstance(cell, types.CellType):
            raise TypeError(f"compile: closure_cells[{k}] must be a cell, not {type(cell).__name__}")
        checked.append(cell)
    return tuple(checked)


def _checked_dict(value: Any, argument: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"compile: {argument} must be a dict, not {type(value).__name__}")
    return value


def _make_function(
    code: types.CodeType, scope: dict[str, Any], builtins: Mapping[str, Any] | None, cells: tuple[types.CellType, ...]
) -> types.FunctionType:
    """A function takes its builtins from its globals when it is made; those of the user are left as they were."""
    if builtins is None:
        return types.FunctionType(code, scope, code.co_name, None, cells)
    _checked_dict(builtins, "builtins_dict")
    missing = object()
    before = scope.get("__builtins__", missing)
    scope["__builtins__"] = builtins
    try:
        return types.FunctionType(code, scope, code.co_name, None, cells)
    finally:
        if before is missing:
            del scope["__builtins__"]
        else:
            scope["__builtins__"] = before
