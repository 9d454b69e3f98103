// Which types find attributes as `object` does, whether or not a Python __getattr__ stands behind that.
#pragma once
#include "runtime/abi.h"

namespace jj {

void find_getattr_hook();  // at import

// The type defines __getattr__, and nothing but the usual look-up decides whether that is called.
// Types with a __getattr__ behind what `usual`, a slot of a static type, finds.
bool has_getattr_behind(PyTypeObject* type, getattrofunc usual);

// What the usual look-up finds without an AttributeError is the attribute.
inline bool finds_generically(PyTypeObject* type) {
  return type->tp_getattro == PyObject_GenericGetAttr || has_getattr_behind(type, PyObject_GenericGetAttr);
}
// The same for attributes of a class whose type this is.
inline bool finds_as_type_does(PyTypeObject* metaclass) {
  const getattrofunc usual = PyType_Type.tp_getattro;
  return metaclass->tp_getattro == usual || has_getattr_behind(metaclass, usual);
}

}  // namespace jj
