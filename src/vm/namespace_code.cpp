// Runs class, module and exec code natively in a given namespace, on request: by default such code is interpreted,
// since it runs once and the interpreter never calls it through a function's vectorcall.
#include "vm/code_slot.h"
#include "vm/entry.h"
#include "vm/run_inl.h"

namespace jj::vm {

PyObject* run_in_namespace(PyFunctionObject* func, PyObject* mapping) {
  CodeData* cd = code_data(func);
  if (!cd || !cd->body) {
    PyErr_Format(PyExc_ValueError, "%U has no native code: %s", func->func_qualname,
                 cd && cd->reason ? cd->reason : "it was not compiled");
    return nullptr;
  }
  if (cd->argcount + cd->kwonly != 0 || (cd->flags & (CO_OPTIMIZED | kSuspendingFlags))) {
    PyErr_Format(PyExc_ValueError, "%U is a function: call it", func->func_qualname);
    return nullptr;
  }
  PyThreadState* ts = thread_state();
  Frame* fr = may_enter(ts, cd) && !stack_low() ? push_frame(ts, func, cd) : nullptr;
  if (!fr) {
    if (!exception_pending(ts)) PyErr_SetString(PyExc_RuntimeError, "native code cannot run now (tracing is on)");
    return nullptr;
  }
  Py_INCREF(mapping);
  set_frame_namespace(fr, mapping);
  return run_body(ts, fr, cd, func);
}

}  // namespace jj::vm
