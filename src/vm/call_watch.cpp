// sys.monitoring of calls (3.12+): every function has the interpreter's own entry as long as somebody asks for it.
//
// The interpreter takes a function with another entry for C code, and would report C_RETURN for it. The events are
// switched on by two C functions of sys.monitoring; their entries in the method table go through here.
#include "vm/internal.h"

#if PY_VERSION_HEX >= 0x030C0000

#include <algorithm>
#include <vector>

namespace jj::vm {

bool entries_suspended = false;

namespace {

using FastFunction = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);

constexpr uint8_t kUserTools = 0x3f;  // sys.settrace and sys.setprofile do not mind
constexpr long kCallEvent = 1L << PY_MONITORING_EVENT_CALL;

struct Suspended {
  PyFunctionObject* func;
  PyObject* weak;
  vectorcallfunc entry;
};
std::vector<Suspended> suspended;
std::vector<PyObject*> watched_codes;  // weak references: codes with local call events
FastFunction real_set_events = nullptr, real_set_local_events = nullptr;

int collect(PyObject* object, void* list) {
  if (PyFunction_Check(object) || (PY_MINOR_VERSION > 12 && Py_IS_TYPE(object, &JitFunction_Type))) {
    auto* func = reinterpret_cast<PyFunctionObject*>(object);
    if (func->vectorcall != original_vectorcall) {
      Py_INCREF(func);
      static_cast<std::vector<PyFunctionObject*>*>(list)->push_back(func);
    }
  }
  return 1;
}

void suspend_entries() {
  if (entries_suspended) return;
  std::vector<PyFunctionObject*> installed_functions;
  PyUnstable_GC_VisitObjects(collect, &installed_functions);
  entries_suspended = true;
  for (PyFunctionObject* func : installed_functions) {
    vectorcallfunc entry = func->vectorcall;
    unmark_as_called(func);
    remember_entry(func, entry);
    Py_DECREF(func);
  }
}

void resume_entries() {
  entries_suspended = false;
  std::vector<Suspended> all;
  all.swap(suspended);
  for (const Suspended& s : all) {
    PyObject* func = referent(s.weak);
    if (func && s.func->vectorcall == original_vectorcall) install(s.func, s.entry);
    Py_XDECREF(func);
    Py_DECREF(s.weak);
  }
}

// Keeps the codes whose call events are still on.
void sweep_codes() {
  auto over = [](PyObject* weak) {
    PyObject* code = referent(weak);
    const _PyCoMonitoringData* data = code ? reinterpret_cast<PyCodeObject*>(code)->_co_monitoring : nullptr;
    bool on = data && (data->local_monitors.tools[PY_MONITORING_EVENT_CALL] & kUserTools);
    Py_XDECREF(code);
    if (!on) Py_DECREF(weak);
    return !on;
  };
  watched_codes.erase(std::remove_if(watched_codes.begin(), watched_codes.end(), over), watched_codes.end());
}

bool wants_calls(PyObject* events) {
  long bits = PyLong_Check(events) ? PyLong_AsLong(events) : 0;
  if (bits == -1 && PyErr_Occurred()) PyErr_Clear();
  return bits & kCallEvent;
}

void resume_if_unwatched() {
  if (!entries_suspended) return;
  sweep_codes();
  uint8_t tools = PyInterpreterState_Get()->monitors.tools[PY_MONITORING_EVENT_CALL];
  if (!(tools & kUserTools) && watched_codes.empty()) resume_entries();
}

PyObject* set_events(PyObject* module, PyObject* const* args, Py_ssize_t nargs) {
  if (nargs == 2 && wants_calls(args[1])) suspend_entries();
  PyObject* result = real_set_events(module, args, nargs);
  if (result) resume_if_unwatched();
  return result;
}

PyObject* set_local_events(PyObject* module, PyObject* const* args, Py_ssize_t nargs) {
  if (nargs == 3 && wants_calls(args[2]) && PyCode_Check(args[1])) {
    suspend_entries();
    PyObject* weak = PyWeakref_NewRef(args[1], nullptr);
    weak ? watched_codes.push_back(weak) : PyErr_Clear();
  }
  PyObject* result = real_set_local_events(module, args, nargs);
  if (result) resume_if_unwatched();
  return result;
}

bool redirect(PyObject* monitoring, const char* name, FastFunction to, FastFunction* real) {
  PyObject* function = PyObject_GetAttrString(monitoring, name);
  if (!function) return false;
  if (PyCFunction_CheckExact(function)) {
    PyMethodDef* row = reinterpret_cast<PyCFunctionObject*>(function)->m_ml;
    if (row->ml_flags == METH_FASTCALL && !*real) {
      *real = reinterpret_cast<FastFunction>(reinterpret_cast<void*>(row->ml_meth));
      row->ml_meth = reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(to));
    }
  }
  Py_DECREF(function);
  return true;
}

}  // namespace

void remember_entry(PyFunctionObject* func, vectorcallfunc entry) {
  PyObject* weak = PyWeakref_NewRef(reinterpret_cast<PyObject*>(func), nullptr);
  weak ? suspended.push_back({func, weak, entry}) : PyErr_Clear();
}

void forget_entry(PyFunctionObject* func) {
  auto same = [func](const Suspended& s) {
    if (s.func == func) Py_DECREF(s.weak);
    return s.func == func;
  };
  suspended.erase(std::remove_if(suspended.begin(), suspended.end(), same), suspended.end());
}

bool init_call_watch() {
  PyObject* monitoring = PySys_GetObject("monitoring");
  if (!monitoring) return true;
  return redirect(monitoring, "set_events", set_events, &real_set_events) &&
         redirect(monitoring, "set_local_events", set_local_events, &real_set_local_events);
}

}  // namespace jj::vm

#endif
