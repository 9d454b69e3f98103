// CALL_INTRINSIC_1 and CALL_INTRINSIC_2 (3.12 and later).
#include "runtime/ops.h"
#include "vm/generators.h"

namespace jj::ops {
namespace {

// Numbers of the intrinsics done here; the others are left to the interpreter's own functions.
enum { kPrint = 1, kImportStar = 2, kStopIterationError = 3, kAsyncGenWrap = 4, kUnaryPositive = 5, kListToTuple = 6 };
enum { kPrepReraiseStar = 1 };

PyObject* import_star(Frame* fr, PyObject* module) {
  PyObject* space = frame_namespace(fr);
  if (!space) PyErr_SetString(PyExc_SystemError, "no locals found during 'import *'");
  return space && import_all(module, space) == 0 ? new_ref(Py_None) : nullptr;
}

const char* stop_iteration_message(int flags, PyObject* exc) {
  if (PyErr_GivenExceptionMatches(exc, PyExc_StopIteration)) {
    if (flags & CO_ASYNC_GENERATOR) return "async generator raised StopIteration";
    if (flags & CO_COROUTINE) return "coroutine raised StopIteration";
    return "generator raised StopIteration";
  }
  bool escapes = flags & CO_ASYNC_GENERATOR && PyErr_GivenExceptionMatches(exc, PyExc_StopAsyncIteration);
  return escapes ? "async generator raised StopAsyncIteration" : nullptr;
}

// The exception with which a generator ends that `exc` would leave: a RuntimeError for the StopIteration kind.
PyObject* stop_iteration_error(Frame* fr, PyObject* exc) {
  const char* message = stop_iteration_message(frame_code(fr)->co_flags, exc);
  if (!message) return new_ref(exc);
  PyObject* error = PyObject_CallFunction(PyExc_RuntimeError, "s", message);
  if (!error) return nullptr;
  PyException_SetCause(error, new_ref(exc));
  PyException_SetContext(error, new_ref(exc));
  return error;
}

PyObject* intrinsic1(const Args& o, PyObject* value) {
  switch (o.arg) {
    case kPrint: return display(value);
    case kImportStar: return import_star(o.fr, value);
    case kStopIterationError: return stop_iteration_error(o.fr, value);
    case kAsyncGenWrap: return vm::wrap_async_value(value);
    case kUnaryPositive: return PyNumber_Positive(value);
    case kListToTuple: return PyList_AsTuple(value);
    default: return run_intrinsic1(o.ts, o.fr, o.arg, value);
  }
}

}  // namespace
}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

JJ_STACK_OP(jj_op_intrinsic1) { return replace(o, 1, intrinsic1(o, o.top())); }

JJ_STACK_OP(jj_op_intrinsic2) {
  PyObject *a = o.top(2), *b = o.top(1);
  return replace(o, 2,
                 o.arg == kPrepReraiseStar ? prepare_reraise_star(a, b) : run_intrinsic2(o.ts, o.fr, o.arg, a, b));
}
