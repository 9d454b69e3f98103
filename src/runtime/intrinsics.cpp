// Finding the builtins that native code answers itself; len and isinstance on objects that have no say in them.
#include "runtime/intrinsics.h"

#include <cstring>

#include "runtime/generic_lookup.h"
#include "runtime/ints.h"

namespace jj {

PyMethodDef *builtin_len = nullptr, *builtin_isinstance = nullptr, *list_append = nullptr;
PyMethodDef *dict_get = nullptr, *dict_setdefault = nullptr, *set_add = nullptr;

namespace {

// The row of a function of the builtins module, unless someone has replaced it; flags 0: whatever its convention.
PyMethodDef* builtin_row(PyObject* module, const char* name, int flags) {
  PyObject* function = PyObject_GetAttrString(module, name);
  PyMethodDef* row = nullptr;
  if (!function) {
    PyErr_Clear();
  } else if (PyCFunction_CheckExact(function) && PyCFunction_GET_SELF(function) == module) {
    row = reinterpret_cast<PyCFunctionObject*>(function)->m_ml;
    if (std::strcmp(row->ml_name, name) != 0 || (flags && row->ml_flags != flags)) row = nullptr;
  }
  Py_XDECREF(function);
  return row;
}

// Versions of types whose instances say through __class__ nothing but their type, by the low bits of the version.
constexpr uint32_t kVersions = 1024;
uint32_t candid_versions[kVersions];

bool reads_type_attributes_first(PyTypeObject* type) {
  getattrofunc get = type->tp_getattro;
  return finds_generically(type) || get == PyType_Type.tp_getattro || get == PyModule_Type.tp_getattro;
}

// Whether `__class__` of the type's instances is that of `object`, a data descriptor, which an instance cannot hide.
bool is_candid(PyTypeObject* type) {
  uint32_t version = type_version(type);
  if (version && candid_versions[version % kVersions] == version) return true;
  static PyObject* name = PyUnicode_InternFromString("__class__");
  static PyObject* plain = name ? _PyType_Lookup(&PyBaseObject_Type, name) : nullptr;
  if (!plain || !reads_type_attributes_first(type) || _PyType_Lookup(type, name) != plain) return false;
  version = type_version(type);
  if (version) candid_versions[version % kVersions] = version;
  return true;
}

int is_instance_of(PyObject* o, PyObject* cls) {
  PyTypeObject* type = Py_TYPE(o);
  if (cls == reinterpret_cast<PyObject*>(type)) return 1;
  if (!Py_IS_TYPE(cls, &PyType_Type)) return -1;
  if (PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(cls))) return 1;
  return is_candid(type) ? 0 : -1;
}

}  // namespace

static PyMethodDef* method_row(PyTypeObject* type, const char* name) {
  PyObject* method = PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), name);
  if (!method) PyErr_Clear();
  const bool known = method && Py_IS_TYPE(method, &PyMethodDescr_Type);
  PyMethodDef* row = known ? reinterpret_cast<PyMethodDescrObject*>(method)->d_method : nullptr;
  Py_XDECREF(method);
  return row;
}

PyMethodDef* builtin_named(const char* name) {
  PyObject* module = PyImport_ImportModule("builtins");
  if (!module) PyErr_Clear();
  PyMethodDef* row = module ? builtin_row(module, name, 0) : nullptr;
  Py_XDECREF(module);
  return row;
}

void find_intrinsics() {
  PyObject* module = PyImport_ImportModule("builtins");
  if (!module) return PyErr_Clear();
  builtin_len = builtin_row(module, "len", METH_O);
  builtin_isinstance = builtin_row(module, "isinstance", METH_FASTCALL);
  Py_DECREF(module);
  list_append = method_row(&PyList_Type, "append");
  dict_get = method_row(&PyDict_Type, "get");
  dict_setdefault = method_row(&PyDict_Type, "setdefault");
  set_add = method_row(&PySet_Type, "add");
}

bool quick_length(PyObject* o, PyObject** result) {
  PyTypeObject* type = Py_TYPE(o);
  Py_ssize_t length;
  if (type == &PyList_Type || type == &PyTuple_Type || type == &PyBytes_Type)
    length = Py_SIZE(o);
  else if (type == &PyUnicode_Type && PyUnicode_IS_READY(o))
    length = PyUnicode_GET_LENGTH(o);
  else if (type == &PyDict_Type)
    length = PyDict_GET_SIZE(o);
  else if (type == &PySet_Type)
    length = PySet_GET_SIZE(o);
  else
    return false;
  *result = box_int(length);
  return true;
}

int quick_isinstance(PyObject* o, PyObject* classes) {
  if (!PyTuple_CheckExact(classes)) return is_instance_of(o, classes);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(classes); ++i)
    if (int answer = is_instance_of(o, PyTuple_GET_ITEM(classes, i))) return answer;
  return 0;
}

}  // namespace jj
