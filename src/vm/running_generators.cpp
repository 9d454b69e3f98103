// What a generator that is running delegates to: nothing, whatever stands behind its instruction pointer.
//
// 3.11 and 3.12 look there for the place of a `yield from`. The interpreter's own frames stand at the last of a call's
// caches while Python code is called; frames of native code, and those that call native code, stand at the call itself,
// and its first cache may look like such a place.
#include "vm/running_generators.h"

#include <cstring>

#include "runtime/compat/gens.h"
#include "vm/generators.h"

namespace jj::vm {

#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030D0000

namespace {

getter original_delegate = nullptr, original_await = nullptr, original_async_await = nullptr;
PyCFunction original_close = nullptr, original_coroutine_close = nullptr;

bool runs(PyObject* gen) { return reinterpret_cast<PyGenObject*>(gen)->gi_frame_state == FRAME_EXECUTING; }

template <getter& original>
PyObject* delegate(PyObject* self, void* closure) {
  if (runs(self)) Py_RETURN_NONE;
  return original(self, closure);
}

PyObject* refuse(const char* text) {
  PyErr_SetString(PyExc_ValueError, text);
  return nullptr;
}
PyObject* close_generator(PyObject* self, PyObject* arg) {
  return runs(self) ? refuse("generator already executing") : original_close(self, arg);
}
PyObject* close_coroutine(PyObject* self, PyObject* arg) {
  return runs(self) ? refuse("coroutine already executing") : original_coroutine_close(self, arg);
}

void replace_getter(PyTypeObject* type, const char* name, getter* original, getter replacement) {
  for (PyGetSetDef* row = type->tp_getset; row && row->name; ++row) {
    if (std::strcmp(row->name, name) != 0 || !row->get) continue;
    *original = row->get;
    row->get = replacement;
  }
}
}  // namespace

void look_at_running_generators() {
  if (original_delegate) return;
  replace_getter(&PyGen_Type, "gi_yieldfrom", &original_delegate, delegate<original_delegate>);
  replace_getter(&PyCoro_Type, "cr_await", &original_await, delegate<original_await>);
  replace_getter(&PyAsyncGen_Type, "ag_await", &original_async_await, delegate<original_async_await>);
  replace_method(&PyGen_Type, "close", METH_NOARGS, &original_close, close_generator);
  replace_method(&PyCoro_Type, "close", METH_NOARGS, &original_coroutine_close, close_coroutine);
}

#else

void look_at_running_generators() {}

#endif

}  // namespace jj::vm
