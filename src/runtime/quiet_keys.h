// Looking up ints, strs and tuples of such in dicts, sets, lists and tuples where that runs no code and can raise nothing.
#pragma once
#include "runtime/refs.h"

namespace jj {

// The hash of a key that can be looked for without running code if the container's keys allow it; -1: there is none.
Py_hash_t quiet_hash(PyObject* key);

enum class Found : int8_t { Unknown, No, Yes };  // Unknown: only the container itself can tell

// Looks for a key with that quiet_hash (-1: Unknown). `item`: borrowed.
Found find_in_dict(PyObject* dict, PyObject* key, Py_hash_t hash, PyObject** item);  // an exact dict
Found find_in_set(PyObject* set, PyObject* key, Py_hash_t hash);                     // an exact set or frozenset

Found find_in_sequence(PyObject* sequence, PyObject* key);  // an exact list or tuple

// The same for a number, without an object.
Found find_int_in_dict(PyObject* dict, int64_t key, PyObject** item);
Found find_int_in_set(PyObject* set, int64_t key);
Found find_int_in_sequence(PyObject* sequence, int64_t key);

// Whether a dict, set, list or tuple has it; Unknown: also of other containers.
Found find_in_container(PyObject* container, PyObject* key);
Found find_int_in_container(PyObject* container, int64_t key);

// Keeps a hash that is known; otherwise PyDict_SetItem.
inline int put_in_dict(PyObject* dict, PyObject* key, Py_hash_t hash, PyObject* value) {
  return hash == -1 ? PyDict_SetItem(dict, key, value) : _PyDict_SetItem_KnownHash(dict, key, value, hash);
}

}  // namespace jj
