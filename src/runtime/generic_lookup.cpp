// Recognising types with __getattr__ and the usual __getattribute__, which share one slot function with all others.
#include "runtime/generic_lookup.h"

namespace jj {
namespace {

getattrofunc g_hook = nullptr;  // what types have as tp_getattro that define __getattr__ in Python

}  // namespace

// No header declares it, so a class made for that shows it.
void find_getattr_hook() {
  PyObject* made =
      PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyType_Type), "s(){s:O}", "probe", "__getattr__", Py_None);
  if (!made) return PyErr_Clear();
  g_hook = reinterpret_cast<PyTypeObject*>(made)->tp_getattro;
  Py_DECREF(made);
}

bool has_getattr_behind(PyTypeObject* type, getattrofunc usual) {
  if (!g_hook || type->tp_getattro != g_hook) return false;
  static PyObject* name = PyUnicode_InternFromString("__getattribute__");
  PyObject* found = name ? _PyType_Lookup(type, name) : nullptr;
  return found && Py_IS_TYPE(found, &PyWrapperDescr_Type) &&
         reinterpret_cast<PyWrapperDescrObject*>(found)->d_wrapped == reinterpret_cast<void*>(usual);
}

}  // namespace jj
