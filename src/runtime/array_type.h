// The class array.array: which of its objects optimised code may look into.
#pragma once
#include "runtime/abi.h"

namespace jj {

// Its private struct, the same in all supported versions; what is believed of it is checked on the first object met.
struct ArrayObject {
  PyVarObject ob_base;
  char* items;
  Py_ssize_t allocated;
  const char* kind;  // its description begins with the typecode
};

extern PyTypeObject* array_type;  // null until an array has been met

// How the object's items are laid out if it is an array.array of numbers, else JJ_TYPE_OTHER. Runs no code.
JJTypeKind array_kind(PyObject* object);

}  // namespace jj
