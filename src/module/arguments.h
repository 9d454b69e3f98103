// What Python functions pass to the extension module, checked.
#pragma once
#include "runtime/abi.h"  // first: Python.h has to be read as CPython's own modules read it

#include <nanobind/nanobind.h>

namespace jj::module {

namespace nb = nanobind;

// The function in `object`; a bound method gives its function. Throws TypeError for anything else.
PyFunctionObject* function_of(nb::handle object);
inline PyCodeObject* code_of(PyFunctionObject* func) { return reinterpret_cast<PyCodeObject*>(func->func_code); }
// Throws the pending Python exception, or MemoryError when there is none.
[[noreturn]] void throw_pending();

nb::dict function_stats(nb::handle func);
nb::dict process_stats();
nb::list type_profile(nb::handle func);    // per sampled place: the types that each fast local held
nb::list native_codes(nb::handle func);    // (kind, calls, back-edges) of each, without waiting for the compile thread
nb::list site_profile(nb::handle func);    // per recorded instruction: the types of its results
nb::list exit_sites(nb::handle func);      // where stressed optimised code can leave, was asked to, and left
const char* exit_reason_name(int reason);  // ExitReason, those of guards included
nb::object boundary_coverage(nb::handle func);  // None unless compiled with boundary switches

}  // namespace jj::module
