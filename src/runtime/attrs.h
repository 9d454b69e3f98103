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

// An entry is of use. What is met most comes to stand in front sooner or later; where the entry is now. Few times only,
// until the cache learns something new: where classes take turns, exchanging them makes branches unpredictable (a kernel
// with four classes of tasks ran at 1.7 instead of 2.4 times the interpreter on 3.13).
inline int prefer_entry(Cache* c, int number) {
  constexpr uint8_t kExchange = 1 << kFillBits, kMostExchanges = 0xFF & ~(kExchange - 1);
  static uint32_t passed = 0;
  if (JJ_LIKELY(number == 0 || c->state >= kMostExchanges || ++passed % 16 != 0)) return number;
  c->state = static_cast<uint8_t>(c->state + kExchange);
  AttrCache& cache = attr_cache(c);
  const AttrEntry first = cache.at(0), used = cache.at(number);
  cache.put(0, used);
  cache.put(number, first);
  return 0;
}

// The __get__ of a descriptor, if it is a Python function; borrowed.
PyObject* getter_in_python(PyObject* descriptor);

// Describes how `o` has the attribute that a general look-up has just found, in a free or the least recently filled
// entry. Runs no code beyond what that look-up ran.
void fill_load_entry(Cache* c, PyObject* o);
// The same in front of the look-up, if a property's getter computes the attribute: its entry, else null.
const AttrEntry* fill_property_entry(Cache* c, PyObject* o);
void fill_store_entry(Cache* c, PyObject* o);
// Whether the instance has the attribute among its values or in its dict. Runs no code.
bool is_in_instance(PyObject* o, PyObject* name);
// Of a super() object, which has bound the method.
void fill_super_entry(Cache* c, PyObject* super, PyObject* found);
void free_entries(CodeData* cd);  // beyond those in the caches themselves

}  // namespace jj
