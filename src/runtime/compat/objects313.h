// CPython 3.13: objects. Instances hold their values inline; a dict, once made, may share them.
#pragma once
#include "internal/pycore_dict.h"
#include "internal/pycore_runtime.h"

#include "runtime/compat/dicts_unicode.h"
#include "runtime/compat/instances_managed.h"
#include "runtime/compat/ints_tag.h"
#include "runtime/compat/ranges_start.h"

namespace jj {

inline bool tracing_memory() { return _PyRuntime.tracemalloc.config.tracing != 0; }
// Other interpreters may have allocators of their own; new ones are put first.
inline bool only_interpreter() { return _PyRuntime.interpreters.head == _PyRuntime.interpreters.main; }
// How many dead floats the interpreter keeps for new ones.
inline const int* free_float_count(PyInterpreterState* interp) {
  return &interp->object_state.freelists.floats.numfree;
}

// -- instances
inline bool has_shared_values(PyTypeObject* type) { return type->tp_flags & Py_TPFLAGS_INLINE_VALUES; }
// The values of an instance of a type with shared values; null when they moved into a dict.
inline PyObject** instance_values(PyObject* o) {
  PyDictValues* v = _PyObject_InlineValues(o);
  return v->valid ? v->values : nullptr;
}
// The same, but null also when a dict exists: writing would have to tell the dict.
inline PyObject** storable_values(PyObject* o) {
  return _PyObject_ManagedDictPointer(o)->dict ? nullptr : instance_values(o);
}
// Where they begin in the instances of a class, in versions that have them there.
inline uint32_t values_offset(PyTypeObject* type) { return static_cast<uint32_t>(type->tp_basicsize); }
inline void values_note_added(PyObject* o, int index) {
  _PyDictValues_AddToInsertionOrder(_PyObject_InlineValues(o), index);
}
inline PyObject* managed_dict(PyObject* o) {  // null: none yet
  return reinterpret_cast<PyObject*>(_PyObject_ManagedDictPointer(o)->dict);
}

}  // namespace jj
