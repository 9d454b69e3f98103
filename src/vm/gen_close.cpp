// Ends generators and coroutines that wait in native code: close(), and what happens when the last reference goes.
//
// What they raise inside is thrown at the suspension natively, so that handlers and finally blocks run there.
#include "vm/gen_inl.h"
#include "vm/internal.h"

namespace jj::vm {

namespace {

destructor original_finalize = nullptr;
PyCFunction original_close = nullptr, original_coroutine_close = nullptr;

enum class Way { Interpreted, Native, NothingRuns };

// What delegates has to end its receiver first, and a handled exception would be the context of what is raised.
Way way_to_close(PyThreadState* ts, PyGenObject* gen, ResumePoint* at) {
  if (!can_step_from_c(ts, gen, nullptr) || gen_is_new(gen) || gen_handles_exception(gen) || forced_exits_on)
    return Way::Interpreted;
  if (!find_entry(ts, gen, at) || at->place.entry <= 0 || gen_delegates(gen, at->index)) return Way::Interpreted;
  if (closing_runs_nothing(gen, at->index)) return Way::NothingRuns;
  const CodeData* code = at->cd->baseline ? at->cd->baseline : at->cd;
  return code->body && state_at(code, at->index - 1) ? Way::Native : Way::Interpreted;
}

// Raises the pending exception where the generator waits.
PySendResult throw_natively(PyThreadState* ts, PyGenObject* gen, const ResumePoint& at, PyObject** result) {
  CodeData* code = at.cd->baseline ? at.cd->baseline : at.cd;
  const int depth = at.cd->entries[at.place.entry].depth;
  c_recursion_give_back(ts, -kUnitsOfLoop);
  gen_enter(ts, gen, at.fr, new_ref(Py_None));
  reraise.suspended = at.index - 1;
  reraise.depth = depth;
  *result = code->body(ts, at.fr, code, code->nentries);
  PySendResult outcome = PYGEN_NEXT;
  if (!run_suspended(gen, at.fr)) outcome = finish_run(ts, gen, at.fr, at.cd, *result, Py_None, result);
  c_recursion_give_back(ts, kUnitsOfLoop);
  return outcome;
}

// What close() answers.
PyObject* close_natively(PyThreadState* ts, PyGenObject* gen, const ResumePoint& at) {
  PyErr_SetNone(PyExc_GeneratorExit);
  PyObject* value;
  PySendResult outcome = throw_natively(ts, gen, at, &value);
  if (outcome == PYGEN_RETURN && PY_MINOR_VERSION >= 13) return value;
  if (outcome == PYGEN_ERROR) {
    if (!PyErr_ExceptionMatches(PyExc_GeneratorExit)) return nullptr;
    PyErr_Clear();
    Py_RETURN_NONE;
  }
  Py_DECREF(value);
  if (outcome == PYGEN_RETURN) Py_RETURN_NONE;
  PyErr_SetString(PyExc_RuntimeError,
                  PyCoro_CheckExact(gen) ? "coroutine ignored GeneratorExit" : "generator ignored GeneratorExit");
  return nullptr;
}

template <PyCFunction& original>
PyObject* close(PyObject* self, PyObject* arg) {
  PyThreadState* ts = thread_state();
  auto* gen = reinterpret_cast<PyGenObject*>(self);
  ResumePoint at;
  const Way way = way_to_close(ts, gen, &at);
  if (way == Way::Native) return close_natively(ts, gen, at);
  PyObject* result = original(self, arg);
  if (way == Way::NothingRuns) --at.cd->left;  // its native run was the last
  return result;
}

void finalize(PyObject* self) {
  PyThreadState* ts = thread_state();
  auto* gen = reinterpret_cast<PyGenObject*>(self);
  ResumePoint at;
  const Way way = way_to_close(ts, gen, &at);
  if (way != Way::Native) {
    original_finalize(self);
    if (way == Way::NothingRuns) --at.cd->left;
    return;
  }
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  if (PyObject* result = close_natively(ts, gen, at))
    Py_DECREF(result);
  else
    PyErr_WriteUnraisable(self);
  PyErr_Restore(type, value, traceback);
}

}  // namespace

void replace_generator_close() {
  if (PyGen_Type.tp_finalize != PyCoro_Type.tp_finalize) return;
  original_finalize = PyGen_Type.tp_finalize;
  PyGen_Type.tp_finalize = PyCoro_Type.tp_finalize = finalize;
  replace_method(&PyGen_Type, "close", METH_NOARGS, &original_close, close<original_close>);
  replace_method(&PyCoro_Type, "close", METH_NOARGS, &original_coroutine_close, close<original_coroutine_close>);
}

}  // namespace jj::vm
