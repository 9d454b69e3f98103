// CPython 3.12: objects. One word of an instance holds its values array or its dict.
#pragma once
#include "internal/pycore_dict.h"
#include "internal/pycore_range.h"
#include "internal/pycore_runtime.h"

#include "runtime/compat/dicts_unicode.h"
#include "runtime/compat/ints_tag.h"

namespace jj {

inline bool tracing_memory() { return _PyRuntime.tracemalloc.config.tracing != 0; }
inline uint32_t type_version(PyTypeObject* type) { return type->tp_version_tag; }

constexpr bool kSubAndModDropRightFirst = false;
constexpr const char* kUnboundLocalText = "cannot access local variable '%s' where it is not associated with a value";
constexpr const char* kUnboundFreeText =
    "cannot access free variable '%s' where it is not associated with a value in enclosing scope";

// The name of a cell or free variable by its slot; a new reference.
inline PyObject* variable_name(PyCodeObject* code, int slot, bool& free_variable) {
  free_variable = slot >= code->co_nlocalsplus - code->co_nfreevars;
  return Py_NewRef(PyTuple_GET_ITEM(code->co_localsplusnames, slot));
}

// -- instances
inline bool has_managed_dict(PyTypeObject* type) { return type->tp_flags & Py_TPFLAGS_MANAGED_DICT; }
inline bool has_shared_values(PyTypeObject* type) { return has_managed_dict(type) && shared_keys(type); }
// The values of an instance of a type with shared values; null when they moved into a dict.
inline PyObject** instance_values(PyObject* o) {
  PyDictOrValues word = *_PyObject_DictOrValuesPointer(o);
  return _PyDictOrValues_IsValues(word) ? _PyDictOrValues_GetValues(word)->values : nullptr;
}
inline PyObject** storable_values(PyObject* o) { return instance_values(o); }
inline void values_note_added(PyObject* o, int index) {
  _PyDictValues_AddToInsertionOrder(_PyDictOrValues_GetValues(*_PyObject_DictOrValuesPointer(o)), index);
}
inline PyObject* managed_dict(PyObject* o) {  // null: none yet
  PyDictOrValues word = *_PyObject_DictOrValuesPointer(o);
  return _PyDictOrValues_IsValues(word) ? nullptr : word.dict;
}

// -- range iterator
using RangeIterator = _PyRangeIterObject;
inline bool range_next(PyObject* it, int64_t& value) {
  auto* r = reinterpret_cast<RangeIterator*>(it);
  if (r->len <= 0) return false;
  value = r->start;
  r->start = static_cast<long>(static_cast<unsigned long>(r->start) + static_cast<unsigned long>(r->step));
  --r->len;
  return true;
}

}  // namespace jj
