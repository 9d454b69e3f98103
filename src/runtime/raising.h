// Making and raising exceptions without asking their classes to make them.
#pragma once
#include "runtime/refs.h"

namespace jj {

// Whether calling the class comes to BaseException's __new__: what its __init__ does has been done by then.
inline bool makes_plain_exceptions(PyObject* cls) {
  if (!Py_IS_TYPE(cls, &PyType_Type) || !PyExceptionClass_Check(cls)) return false;
  const auto *type = reinterpret_cast<PyTypeObject*>(cls), *base = reinterpret_cast<PyTypeObject*>(PyExc_BaseException);
  return type->tp_new == base->tp_new && type->tp_init == base->tp_init;
}
// Such a class called with n arguments, which are borrowed.
PyObject* new_exception(PyObject* cls, PyObject* const* arguments, Py_ssize_t n);
// cls(argument), of a builtin class whose instances hold nothing but their arguments. Null, with that exception set.
PyObject* raise_with(PyObject* cls, PyObject* argument);
// Null, with IndexError set as the list or tuple itself would; `container` is exactly one of them.
PyObject* raise_out_of_range(PyObject* container);

}  // namespace jj
