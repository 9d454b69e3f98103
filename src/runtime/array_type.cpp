// Finds the class array.array, which lives in a module of its own, when one of its objects is met.
#include "runtime/array_type.h"

#include <cstring>

namespace jj {

PyTypeObject* array_type = nullptr;

namespace {

// Made by the module array, not by a program that has chosen the same name.
bool comes_from_module(PyTypeObject* type) {
  if (std::strcmp(type->tp_name, "array.array") != 0) return false;
  PyObject* module = reinterpret_cast<PyHeapTypeObject*>(type)->ht_module;
  const char* name = module ? PyModule_GetName(module) : nullptr;
  if (!name) PyErr_Clear();
  return name && std::strcmp(name, "array") == 0;
}

// Whether the struct is what we take it for, by what the object says of itself through its buffer.
bool looks_as_expected(PyObject* object) {
  if (Py_TYPE(object)->tp_basicsize < static_cast<Py_ssize_t>(sizeof(ArrayObject))) return false;
  Py_buffer view;
  if (PyObject_GetBuffer(object, &view, PyBUF_FULL_RO)) {
    PyErr_Clear();
    return false;
  }
  const auto* array = reinterpret_cast<ArrayObject*>(object);
  const bool fits = view.itemsize > 0 && view.len > 0 && array->items == view.buf &&
                    Py_SIZE(object) == view.len / view.itemsize && array->allocated >= Py_SIZE(object) && view.format &&
                    array->kind && array->kind[0] == view.format[0];
  PyBuffer_Release(&view);
  return fits;
}

}  // namespace

JJTypeKind array_kind(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  if (type != array_type) {
    if (array_type || !comes_from_module(type) || !looks_as_expected(object)) return JJ_TYPE_OTHER;
    Py_INCREF(type);
    array_type = type;
  }
  static_assert(sizeof(short) == 2 && sizeof(int) == 4 && sizeof(long) == 8);
  switch (*reinterpret_cast<ArrayObject*>(object)->kind) {
    case 'b': return JJ_TYPE_ARRAY_I8;
    case 'B': return JJ_TYPE_ARRAY_U8;
    case 'h': return JJ_TYPE_ARRAY_I16;
    case 'H': return JJ_TYPE_ARRAY_U16;
    case 'i': return JJ_TYPE_ARRAY_I32;
    case 'I': return JJ_TYPE_ARRAY_U32;
    case 'l':
    case 'q': return JJ_TYPE_ARRAY_I64;
    case 'L':
    case 'Q': return JJ_TYPE_ARRAY_U64;
    case 'f': return JJ_TYPE_ARRAY_F32;
    case 'd': return JJ_TYPE_ARRAY_F64;
    default: return JJ_TYPE_OTHER;
  }
}

}  // namespace jj
