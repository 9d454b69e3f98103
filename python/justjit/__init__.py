"""JustJIT: runs plain Python functions as native code on stock CPython 3.10 to 3.13.

This file is the public interface. It loads the thin extension module and nothing else, because every program that uses
justjit pays for the import; what is rarely needed is imported where it is needed.
"""

from __future__ import annotations

import os as _os
import sys as _sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar, overload

    from ._direct import JIT as JIT

    _F = TypeVar("_F")

__version__ = "0.1.0"
__all__ = [
    "JIT",
    "JustJITWarning",
    "compile",
    "disable",
    "dump_ir",
    "enable",
    "is_compiled",
    "jit",
    "stats",
]


class JustJITWarning(RuntimeWarning):
    """Something that was asked to run natively stays in the interpreter; the function still works."""


def _open_core() -> tuple[Any, str | None]:
    """Returns the extension module, or None and why there is none."""
    if _os.environ.get("JUSTJIT_DISABLE", "0") not in ("", "0"):
        return None, "JUSTJIT_DISABLE is set"
    version = "%d.%d.%d" % _sys.version_info[:3]
    advice = " Install a build of justjit made for this Python."
    try:
        from . import _core
    except ImportError as error:
        why = f"the extension module does not load on CPython {version}: {error}"
        if "in subinterpreters" in str(error):
            why, advice = "it works in the main interpreter only, and this is a subinterpreter", ""
            if "JUSTJIT_ENABLE" in _os.environ:  # for the whole process; nobody has asked for it here
                return None, why
    else:
        mismatch = _core.probe()
        if mismatch is None:
            return _core, None
        why = f"the layout probe failed on CPython {version}: {mismatch}"
    import warnings

    warnings.warn(
        f"justjit: {why}. The JIT stays off; functions run in the interpreter.{advice}",
        JustJITWarning,
        stacklevel=3,
    )
    return None, why


_native, _off_reason = _open_core()

if TYPE_CHECKING:

    @overload
    def jit(
        func: None = None,
        /,
        *,
        opt_level: int = 3,
        vectorize: bool = True,
        inline: bool = True,
        parallel: bool = False,
        lazy: bool = False,
        mode: str = "auto",
        overflow: str = "raise",
    ) -> Callable[[_F], _F]: ...
    @overload
    def jit(
        func: _F,
        /,
        *,
        opt_level: int = 3,
        vectorize: bool = True,
        inline: bool = True,
        parallel: bool = False,
        lazy: bool = False,
        mode: str = "auto",
        overflow: str = "raise",
    ) -> _F: ...


def jit(
    func: Any = None,
    /,
    *,
    opt_level: int = 3,
    vectorize: bool = True,
    inline: bool = True,
    parallel: bool = False,
    lazy: bool = False,
    mode: str = "auto",
    overflow: str = "raise",
) -> Any:
    """Runs a function natively and returns it: the same object, under ``@jit`` and under ``@jit(...)``.

    func        a Python function, or a staticmethod, classmethod, property or method around one
    lazy        compile at the first call instead of now; either way that call waits for its native code
    opt_level   0 to 3 (3)              0: code is made as fast as possible; 1: with LLVM's register allocator; 2: hot
                                        functions go on to the optimising tier; 3: which may copy loop bodies, too
    vectorize   True or False (True)    whether optimised loops may become vector code
    inline      True or False (True)    whether optimised code may do without frames for callees that only compute
    parallel    True or False (False)   recorded; no effect yet
    mode        'auto' (default); 'object': nothing is assumed about numbers, functions stay in the baseline tier;
                'int': you assert that arguments, named locals and the result are ints of 64 bits (or bools), 'float':
                that the result is a float, and arguments and locals are floats or such ints. What is not raises a
                TypeError, an int that does not fit an OverflowError, where it is passed, assigned or returned. A
                function in which that cannot hold gets 'auto' and a JustJITWarning. Calls that the
                interpreter runs (under a debugger or tracer, or for want of C stack) assert nothing.
    overflow    'raise' (default) or 'wrap'   with mode='int': arithmetic keeps the lowest 64 bits, as C's does

    Of generators, coroutines and asynchronous generators every resumption runs natively. What cannot be compiled stays
    in the interpreter, with one JustJITWarning.
    """
    from . import _targets

    options = _targets.check_options(opt_level, vectorize, inline, parallel, lazy, mode, overflow)
    if func is None:

        def decorate(func: Any) -> Any:
            return _targets.jit(func, options)

        return decorate
    return _targets.jit(func, options)


def compile(func: Any, /) -> bool:
    """Compiles `func` now, without calling it; False if it stays in the interpreter (why: ``stats(func)``)."""
    from . import _targets

    return _targets.compile_now(func)


def is_compiled(func: Any, /) -> bool:
    """Whether `func` has native code; waits for a compile that is under way."""
    from . import _targets

    functions = _targets.functions_of(func, "is_compiled")
    return _native is not None and all(_native.is_compiled(f) for f in functions)


def stats(func: Any = None, /) -> Mapping[str, Any]:
    """What happened to one function, or (without an argument) the totals of the process."""
    from . import _targets

    return _targets.stats(func)


def dump_ir(func: _F, /) -> _F:
    """Prints the LLVM IR of a function and returns the function; also a decorator."""
    from . import _targets

    _targets.dump_ir(func)
    return func


def enable(threshold: int = 100) -> None:
    """Compiles every Python function that this process calls `threshold` times from now on (0: at its first call).

    On 3.11, where nothing announces new functions, calls are sampled; 0 is exact everywhere.
    """
    if isinstance(threshold, bool) or not isinstance(threshold, int):
        raise TypeError(f"enable(): threshold must be an int of 0 or more, not {type(threshold).__name__}")
    if threshold < 0:
        raise ValueError(f"enable(): threshold must be 0 or more, not {threshold}")
    if _native is not None:
        _native.enable(threshold)


def disable() -> None:
    """Stops what enable() started. Native code that exists stays in use."""
    if _native is not None:
        _native.disable()


def __getattr__(name: str) -> Any:
    """JIT, which few programs use, is imported when it is asked for."""
    if name == "JIT":
        from ._direct import JIT

        globals()["JIT"] = JIT
        return JIT
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
