// Subscriptions of classes that Python code has made.
#pragma once
#include "runtime/abi.h"

namespace jj {

// The __getitem__ of a class, borrowed, if it is a Python function; the class then goes through it without exception.
PyObject* python_getitem(PyTypeObject* type);

}  // namespace jj
