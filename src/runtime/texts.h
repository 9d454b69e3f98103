// Texts of ints, and texts put together, without what the interpreter does for every kind of object.
#pragma once
#include "runtime/refs.h"

namespace jj {

// str(o), of any object; null with an exception set.
PyObject* text_of(PyObject* o);

// ''.join of n exact strs.
PyObject* join_texts(PyObject* const* parts, Py_ssize_t n);

}  // namespace jj
