// Living inside CPython 3.13: one poll word per thread, an instruction pointer at the instruction, inlined __init__.
#include <cstddef>

#include "vm/internal.h"

#include "internal/pycore_function.h"

namespace jj::vm {

namespace {

// One number of the exception table: six bits per byte, bit 6 says that more follow.
int table_number(const uint8_t*& at) {
  int value = *at & 63;
  while (*at++ & 64) value = value << 6 | (*at & 63);
  return value;
}

// Whether a range of the exception table starts or ends at code unit `index`.
bool range_border(PyCodeObject* code, int index) {
  auto at = reinterpret_cast<const uint8_t*>(PyBytes_AS_STRING(code->co_exceptiontable));
  const uint8_t* end = at + PyBytes_GET_SIZE(code->co_exceptiontable);
  while (at < end) {
    int first = table_number(at), length = table_number(at);
    table_number(at);  // the handler
    table_number(at);  // depth and more
    if (first == index || first + length == index) return true;
  }
  return false;
}

// The interpreter looks for the handler one code unit before the instruction pointer, but for the line at it. Where the
// unit before has another handler, the pointer moves on by one, which finds the right one: it stays on the line when it
// ends in the instruction's caches (but later patch levels know no line there while lines are traced).
int throw_ip(CodeData* cd, int index) { return range_border(cd->code, index) ? index + 1 : index; }

// Call sites specialised for a class run __init__ inline as long as the class is not modified.
void invalidate_owners(PyObject* type, PyObject* func, PyObject* subclasses_of) {
  auto cls = reinterpret_cast<PyTypeObject*>(type);
  if (cls->tp_dict && PyDict_GetItemString(cls->tp_dict, "__init__") == func) PyType_Modified(cls);
  PyObject* subclasses = PyObject_CallOneArg(subclasses_of, type);
  if (!subclasses) return PyErr_Clear();
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(subclasses); ++i)
    invalidate_owners(PyList_GET_ITEM(subclasses, i), func, subclasses_of);
  Py_DECREF(subclasses);
}

bool is_initialiser(PyFunctionObject* func) {  // asked for every function made
  static PyObject* interned = PyUnicode_InternFromString("__init__");
  PyObject* name = func->func_name;
  return name == interned ||
         (PyUnicode_GET_LENGTH(name) == 8 && PyUnicode_CompareWithASCIIString(name, "__init__") == 0);
}

}  // namespace

PyObject* run_interpreter(PyThreadState* ts, Frame* fr, CodeData* cd, int ip, int depth, bool throwing) {
  set_stack_depth(fr, cd->code, depth);
  set_resume_ip(fr, throwing ? throw_ip(cd, ip) : ip);
  recursion_leave(ts);
  set_current_frame(ts, fr->previous);  // the interpreter links it again, and pops it in the end
  c_recursion_give_back(ts, kUnitsOfLoop);
  bool hidden = throwing && hide_call_event(ts);  // throwing into a frame reports a call
  PyObject* result = _PyEval_EvalFrameDefault(ts, fr, throwing);
  if (hidden) show_call_events(ts);
  c_recursion_give_back(ts, -kUnitsOfLoop);
  return result;
}

int serve_requests(PyThreadState* ts) {
  if (!(ts->eval_breaker & _PY_EVAL_EVENTS_MASK)) return 0;
  return _Py_HandlePending(ts) < 0 ? 1 : 0;
}

void fill_polls(JJLayout* layout) {
  layout->frame_ip = offsetof(Frame, instr_ptr);
  layout->npolls = 2;
  layout->polls[0] = {JJ_POLL_THREAD, 0, offsetof(PyThreadState, eval_breaker), 8, 1};
  layout->polls[1] = {JJ_POLL_CODE, 0, offsetof(PyCodeObject, _co_monitoring), 8, 0};
}

bool init_version() { return ready_function_type(); }

const char* probe_version(Frame*, PyObject*) { return nullptr; }

void mark_as_called(PyFunctionObject* func, vectorcallfunc entry) {
  if (func->func_version == 0)  // no call site relies on it
    func->vectorcall = entry;
  else
    PyFunction_SetVectorcall(func, entry);
  if (is_initialiser(func)) Py_SET_TYPE(reinterpret_cast<PyObject*>(func), &JitFunction_Type);
}
void forget_inlined_calls(PyFunctionObject* func) {
  if (!is_initialiser(func)) return;
  PyObject* pending = PyErr_GetRaisedException();  // entries change behind calls that raised, too
  PyObject* subclasses_of = PyObject_GetAttrString(reinterpret_cast<PyObject*>(&PyType_Type), "__subclasses__");
  if (subclasses_of)
    invalidate_owners(reinterpret_cast<PyObject*>(&PyBaseObject_Type), reinterpret_cast<PyObject*>(func),
                      subclasses_of);
  Py_XDECREF(subclasses_of);
  PyErr_SetRaisedException(pending);  // errors of our own, at the recursion limit, are forgotten
}
void unmark_as_called(PyFunctionObject* func) {
  PyFunction_SetVectorcall(func, original_vectorcall);
  // Without a version call sites would never again specialise to it.
  uint32_t& next = PyInterpreterState_Get()->func_state.next_version;
  if (next) _PyFunction_SetVersion(func, next++);
  if (Py_IS_TYPE(reinterpret_cast<PyObject*>(func), &JitFunction_Type))
    Py_SET_TYPE(reinterpret_cast<PyObject*>(func), &PyFunction_Type);
}

}  // namespace jj::vm
