// Calls of functions with native code while somebody traces or monitors.
#pragma once
#include "runtime/abi.h"

namespace jj::vm {

extern uint64_t traced_calls;  // of the fallback calls

// Makes the function enter natively again, if it still has native code and the interpreter's own entry.
void install_again(PyFunctionObject* func);

// The interpreter runs the call. Functions that such a call calls, on the same thread, are ordinary ones until the outermost
// one returns: the interpreter calls those without a C call, and asks nobody.
PyObject* call_while_traced(PyThreadState* ts, PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames);

}  // namespace jj::vm
