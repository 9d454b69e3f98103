// CPython 3.11: objects. Instances keep a values array and, once someone asks for it, a dict.
#pragma once
#include "internal/pycore_dict.h"
#include "internal/pycore_pymem.h"

#include "runtime/compat/dicts_unicode.h"
#include "runtime/compat/instances_managed.h"
#include "runtime/compat/ints_size.h"
#include "runtime/compat/ranges_index.h"

namespace jj {

inline bool tracing_memory() { return _Py_tracemalloc_config.tracing != 0; }
// Interpreters have allocators of their own from 3.12 on.
inline bool only_interpreter() { return true; }
// How many dead floats the interpreter keeps for new ones.
inline const int* free_float_count(PyInterpreterState* interp) { return &interp->float_state.numfree; }

// -- instances
inline bool has_shared_values(PyTypeObject* type) { return has_managed_dict(type) && shared_keys(type); }
// The values of an instance of a type with shared values; null when they moved into a dict.
inline PyObject** instance_values(PyObject* o) {
  PyDictValues* v = *_PyObject_ValuesPointer(o);
  return v ? v->values : nullptr;
}
inline uint32_t values_offset(PyTypeObject*) { return 0; }
inline PyObject** storable_values(PyObject* o) { return instance_values(o); }
inline void values_note_added(PyObject* o, int index) {
  _PyDictValues_AddToInsertionOrder(*_PyObject_ValuesPointer(o), index);
}
inline PyObject* managed_dict(PyObject* o) { return *_PyObject_ManagedDictPointer(o); }  // null: none yet

}  // namespace jj
