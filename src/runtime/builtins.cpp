// Finds the objects of the built-in functions and classes that optimised code knows.
#include "runtime/builtins.h"

#include <cstring>

namespace jj {
namespace {

constexpr const char* kNames[] = {"abs", "bool", "chr", "enumerate", "float", "int", "isinstance",
                                  "len", "max",  "min", "ord",       "range", "sum", "zip"};
static_assert(sizeof(kNames) / sizeof(kNames[0]) == JJ_BUILTIN_COUNT);

// Whether the object is what the interpreter itself put under this name.
bool genuine(PyObject* object, const char* name) {
  if (PyType_Check(object)) {
    auto* type = reinterpret_cast<PyTypeObject*>(object);
    return !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && std::strcmp(type->tp_name, name) == 0;
  }
  if (!PyCFunction_CheckExact(object)) return false;
  auto* function = reinterpret_cast<PyCFunctionObject*>(object);
  PyObject* self = function->m_self;
  return self && PyModule_CheckExact(self) && std::strcmp(PyModule_GetName(self), "builtins") == 0 &&
         std::strcmp(function->m_ml->ml_name, name) == 0;
}

PyObject* find(PyObject* module, const char* name) {
  PyObject* object = module ? PyObject_GetAttrString(module, name) : nullptr;
  if (object && genuine(object, name)) return object;
  PyErr_Clear();
  Py_XDECREF(object);
  static PyObject nobody{};
  return &nobody;
}

struct Table {
  PyObject* objects[JJ_BUILTIN_COUNT];
  Table() {
    PyObject* module = PyImport_ImportModule("builtins");
    for (uint32_t id = 0; id < JJ_BUILTIN_COUNT; ++id) objects[id] = find(module, kNames[id]);
    Py_XDECREF(module);
  }
};
const Table& table() {
  static const Table the_table;
  return the_table;
}

}  // namespace

PyObject* builtin_object(uint32_t id) { return table().objects[id]; }

int builtin_id(PyObject* object) {
  for (uint32_t id = 0; id < JJ_BUILTIN_COUNT; ++id)
    if (table().objects[id] == object) return static_cast<int>(id);
  return -1;
}

}  // namespace jj
