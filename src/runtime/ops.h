// Stack helpers: operations that take their operands from the value stack in memory (helpers.def, STACK_HELPER rows).
#pragma once
#include "runtime/abi.h"
#include "runtime/compat/ops.h"
#include "runtime/refs.h"
#include "runtime/signature.h"

#include <cstdint>

extern "C" {
#define HELPER(name, signature)
#define STACK_HELPER(name, op) int name(PyThreadState* ts, jj::Frame* fr, PyObject** sp, int arg, int arg2, int idx);
#define STACK_COND(name, op) STACK_HELPER(name, op)
#define DATA(name)
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA
void jj_unbound_local(jj::Frame* fr, int32_t slot, int32_t idx);
}

namespace jj::ops {

struct Args {
  PyThreadState* ts;
  Frame* fr;
  PyObject** sp;  // one past the top of the value stack
  int arg, arg2, idx;

  PyObject* name() const { return PyTuple_GET_ITEM(frame_code(fr)->co_names, arg); }
  PyObject*& slot() const { return frame_slots(fr)[arg]; }
  PyObject* top(int n = 1) const { return sp[-n]; }
};

// Defines the helper `name`; its body sees `o`, with the frame's instruction pointer already set.
#define JJ_STACK_OP(name)                                                                            \
  static int name##_body(const jj::ops::Args& o);                                                    \
  extern "C" int name(PyThreadState* ts, jj::Frame* fr, PyObject** sp, int arg, int arg2, int idx) { \
    jj::set_ip(fr, idx);                                                                             \
    return name##_body({ts, fr, sp, arg, arg2, idx});                                                \
  }                                                                                                  \
  JJ_CHECK_HELPER(name);                                                                             \
  static int name##_body([[maybe_unused]] const jj::ops::Args& o)

// Consumes the operands [from, to), the lowest first, as the interpreter does on most paths.
inline void release(PyObject** from, PyObject** to) {
  for (; from < to; ++from) Py_XDECREF(*from);
}

// Consumes the `pops` top entries, then puts `result` (owned) in their place. A null result is the error return.
inline int replace(const Args& o, int pops, PyObject* result) {
  PyObject** base = o.sp - pops;
  release(base, o.sp);
  if (!result) return -1;
  *base = result;
  return 0;
}
inline int push(const Args& o, PyObject* result) { return replace(o, 0, result); }
// The same for operations without a result: status < 0 is the error.
inline int consume(const Args& o, int pops, int status) {
  release(o.sp - pops, o.sp);
  return status < 0 ? -1 : 0;
}

// Ends an operation that has run Python code: if that switched tracing on, the interpreter goes on behind it.
int finish(const Args& o, int results);

// A str made once; the runtime serves a single interpreter.
#define JJ_NAME(text)                                              \
  ([]() -> PyObject* {                                             \
    static PyObject* const str = PyUnicode_InternFromString(text); \
    return str;                                                    \
  }())

// mapping[key], owned. A missing key is no error: null without an exception.
PyObject* find_item(PyObject* mapping, PyObject* key);

// Binds the special method `name` of o's type, owned; null without an exception when there is none.
PyObject* find_special(PyObject* o, PyObject* name);

// sys.displayhook(value), owned.
PyObject* display(PyObject* value);

// `from module import *` into `namespace_`.
int import_all(PyObject* module, PyObject* namespace_);

// 1 exception (instance or, on 3.10, class) matches, 0 it does not, -1 `type` is nothing that can be caught.
int exception_matches(PyObject* exception, PyObject* type);

// The two halves of a match by class or by keys; the caller keeps its references. Class: the tuple of attributes, or
// null, with or without an exception. Keys: the tuple of values, or None.
PyObject* match_class(PyObject* subject, PyObject* type, Py_ssize_t positional, PyObject* names);
PyObject* match_keys(PyObject* subject, PyObject* keys);

}  // namespace jj::ops
