// Ints, dicts, instances and iterators of the running version under one set of names (see objects31x.h).
#pragma once
#include "runtime/compat/compat.h"

#if PY_VERSION_HEX >= 0x030D0000
#include "runtime/compat/objects313.h"
#elif PY_VERSION_HEX >= 0x030C0000
#include "runtime/compat/objects312.h"
#elif PY_VERSION_HEX >= 0x030B0000
#include "runtime/compat/objects311.h"
#else
#include "runtime/compat/objects310.h"
#endif

namespace jj {

inline bool is_exact_int(PyObject* o) { return Py_TYPE(o) == &PyLong_Type; }
inline bool is_exact_float(PyObject* o) { return Py_TYPE(o) == &PyFloat_Type; }
inline double& float_field(PyObject* o) { return reinterpret_cast<PyFloatObject*>(o)->ob_fval; }

// The parts of private structs that helpers read, the same in all supported versions; runtime_init() checks the
// iterators against live objects.
struct SequenceIterator {
  PyObject ob_base;
  Py_ssize_t index;
  PyObject* seq;
};  // list and tuple iterators
struct ZipIterator {
  PyObject ob_base;
  Py_ssize_t length;
  PyObject* parts;
  PyObject* result;
  int strict;
};
struct EnumerateHead {
  PyObject ob_base;
  Py_ssize_t index;  // PY_SSIZE_T_MAX: the number is an object from here on
  PyObject* part;
};
struct DictIterator {
  PyObject ob_base;
  PyObject* dict;
  Py_ssize_t used;  // items that the dict had
  Py_ssize_t entry;
  PyObject* result;
  Py_ssize_t left;
};  // of keys, values or items
struct PropertyHead {
  PyObject ob_base;
  PyObject* getter;
};
struct MethodWrapperHead {
  PyObject ob_base;
  PyObject* callable;
};  // staticmethod, classmethod

}  // namespace jj
