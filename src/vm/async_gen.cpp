// The steps of asynchronous generators: asend() objects run natively, and what `yield` hands to them.
#include "vm/gen_inl.h"

namespace jj::vm {

PyTypeObject* async_gen_value_type = nullptr;

namespace {

AsyncGenValue* spare_value = nullptr;  // dead, not known to the collector; the next `yield` takes it

// Takes the value out of what a `yield` has made (stolen).
PyObject* unwrap(PyObject* object) {
  auto* wrapped = reinterpret_cast<AsyncGenValue*>(object);
  PyObject* value = wrapped->value;
  if (Py_REFCNT(object) > 1 || spare_value) {
    Py_INCREF(value);
    Py_DECREF(object);
    return value;
  }
  PyObject_GC_UnTrack(object);
  wrapped->value = nullptr;
  spare_value = wrapped;
  return value;
}

// An asynchronous generator has ended, by returning or with the pending exception.
void note_end(PyAsyncGenObject* gen) {
  if (!PyErr_Occurred()) PyErr_SetNone(PyExc_StopAsyncIteration);
  if (PyErr_ExceptionMatches(PyExc_StopAsyncIteration) || PyErr_ExceptionMatches(PyExc_GeneratorExit))
    gen->ag_closed = 1;
}

}  // namespace

PyObject* wrap_async_value(PyObject* value) {
  AsyncGenValue* wrapped = spare_value;
  spare_value = nullptr;
  if (!wrapped && !(wrapped = PyObject_GC_New(AsyncGenValue, async_gen_value_type))) return nullptr;
  wrapped->value = new_ref(value);
  auto* object = reinterpret_cast<PyObject*>(wrapped);
  PyObject_GC_Track(object);
  return object;
}

bool step_async_gen(PyThreadState* ts, AsyncGenSend* step, PyObject* arg, PySendResult* outcome, PyObject** result) {
  auto* gen = reinterpret_cast<PyGenObject*>(step->gen);
  if (step->state == kAwaitClosed || (step->state == kAwaitNew && step->gen->ag_running_async)) return false;
  if (step->state == kAwaitNew && (!arg || arg == Py_None)) arg = step->value;
  ResumePoint at;
  if (!can_step_from_c(ts, gen, arg) || !find_entry(ts, gen, &at)) return false;
  step->state = kAwaitRuns;
  step->gen->ag_running_async = 1;
  PyObject* value;
  PySendResult how = run_step_from_c(ts, gen, at, arg, &value);
  *result = value;
  *outcome = PYGEN_NEXT;
  if (how == PYGEN_NEXT && Py_TYPE(value) != async_gen_value_type) return true;  // of an await within
  if (how == PYGEN_NEXT) {
    *result = unwrap(value);
    *outcome = PYGEN_RETURN;
  } else {
    Py_XDECREF(value);  // None
    note_end(step->gen);
    *result = nullptr;
    *outcome = PYGEN_ERROR;
  }
  step->gen->ag_running_async = 0;
  step->state = kAwaitClosed;
  return true;
}

PySendResult resume_asend(PyThreadState* ts, PyObject* self, PyObject* arg, PyObject** result) {
  PySendResult outcome;
  auto* step = reinterpret_cast<AsyncGenSend*>(self);
  if (step_async_gen(ts, step, arg, &outcome, result)) [[likely]]
    return outcome;
  count_interpreted_resume(reinterpret_cast<PyGenObject*>(step->gen));
  return PyIter_Send(self, arg, result);
}

}  // namespace jj::vm
