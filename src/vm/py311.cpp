// Living inside CPython 3.11: frames on the data stack, which a C caller of the interpreter has to clear itself.
#include <cstddef>
#include <initializer_list>

#include "runtime/compat/gens.h"
#include "vm/internal.h"

namespace jj::vm {

PyObject* run_interpreter(PyThreadState* ts, Frame* fr, CodeData* cd, int ip, int depth, bool throwing) {
  set_stack_depth(fr, cd->code, depth);
  throwing ? set_ip(fr, ip) : set_resume_ip(fr, ip);
  recursion_leave(ts);
  set_current_frame(ts, fr->previous);            // the interpreter links it again
  bool hidden = throwing && hide_call_event(ts);  // throwing into a frame reports a call
  PyObject* result = _PyEval_EvalFrameDefault(ts, fr, throwing);
  if (hidden) show_call_events(ts);
  if (PyGenObject* gen = frame_generator(fr)) {
    gen_end_interpreted(ts, gen, fr);
    return result;
  }
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

const char* probe_version(Frame*, PyObject*) { return nullptr; }

// Class creation wraps functions of some names in a static or class method, but only those of the exact type: they get
// that back while type.__new__ looks at them.
static newfunc original_type_new = nullptr;

static PyObject* type_new(PyTypeObject* metatype, PyObject* args, PyObject* keywords) {
  PyObject* changed[3];
  int count = 0;
  PyObject* names = PyTuple_GET_SIZE(args) == 3 ? PyTuple_GET_ITEM(args, 2) : nullptr;
  for (const char* name : {"__new__", "__init_subclass__", "__class_getitem__"}) {
    PyObject* found = names && PyDict_Check(names) ? PyDict_GetItemString(names, name) : nullptr;
    if (!found || !Py_IS_TYPE(found, &JitFunction_Type)) continue;
    Py_SET_TYPE(found, &PyFunction_Type);
    changed[count++] = Py_NewRef(found);
  }
  PyObject* result = original_type_new(metatype, args, keywords);
  while (count > 0) {
    PyObject* func = changed[--count];
    if (reinterpret_cast<PyFunctionObject*>(func)->vectorcall != original_vectorcall)
      Py_SET_TYPE(func, &JitFunction_Type);
    Py_DECREF(func);
  }
  return result;
}

// Replaces type.__new__ in `metatype` and in those that have inherited it.
static bool replace_type_new(PyTypeObject* metatype) {
  if (metatype->tp_new != original_type_new) return true;
  metatype->tp_new = type_new;
  PyObject* subclasses =
      PyObject_CallMethod(reinterpret_cast<PyObject*>(&PyType_Type), "__subclasses__", "O", metatype);
  if (!subclasses) return false;
  bool good = true;
  for (Py_ssize_t i = 0; good && i < PyList_GET_SIZE(subclasses); ++i)
    good = replace_type_new(reinterpret_cast<PyTypeObject*>(PyList_GET_ITEM(subclasses, i)));
  Py_DECREF(subclasses);
  return good;
}

bool init_version() {
  if (original_type_new) return true;
  original_type_new = PyType_Type.tp_new;
  return ready_function_type() && replace_type_new(&PyType_Type);
}

void mark_as_called(PyFunctionObject* func, vectorcallfunc entry) {
  func->vectorcall = entry;
  func->func_version = 0;  // call sites specialised for it look at the version
  if (!hook_stays) Py_SET_TYPE(reinterpret_cast<PyObject*>(func), &JitFunction_Type);  // generic calls look at the type
}
void unmark_as_called(PyFunctionObject* func) {
  func->vectorcall = original_vectorcall;
  Py_SET_TYPE(reinterpret_cast<PyObject*>(func), &PyFunction_Type);
}

}  // namespace jj::vm
