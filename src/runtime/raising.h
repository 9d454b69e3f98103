// Raising the errors of built-in containers without asking their classes to make them.
#pragma once
#include "runtime/refs.h"

namespace jj {

// cls(argument), of a builtin class whose instances hold nothing but their arguments. Null, with that exception set.
PyObject* raise_with(PyObject* cls, PyObject* argument);
// Null, with IndexError set as the list or tuple itself would; `container` is exactly one of them.
PyObject* raise_out_of_range(PyObject* container);

}  // namespace jj
