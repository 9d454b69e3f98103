// CPython 3.10: objects. dict tables are private there, so their layout is repeated here (checked by runtime_init).
#pragma once
#include "internal/pycore_pymem.h"
#include "longintrepr.h"

#include "runtime/compat/dict_table.h"
#include "runtime/compat/ints_size.h"
#include "runtime/compat/ranges_index.h"

namespace jj {

inline bool tracing_memory() { return _Py_tracemalloc_config.tracing != 0; }
// Interpreters have allocators of their own from 3.12 on.
inline bool only_interpreter() { return true; }
// How many dead floats the interpreter keeps for new ones.
inline const int* free_float_count(PyInterpreterState* interp) { return &interp->float_state.numfree; }
inline uint32_t type_version(PyTypeObject* type) {
  return type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG ? type->tp_version_tag : 0;
}

// Plain a - b and a % b drop their right operand first in this version.
constexpr bool kSubAndModDropRightFirst = true;
constexpr const char* kUnboundLocalText = "local variable '%.200s' referenced before assignment";
constexpr const char* kUnboundFreeText = "free variable '%.200s' referenced before assignment in enclosing scope";

// The name of a cell or free variable by its slot; a new reference.
inline PyObject* variable_name(PyCodeObject* code, int slot, bool& free_variable) {
  Py_ssize_t i = slot - code->co_nlocals, cells = PyTuple_GET_SIZE(code->co_cellvars);
  free_variable = i >= cells;
  PyObject* name =
      free_variable ? PyTuple_GET_ITEM(code->co_freevars, i - cells) : PyTuple_GET_ITEM(code->co_cellvars, i);
  Py_INCREF(name);
  return name;
}

// -- dicts
struct DictEntry {
  Py_hash_t hash;
  PyObject* key;
  PyObject* value;
};
using HashedEntry = DictEntry;
struct TextEntry {  // no table has such ones
  PyObject *key, *value;
};
struct DictKeys {
  Py_ssize_t refcnt, size;
  void* lookup;
  Py_ssize_t usable, nentries;
  char indices[1];
  Py_ssize_t width() const { return size <= 0xff ? 1 : size <= 0xffff ? 2 : size <= 0xffffffffll ? 4 : 8; }
  DictEntry* entries() { return reinterpret_cast<DictEntry*>(indices + size * width()); }
};
inline DictKeys* dict_keys(PyObject* dict) {
  return reinterpret_cast<DictKeys*>(reinterpret_cast<PyDictObject*>(dict)->ma_keys);
}
inline DictTable dict_table(PyObject* dict) {
  DictKeys* keys = dict_keys(dict);
  return {static_cast<size_t>(keys->size) - 1,
          static_cast<int>(keys->width()),
          keys->indices,
          keys->entries(),
          false,
          keys->nentries};
}
// The value that entry `index` holds for `name`, borrowed; null when that entry is not (any more) about this very str.
inline PyObject* dict_entry(PyObject* dict, uint32_t index, PyObject* name) {
  DictKeys* keys = dict_keys(dict);
  if (static_cast<size_t>(index) >= static_cast<size_t>(keys->nentries)) return nullptr;
  DictEntry* e = &keys->entries()[index];
  if (e->key != name) return nullptr;
  PyObject** values = reinterpret_cast<PyDictObject*>(dict)->ma_values;
  return values ? values[index] : e->value;
}
// Where dict_entry finds `name` now, or -1.
inline int dict_find(PyObject* dict, PyObject* name) {
  DictKeys* keys = dict_keys(dict);
  for (Py_ssize_t i = 0; i < keys->nentries; ++i)
    if (keys->entries()[i].key == name)
      return dict_entry(dict, static_cast<uint32_t>(i), name) ? static_cast<int>(i) : -1;
  return -1;
}
// Whether looking up a str in this dict can be done without holding its owner. A dict does not tell the kind of its keys
// here; but code that a look-up runs cannot reach a caller's fast locals in this version.
inline bool dict_keys_are_str(PyObject*) { return true; }
// The look-up that a dict has got tells whether all its keys are str. (A dict that lost its other keys may not say so.)
inline bool dict_has_only_str(PyObject* dict) {
  static void* const general = [] {
    PyObject *key = PyLong_FromLong(0), *sample = PyDict_New();
    void* found = nullptr;
    if (key && sample && PyDict_SetItem(sample, key, key) == 0) found = dict_keys(sample)->lookup;
    PyErr_Clear();
    Py_XDECREF(sample);
    Py_XDECREF(key);
    return found;
  }();
  return general && dict_keys(dict)->lookup != general;
}
inline bool dict_is_split(PyObject* dict) { return reinterpret_cast<PyDictObject*>(dict)->ma_values; }
inline uint64_t dict_version(PyObject* dict) { return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag; }
inline uint32_t dict_keys_version(PyObject*) { return 0; }

// -- instances always keep their attributes in a dict
inline bool has_shared_values(PyTypeObject*) { return false; }
inline bool has_managed_dict(PyTypeObject*) { return false; }
inline PyObject** instance_values(PyObject*) { return nullptr; }
inline uint32_t values_offset(PyTypeObject*) { return 0; }
inline PyObject** storable_values(PyObject*) { return nullptr; }
inline void values_note_added(PyObject*, int) {}
inline PyObject* managed_dict(PyObject*) { return nullptr; }
// The keys that their dicts share, where they do; null: the class has no such keys (any more).
inline DictKeys* class_keys(PyTypeObject* type) {
  if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || type->tp_dictoffset <= 0) return nullptr;
  return reinterpret_cast<DictKeys*>(reinterpret_cast<PyHeapTypeObject*>(type)->ht_cached_keys);
}
inline int shared_key_count(PyTypeObject* type) {
  DictKeys* keys = class_keys(type);
  return keys ? static_cast<int>(keys->nentries) : 0;
}
inline int shared_key_index(PyTypeObject* type, PyObject* name) {
  DictKeys* keys = class_keys(type);
  for (Py_ssize_t i = 0; keys && i < keys->nentries; ++i)
    if (keys->entries()[i].key == name) return static_cast<int>(i);
  return -1;
}

