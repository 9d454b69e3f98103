// The built-in functions and classes that optimised code knows: their objects, as they were at start-up.
#pragma once
#include "runtime/abi.h"

namespace jj {

// The object of JJBuiltin `id`, kept alive for ever. When the name does not lead to what it should, an object that nobody
// else has: nothing is ever identical to it.
PyObject* builtin_object(uint32_t id);
int builtin_id(PyObject* object);             // JJBuiltin, or -1
int method_id(PyObject* object);              // the same for methods of built-in types
bool is_math(PyObject* object, uint32_t id);  // the function of math that builtin_id has answered this number for

const PyMethodDef* math_row(uint32_t id);  // null: never seen
void* math_rows();                         // all of them

}  // namespace jj
