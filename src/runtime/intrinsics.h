// Builtins that native code answers itself where nothing can be told apart: len, isinstance, and methods of containers.
#pragma once
#include "runtime/refs.h"

namespace jj {

// Their method table rows; null where they are not as expected.
JJ_HIDDEN extern PyMethodDef *builtin_len, *builtin_isinstance, *list_append, *dict_get, *dict_setdefault, *set_add;
void find_intrinsics();
PyMethodDef* builtin_named(const char* name);  // of any other function of the builtins module, or null

inline bool is_builtin(PyObject* callable, const PyMethodDef* row) {
  return Py_IS_TYPE(callable, &PyCFunction_Type) && reinterpret_cast<PyCFunctionObject*>(callable)->m_ml == row;
}

inline bool is_method(PyObject* callable, const PyMethodDef* row) {
  return Py_IS_TYPE(callable, &PyMethodDescr_Type) && reinterpret_cast<PyMethodDescrObject*>(callable)->d_method == row;
}

// Appends to an exact list; -1 with MemoryError set.
inline int append(PyObject* list, PyObject* item) {
  Py_ssize_t size = PyList_GET_SIZE(list);
  if (size >= reinterpret_cast<PyListObject*>(list)->allocated) return PyList_Append(list, item);
  PyList_SET_ITEM(list, size, new_ref(item));
  Py_SET_SIZE(list, size + 1);
  return 0;
}
// len() of an exact builtin container. False: nothing was done.
bool quick_length(PyObject* o, PyObject** result);
// isinstance() where it runs no code: 1, 0, or -1 for "ask the builtin".
int quick_isinstance(PyObject* o, PyObject* classes);

}  // namespace jj