// -- dicts of instances that share keys
constexpr bool kSplitDicts = true;
inline bool shares_keys(PyTypeObject* type) { return class_keys(type) && class_keys(type)->refcnt > 1; }
inline int32_t dict_offset(PyTypeObject* type) { return static_cast<int32_t>(type->tp_dictoffset); }
// A dict without items that shares the class's keys as those of its instances do; null where none of those does, or
// without memory. The interpreter makes it for what looks like an instance that has none yet.
inline PyObject* empty_sharing_dict(PyTypeObject* type) {
  constexpr Py_ssize_t kMostBytes = 1024;
  alignas(PyObject) char instance[kMostBytes] = {};
  if (!shares_keys(type) || type->tp_dictoffset + Py_ssize_t{sizeof(PyObject*)} > kMostBytes) return nullptr;
  auto* o = reinterpret_cast<PyObject*>(instance);
  o->ob_refcnt = 1;
  o->ob_type = type;
  PyObject* dict = PyObject_GenericGetDict(o, nullptr);
  if (!dict) return PyErr_Clear(), nullptr;
  Py_DECREF(dict);  // the other reference is the instance's
  return dict;
}
// Dicts' versions that the interpreter, which counts from 0, never comes to.
inline uint64_t split_dict_version = uint64_t{1} << 63;
// The dict is to hold the value: the collector has to know it from now on where that can be part of a cycle.
inline void track_dict(PyObject* dict, PyObject* value) {
  const bool in_cycles = PyObject_IS_GC(value) && (!PyTuple_CheckExact(value) || PyObject_GC_IsTracked(value));
  if (in_cycles && !PyObject_GC_IsTracked(dict)) PyObject_GC_Track(dict);
}
// Gives an instance an attribute that is the next one of its class's keys, as the interpreter would; false: it is not.
inline bool add_to_split_dict(PyObject* o, PyObject* name, PyObject* value) {
  PyTypeObject* type = Py_TYPE(o);
  DictKeys* keys = class_keys(type);
  if (!keys) return false;
  auto** place = reinterpret_cast<PyObject**>(reinterpret_cast<char*>(o) + type->tp_dictoffset);
  if (!*place) {
    PyObject* made = PyObject_GenericGetDict(o, nullptr);
    if (!made) return PyErr_Clear(), false;
    Py_DECREF(made);
  }
  auto* dict = reinterpret_cast<PyDictObject*>(*place);
  const Py_ssize_t next = dict->ma_used;
  if (dict_keys(*place) != keys || next >= keys->nentries || keys->entries()[next].key != name) return false;
  if (dict->ma_values[next]) return false;
  track_dict(*place, value);
  Py_INCREF(value);
  dict->ma_values[next] = value;
  dict->ma_used = next + 1;
  dict->ma_version_tag = ++split_dict_version;
  return true;
}

}  // namespace jj
