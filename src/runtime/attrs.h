// What the attribute helpers share: filling of cache entries, and the proofs they rest on.
#pragma once
#include "runtime/caches.h"
#include "runtime/refs.h"

namespace jj {

// The instance's dict if it exists, without making one; borrowed. Only for types where `plain_dict` holds.
inline PyObject* instance_dict(PyObject* o, PyTypeObject* type) {
  if (has_managed_dict(type)) return managed_dict(o);
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(o) + type->tp_dictoffset);
}
// Whether instance_dict can be asked (a negative offset counts from the end of a variable-sized object: left alone).
inline bool plain_dict(PyTypeObject* type) { return has_managed_dict(type) || type->tp_dictoffset > 0; }

// Describes how `o` has the attribute that a general look-up has just found, in a free or the least recently filled
// entry. Runs no code beyond what that look-up ran.
void fill_load_entry(Cache* c, PyObject* o);
void fill_store_entry(Cache* c, PyObject* o);
void free_entries(CodeData* cd);  // beyond those in the caches themselves

}  // namespace jj
