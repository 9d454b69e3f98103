// How native code calls: shared by the positional helpers (calls.cpp) and the keyword and starred ones (calls_kw.cpp).
#pragma once
#include "runtime/abi.h"
#include "vm/code_slot.h"
#include "vm/entry.h"
#include "vm/frame_inl.h"
#include "vm/poll_inl.h"

// Native code is about to call an interpreted function (compiler/tiering.cpp): one that stays hot becomes native, too.
extern "C" void jj_interpreted_callee(PyObject* func);

namespace jj::calls {

// 3.10 keeps a call's operands on the caller's stack until the call is over; later versions move them to the callee.
constexpr bool kMovesArguments = PY_MINOR_VERSION >= 11;

// One call: `callable` and the arguments are owned by it, and argv[-1] may be overwritten.
struct Call {
  PyObject* callable;
  PyObject** argv;
  Py_ssize_t nargs;
};

inline vectorcallfunc vectorcall_of(PyObject* callable) {
  PyTypeObject* type = Py_TYPE(callable);
  if (!PyType_HasFeature(type, Py_TPFLAGS_HAVE_VECTORCALL)) return nullptr;
  return *reinterpret_cast<vectorcallfunc*>(reinterpret_cast<char*>(callable) + type->tp_vectorcall_offset);
}

// Whether native code calls `callable` natively: calls of it come to jj_vectorcall, or would if there were no others.
inline bool is_native(PyObject* callable) {
  PyTypeObject* type = Py_TYPE(callable);
  if (type != &PyFunction_Type && type != &vm::JitFunction_Type) return false;
  auto* func = reinterpret_cast<PyFunctionObject*>(callable);
  if (func->vectorcall == jj_vectorcall) [[likely]]
    return true;
  const CodeData* cd = func->vectorcall == vm::original_vectorcall ? vm::code_data(func) : nullptr;
  return cd && cd->only_from_native;
}

// Drops what a finished call owns, in the interpreter's order.
inline void release(const Call& c) {
  if constexpr (kMovesArguments) {
    Py_DECREF(c.callable);
    for (Py_ssize_t i = 0; i < c.nargs; ++i) Py_DECREF(c.argv[i]);
  } else {
    for (Py_ssize_t i = c.nargs; i-- > 0;) Py_DECREF(c.argv[i]);
    Py_DECREF(c.callable);
  }
}

// The three ways in which a call's operands lie on the stack.
inline Call plain_call(PyObject** base, Py_ssize_t nargs) { return {base[0], base + 1, nargs}; }
inline Call null_first_call(PyObject** base, Py_ssize_t nargs) {
  return base[0] ? Call{base[0], base + 1, nargs + 1} : Call{base[1], base + 2, nargs};
}
inline Call self_second_call(PyObject** base, Py_ssize_t nargs) {
  return base[1] ? Call{base[0], base + 1, nargs + 1} : Call{base[0], base + 2, nargs};
}

// A bound method becomes its function with self as first argument (3.11+, where the interpreter does so, too).
inline void unpack_method(Call& c) {
  PyObject* method = c.callable;
  PyObject *func = PyMethod_GET_FUNCTION(method), *self = PyMethod_GET_SELF(method);
  Py_INCREF(func);
  Py_INCREF(self);
  *--c.argv = self;
  ++c.nargs;
  c.callable = func;
  Py_DECREF(method);
}

inline bool is_python_function(vectorcallfunc entry) {
  return entry == jj_vectorcall || entry == vm::original_vectorcall;
}

// Runs a call that the current frame's call instruction makes, where the interpreter would run a Python function inline:
// the frame stands at the instruction's last cache meanwhile, and stays there unless the function was never begun.
template <class Run>
inline PyObject* run_inline(PyThreadState* ts, PyObject* callable, Run run) {
  if (kCalleeRunsAt == 0 || !is_python_function(vectorcall_of(callable))) return run();
  Frame* fr = current_frame(ts);
  int at = get_ip(fr);
  set_ip(fr, at + kCalleeRunsAt);
  PyObject* result = run();
  if (!result && !exception_has_traceback(ts) && !PyErr_ExceptionMatches(PyExc_RecursionError)) set_ip(fr, at);
  return result;
}

// Calls of it are what `type` makes of them: also of a class whose metaclass says nothing about calls.
inline bool is_class(PyObject* callable) {
  return Py_TYPE(callable)->tp_call == PyType_Type.tp_call && PyType_Check(callable);
}

// What a call of a function gives that the interpreter's entry makes but that has suspending native code; null without an
// exception: it has to be called.
PyObject* generator_of_call(PyThreadState* ts, PyObject* callable, const vm::Arguments& given);

// Any callable with a vectorcall or without: `nargs` positional arguments, then the values of `names` (may be null).
PyObject* call_any(PyThreadState* ts, PyObject* callable, PyObject* const* argv, size_t nargs, PyObject* names);

// The same for a function that is only lent, with positional arguments that the call consumes; argv[-1] may be
// overwritten.
PyObject* call_function(PyThreadState* ts, PyObject* callable, PyObject** argv, Py_ssize_t nargs);

// Positional arguments, for what the interpreter calls by way of C: that counts as nesting.
PyObject* call_as_c(PyThreadState* ts, PyObject* callable, PyObject* const* argv, size_t nargsf);

// The native __init__ of a class whose instances object.__new__ makes, or null; remembered in the call site's cache.
PyFunctionObject* native_init(PyTypeObject* type, Cache* cache);
// What a call of a class answers, given a new instance and what its __init__ has answered; both are consumed.
PyObject* checked_instance(PyObject* self, PyObject* result);

// If this is a class: calls of it other than native positional ones need not go the long way through `type` if its
// __init__ is native, or soon will be.
void serve_class(PyObject* callable);

// Whether to hand the caller to the interpreter now that a call of its is over.
inline bool traced_since(PyThreadState* ts, Frame* fr) {
  return vm::is_traced(ts, PY_MINOR_VERSION < 12 ? nullptr : vm::code_data(frame_code(fr)));
}

// Leaves behind the call whose operands began at `base`; jj_unwind does it.
[[gnu::cold]] PyObject* leave_behind(PyObject** base, PyObject* result);

// Serves signals, other threads and tracers as the interpreter does behind every call.
[[gnu::noinline, gnu::cold]] inline PyObject* serve_behind(PyThreadState* ts, Frame* fr, PyObject** base,
                                                           PyObject* result) {
  if (!vm::requests_waiting(ts) && !traced_since(ts, fr)) return result;
  int what = vm::handle_pending(ts, vm::code_data(frame_code(fr)));
  if (what == 2) return leave_behind(base, result);
  if (what == 0) return result;
  Py_DECREF(result);
  return nullptr;
}

// cd: native code of the calling code object.
inline PyObject* come_back(PyThreadState* ts, Frame* fr, PyObject** base, PyObject* result, const CodeData* cd) {
  return !result || __builtin_expect(vm::is_quiet(ts, cd), 1) ? result : serve_behind(ts, fr, base, result);
}

}  // namespace jj::calls
