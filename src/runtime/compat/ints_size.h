// Ints of 3.10 and 3.11: ob_size holds the number of digits and the sign.
#pragma once

namespace jj {

inline digit* int_digits(PyObject* o) { return reinterpret_cast<PyLongObject*>(o)->ob_digit; }
inline int64_t int_digit_count(PyObject* o) { return Py_SIZE(o) < 0 ? -Py_SIZE(o) : Py_SIZE(o); }
inline bool int_negative(PyObject* o) { return Py_SIZE(o) < 0; }
inline bool int_nonzero(PyObject* o) { return Py_SIZE(o) != 0; }
inline bool is_compact(PyObject* o) { return static_cast<size_t>(Py_SIZE(o)) + 1 <= 2; }
inline bool both_compact(PyObject* a, PyObject* b) { return is_compact(a) && is_compact(b); }
inline int64_t compact_value(PyObject* o) { return static_cast<int64_t>(Py_SIZE(o)) * int_digits(o)[0]; }
inline void int_set_size(PyObject* o, int64_t digits, bool negative) {
  reinterpret_cast<PyVarObject*>(o)->ob_size = negative ? -digits : digits;
}

}  // namespace jj
