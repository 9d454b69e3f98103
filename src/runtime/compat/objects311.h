// CPython 3.11: objects. Instances keep a values array and, once someone asks for it, a dict.
#pragma once
#include "internal/pycore_dict.h"
#include "internal/pycore_pymem.h"

#include "runtime/compat/dicts_unicode.h"
#include "runtime/compat/ints_size.h"

namespace jj {

inline bool tracing_memory() { return _Py_tracemalloc_config.tracing != 0; }
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
  PyDictValues* v = *_PyObject_ValuesPointer(o);
  return v ? v->values : nullptr;
}
inline PyObject** storable_values(PyObject* o) { return instance_values(o); }
inline void values_note_added(PyObject* o, int index) {
  _PyDictValues_AddToInsertionOrder(*_PyObject_ValuesPointer(o), index);
}
inline PyObject* managed_dict(PyObject* o) { return *_PyObject_ManagedDictPointer(o); }  // null: none yet

// -- range iterator
struct RangeIterator {
  PyObject ob_base;
  long index, start, step, len;
};
inline bool range_next(PyObject* it, int64_t& value) {
  auto* r = reinterpret_cast<RangeIterator*>(it);
  if (r->index >= r->len) return false;
  value = static_cast<long>(static_cast<unsigned long>(r->start) +
                            static_cast<unsigned long>(r->index++) * static_cast<unsigned long>(r->step));
  return true;
}

}  // namespace jj
