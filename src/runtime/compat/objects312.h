// CPython 3.12: objects. One word of an instance holds its values array or its dict.
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
inline const int* free_float_count(PyInterpreterState* interp) { return &interp->float_state.numfree; }

// -- instances
inline bool has_shared_values(PyTypeObject* type) { return has_managed_dict(type) && shared_keys(type); }
// The values of an instance of a type with shared values; null when they moved into a dict.
inline PyObject** instance_values(PyObject* o) {
  PyDictOrValues word = *_PyObject_DictOrValuesPointer(o);
  return _PyDictOrValues_IsValues(word) ? _PyDictOrValues_GetValues(word)->values : nullptr;
}
inline uint32_t values_offset(PyTypeObject*) { return 0; }
inline PyObject** storable_values(PyObject* o) { return instance_values(o); }
inline void values_note_added(PyObject* o, int index) {
  _PyDictValues_AddToInsertionOrder(_PyDictOrValues_GetValues(*_PyObject_DictOrValuesPointer(o)), index);
}
inline PyObject* managed_dict(PyObject* o) {  // null: none yet
  PyDictOrValues word = *_PyObject_DictOrValuesPointer(o);
  return _PyDictOrValues_IsValues(word) ? nullptr : word.dict;
}

}  // namespace jj
