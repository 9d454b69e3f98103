// Living inside CPython 3.11: frames on the data stack, which a C caller of the interpreter has to clear itself.
#include <cstddef>
#include <initializer_list>

#include "vm/internal.h"

namespace jj::vm {

PyObject* run_interpreter(PyThreadState* ts, Frame* fr, CodeData* cd, int ip, int depth, bool throwing) {
  set_stack_depth(fr, cd->code, depth);
  throwing ? set_ip(fr, ip) : set_resume_ip(fr, ip);
  recursion_leave(ts);
  set_current_frame(ts, fr->previous);         // the interpreter links it again
  bool hidden = throwing && hide_call_event(ts);   // throwing into a frame reports a call
  PyObject* result = _PyEval_EvalFrameDefault(ts, fr, throwing);
  if (hidden) show_call_events(ts);
  recursion_enter(ts);
  clear_frame(ts, fr, fr->stacktop);
  recursion_leave(ts);
  return result;
}

int serve_requests(PyThreadState* ts) {
  auto& ceval = ts->interp->ceval;
  if (!ceval.eval_breaker._value) return 0;
  if (Py_MakePendingCalls() < 0) return 1;
  yield_gil_if_asked(ceval.gil_drop_request._value != 0);
  return ts->async_exc ? 2 : 0;
}

void fill_polls(JJLayout* layout) {
  layout->frame_ip = offsetof(Frame, prev_instr);
  layout->npolls = 2;
  layout->polls[0] = {JJ_POLL_INTERP, 0, offsetof(PyInterpreterState, ceval.eval_breaker), 4, 0};
  layout->polls[1] = {JJ_POLL_THREAD_FIELD, offsetof(PyThreadState, cframe), offsetof(_PyCFrame, use_tracing), 1, 0};
}

bool init_version() { return ready_function_type(); }

const char* probe_version(PyThreadState* ts, Frame*, PyObject*) {
  if (ts->interp->ceval.recursion_limit != Py_GetRecursionLimit()) return "the recursion limit is not where 3.11.7 has it";
  return nullptr;
}

// Class creation wraps functions of these names in a static or class method, but only those of the exact type. They
// stay exact: calls from C are honoured all the same, and the interpreter's own call sites merely interpret them.
static bool class_wraps(PyFunctionObject* func) {
  for (const char* name : {"__new__", "__init_subclass__", "__class_getitem__"})
    if (PyUnicode_CompareWithASCIIString(func->func_name, name) == 0) return true;
  return false;
}

void mark_as_called(PyFunctionObject* func, vectorcallfunc entry) {
  func->vectorcall = entry;
  func->func_version = 0;                      // call sites specialised for it look at the version
  if (!hook_stays && !class_wraps(func))
    Py_SET_TYPE(reinterpret_cast<PyObject*>(func), &JitFunction_Type);   // generic calls look at the type
}
void unmark_as_called(PyFunctionObject* func) {
  func->vectorcall = original_vectorcall;
  Py_SET_TYPE(reinterpret_cast<PyObject*>(func), &PyFunction_Type);
}

}  // namespace jj::vm
