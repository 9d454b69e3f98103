// Which functions get native code when: at once, at their first call, or after a number of calls.
#pragma once
#include "compiler/compile.h"

namespace jj::compiler {

// Gives `func` its code's native code. False when there is none.
bool install_native(PyFunctionObject* func);
// Compiles at the first call; `fallback_hook` is told when that is not possible.
void install_lazy(PyFunctionObject* func);
void withdraw(PyFunctionObject* func);  // func is the interpreter's again

using FallbackHook = void (*)(PyFunctionObject* func, const CodeData* cd);
void set_fallback_hook(FallbackHook hook);

// From now on every Python function gets native code at its threshold-th call (0: the first). False with a Python
// exception set.
bool enable(uint64_t threshold);
void disable();
bool enabled();

}  // namespace jj::compiler

// Native code made a function object.
extern "C" void jj_function_created(PyObject* func);
