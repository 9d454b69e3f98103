// Which types find attributes as `object` does, whether or not a Python __getattr__ stands behind that.
#pragma once
#include "runtime/abi.h"

namespace jj {

void find_getattr_hook();  // at import

// The type defines __getattr__, and nothing but the usual look-up decides whether that is called.
bool has_getattr_behind(PyTypeObject* type);

// What the usual look-up finds without an AttributeError is the attribute.
inline bool finds_generically(PyTypeObject* type) {
  return type->tp_getattro == PyObject_GenericGetAttr || has_getattr_behind(type);
}

}  // namespace jj
