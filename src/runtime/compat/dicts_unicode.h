// Dicts of 3.11 to 3.13: tables whose keys are all str have entries without hashes.
#pragma once
#include "runtime/compat/dict_table.h"

namespace jj {

struct HashedEntry {
  Py_hash_t hash;
  PyObject *key, *value;
};
struct TextEntry {
  PyObject *key, *value;
};
static_assert(sizeof(HashedEntry) == sizeof(PyDictKeyEntry) && sizeof(TextEntry) == sizeof(PyDictUnicodeEntry));
inline DictTable dict_table(PyObject* dict) {
  PyDictKeysObject* keys = reinterpret_cast<PyDictObject*>(dict)->ma_keys;
  const bool text = DK_IS_UNICODE(keys);
  const void* entries = text ? static_cast<const void*>(DK_UNICODE_ENTRIES(keys)) : DK_ENTRIES(keys);
  const int width = keys->dk_log2_size < 8 ? 1 : keys->dk_log2_size < 16 ? 2 : keys->dk_log2_size < 32 ? 4 : 8;
  return {(size_t{1} << keys->dk_log2_size) - 1, width, keys->dk_indices, entries, text, keys->dk_nentries};
}

// The value that entry `index` holds for `name`, borrowed; null when that entry is not (any more) about this very str.
inline PyObject* dict_entry(PyObject* dict, uint32_t index, PyObject* name) {
  auto* d = reinterpret_cast<PyDictObject*>(dict);
  PyDictKeysObject* keys = d->ma_keys;
  if (static_cast<size_t>(index) >= static_cast<size_t>(keys->dk_nentries)) return nullptr;
  if (!DK_IS_UNICODE(keys)) {
    PyDictKeyEntry* e = &DK_ENTRIES(keys)[index];
    return e->me_key == name ? e->me_value : nullptr;
  }
  PyDictUnicodeEntry* e = &DK_UNICODE_ENTRIES(keys)[index];
  if (e->me_key != name) return nullptr;
  return d->ma_values ? d->ma_values->values[index] : e->me_value;
}
inline PyObject* keys_name(PyDictKeysObject* keys, Py_ssize_t index) {
  return DK_IS_UNICODE(keys) ? DK_UNICODE_ENTRIES(keys)[index].me_key : DK_ENTRIES(keys)[index].me_key;
}
// The entry whose key is this very str, or -1.
inline int keys_find(PyDictKeysObject* keys, PyObject* name) {
  for (Py_ssize_t i = 0; i < keys->dk_nentries; ++i)
    if (keys_name(keys, i) == name) return static_cast<int>(i);
  return -1;
}
// Where dict_entry finds `name` now, or -1.
inline int dict_find(PyObject* dict, PyObject* name) {
  int i = keys_find(reinterpret_cast<PyDictObject*>(dict)->ma_keys, name);
  return i >= 0 && dict_entry(dict, static_cast<uint32_t>(i), name) ? i : -1;
}
// Whether looking up a str in this dict can run no code.
inline bool dict_keys_are_str(PyObject* dict) { return DK_IS_UNICODE(reinterpret_cast<PyDictObject*>(dict)->ma_keys); }
inline bool dict_has_only_str(PyObject* dict) { return dict_keys_are_str(dict); }
inline bool dict_is_split(PyObject* dict) { return reinterpret_cast<PyDictObject*>(dict)->ma_values; }
inline uint64_t dict_version(PyObject* dict) { return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag; }
// A number that stands for this set of keys, or 0 when there is none.
inline uint32_t dict_keys_version(PyObject* dict) { return reinterpret_cast<PyDictObject*>(dict)->ma_keys->dk_version; }

// -- the keys that all instances of a class share. They live as long as the class and are only ever added to, so a
//    number of keys stands for a set of keys.
inline PyDictKeysObject* shared_keys(PyTypeObject* type) {
  return reinterpret_cast<PyHeapTypeObject*>(type)->ht_cached_keys;
}
inline int shared_key_count(PyTypeObject* type) { return static_cast<int>(shared_keys(type)->dk_nentries); }
// The index of a name among them, or -1. Names put in through __dict__ need not be interned: compares texts.
inline int shared_key_index(PyTypeObject* type, PyObject* name) {
  for (int i = 0; i < shared_key_count(type); ++i) {
    PyObject* key = keys_name(shared_keys(type), i);
    if (key == name || (key && PyUnicode_Check(key) && PyUnicode_Compare(key, name) == 0)) return i;
  }
  return -1;
}

}  // namespace jj
