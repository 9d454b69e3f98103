// Making and raising exceptions without asking their classes to make them.
#include "runtime/raising.h"

#include <cstring>

namespace jj {

PyObject* new_exception(PyObject* cls, PyObject* const* arguments, Py_ssize_t n) {
  auto* type = reinterpret_cast<PyTypeObject*>(cls);
  PyObject* tuple = PyTuple_New(n);
  if (!tuple) return nullptr;
  for (Py_ssize_t k = 0; k < n; k++) PyTuple_SET_ITEM(tuple, k, new_ref(arguments[k]));
  PyObject* exception = type->tp_new(type, tuple, nullptr);
  Py_DECREF(tuple);
  return exception;
}

PyObject* raise_with(PyObject* cls, PyObject* argument) {
  PyObject* exception = new_exception(cls, &argument, 1);
  if (!exception) return nullptr;
  PyErr_SetObject(cls, exception);
  Py_DECREF(exception);
  return nullptr;
}

PyObject* raise_out_of_range(PyObject* container) {
  const char* text = PyList_CheckExact(container) ? "list index out of range" : "tuple index out of range";
  const size_t length = std::strlen(text);
  PyObject* message = PyUnicode_New(static_cast<Py_ssize_t>(length), 127);
  if (!message) return nullptr;
  std::memcpy(PyUnicode_1BYTE_DATA(message), text, length);
  raise_with(PyExc_IndexError, message);
  Py_DECREF(message);
  return nullptr;
}

}  // namespace jj
