// Raising the errors of built-in containers without asking their classes to make them.
#include "runtime/raising.h"

#include <cstring>

namespace jj {

// What calling the class comes to: BaseException's __new__ keeps the arguments, and its __init__ would once more.
PyObject* raise_with(PyObject* cls, PyObject* argument) {
  auto* type = reinterpret_cast<PyTypeObject*>(cls);
  PyObject* arguments = PyTuple_New(1);
  if (!arguments) return nullptr;
  PyTuple_SET_ITEM(arguments, 0, new_ref(argument));
  PyObject* exception = type->tp_new(type, arguments, nullptr);
  Py_DECREF(arguments);
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
