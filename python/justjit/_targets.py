"""Finds the functions inside what a user passes to jit(), checks the options, and talks to the extension module."""

from __future__ import annotations

import types

import justjit

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of justjit
    from typing import Any

_MODES = ("auto", "object", "int", "float")
_OVERFLOWS = ("raise", "wrap")


def check_options(
    opt_level: object,
    vectorize: object,
    inline: object,
    parallel: object,
    lazy: object,
    mode: object,
    overflow: object,
) -> dict[str, Any]:
    """Raises a TypeError or ValueError that names the argument and what is allowed; else the options as a dict."""
    if isinstance(opt_level, bool) or not isinstance(opt_level, int):
        raise TypeError(f"jit(): opt_level must be an int from 0 to 3, not {type(opt_level).__name__}")
    if not 0 <= opt_level <= 3:
        raise ValueError(f"jit(): opt_level must be an int from 0 to 3, not {opt_level}")
    switches = {"vectorize": vectorize, "inline": inline, "parallel": parallel, "lazy": lazy}
    for name, value in switches.items():
        if not isinstance(value, bool):
            raise TypeError(f"jit(): {name} must be True or False, not {type(value).__name__}")
    _check_word("mode", mode, _MODES)
    _check_word("overflow", overflow, _OVERFLOWS)
    if overflow == "wrap" and mode != "int":
        raise ValueError(f"jit(): overflow='wrap' needs mode='int', not {mode!r}")
    return {"opt_level": opt_level, "mode": mode, "overflow": overflow, **switches}


def _check_word(name: str, value: object, allowed: tuple[str, ...]) -> None:
    words = ", ".join(map(repr, allowed[:-1])) + f" or {allowed[-1]!r}"
    if not isinstance(value, str):
        raise TypeError(f"jit(): {name} must be {words}, not {type(value).__name__}")
    if value not in allowed:
        raise ValueError(f"jit(): {name} must be {words}, not {value!r}")


def functions_of(target: Any, caller: str) -> list[types.FunctionType]:
    """The Python functions in `target`: itself, or what a method, descriptor or wrapper object holds."""
    if isinstance(target, types.FunctionType):
        return [target]
    inner: list[Any] = []
    if isinstance(target, (staticmethod, classmethod, types.MethodType)):
        inner = [target.__func__]
    elif isinstance(target, property):
        inner = [f for f in (target.fget, target.fset, target.fdel) if f is not None]
    elif isinstance(target, type):
        raise TypeError(
            f"{caller}() takes a function, not the class {target.__qualname__!r}: decorate its methods, "
            "or call justjit.enable() to compile whatever runs"
        )
    elif getattr(type(target), "__module__", None) == "functools":
        # lru_cache wrappers, cached_property, partial, partialmethod, singledispatchmethod
        held = getattr(target, "__wrapped__", None) or getattr(target, "func", None)
        inner = [held] if held is not None else []
    if not inner:
        raise TypeError(_refusal(target, caller))
    return [function for part in inner for function in functions_of(part, caller)]


def _refusal(target: Any, caller: str) -> str:
    kind = type(target).__name__
    if isinstance(target, (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)):
        return f"{caller}() takes a Python function; {target.__qualname__!r} is native code already ({kind})"
    text = f"{caller}() takes a Python function, not {kind}"
    if isinstance(vars(type(target)).get("__call__"), types.FunctionType):
        text += f": decorate {type(target).__qualname__}.__call__ instead"
    return text


def jit(target: Any, options: dict[str, Any]) -> Any:
    """jit() after its options were checked."""
    functions = functions_of(target, "jit")
    native = justjit._native
    if native is not None:
        for function in functions:
            own = {**options, "mode": _possible_mode(function, options["mode"])}
            if not native.compile(function, **own) and not options["lazy"]:
                _warn(function)
    return target


def _possible_mode(function: types.FunctionType, mode: str) -> str:
    """`mode`, or with a warning 'auto' when the function does what the mode's assertions can never allow."""
    objection = justjit._native.objection(function, mode) if mode in ("int", "float") else None
    if objection is None:
        return mode
    reason, line = objection
    _warn_at(
        function,
        line,
        f"{function.__qualname__}() cannot have mode={mode!r}: {reason}. It gets mode='auto'; "
        "to silence this, change that line or drop the mode.",
    )
    return "auto"


def compile_now(target: Any) -> bool:
    functions = functions_of(target, "compile")
    native = justjit._native
    if native is None:
        return False
    return all([native.compile(function, wait=True) for function in functions])


def _warn(function: types.FunctionType) -> None:
    """One warning with file, line, construct and remedy."""
    code = function.__code__
    record = justjit._native.stats(function)
    reason = record.get("fallback_reason") or "no native code could be made"
    if reason.startswith("slower than the interpreter"):  # it was compiled, and tried
        return
    line = record.get("fallback_line") or code.co_firstlineno
    text = f"{function.__qualname__}() stays in the interpreter: {reason}. It works as before; to silence this, drop "
    _warn_at(function, line, text + "@jit from it or filter justjit.JustJITWarning.")


def _warn_at(function: types.FunctionType, line: int, text: str) -> None:
    import warnings

    warnings.warn_explicit(
        text,
        justjit.JustJITWarning,
        function.__code__.co_filename,
        line,
        module=function.__module__ or "<unknown>",  # warnings drops what has no module
    )


def stats(target: Any) -> dict[str, Any]:
    native = justjit._native
    if target is None:
        return native.stats(None) if native is not None else _nothing()
    functions = functions_of(target, "stats")
    if len(functions) != 1:
        raise TypeError("stats() takes one function; ask for a property's fget, fset or fdel")
    return native.stats(functions[0]) if native is not None else _nothing()


def _nothing() -> dict[str, Any]:
    """The record of a function, and of the process, while the JIT is off."""
    return {
        "compiled": False,
        "tier": "interpreter",
        "native_calls": 0,
        "deopts": 0,
        "exits": [],
        "compile_ms": 0.0,
        "code_bytes": 0,
        "fallback_reason": f"the JIT is off: {justjit._off_reason}",
    }


def dump_ir(target: Any) -> None:
    native = justjit._native
    for function in functions_of(target, "dump_ir"):
        if native is None:
            print(f"; {function.__qualname__}: no native code, the JIT is off: {justjit._off_reason}")
        else:
            print(native.dump(function, "llvm"))
