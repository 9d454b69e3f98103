// Types, variables and instances of CPython 3.11 to 3.13: names by slot, dicts that the interpreter manages.
#pragma once

namespace jj {

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
constexpr bool kSplitDicts = false;  // see objects310.h
inline bool shares_keys(PyTypeObject*) { return false; }
inline int32_t dict_offset(PyTypeObject*) { return 0; }
inline PyObject* empty_sharing_dict(PyTypeObject*) { return nullptr; }
inline void track_dict(PyObject*, PyObject*) {}
inline bool add_to_split_dict(PyObject*, PyObject*, PyObject*) { return false; }
inline uint64_t split_dict_version = 0;

}  // namespace jj
