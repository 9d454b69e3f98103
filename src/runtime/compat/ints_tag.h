// Ints of 3.12 and 3.13: lv_tag holds the number of digits and the sign. Some objects are immortal.
#pragma once

namespace jj {

inline uintptr_t& int_tag(PyObject* o) { return reinterpret_cast<PyLongObject*>(o)->long_value.lv_tag; }
inline digit* int_digits(PyObject* o) { return reinterpret_cast<PyLongObject*>(o)->long_value.ob_digit; }
inline int64_t int_digit_count(PyObject* o) { return static_cast<int64_t>(int_tag(o) >> 3); }
inline bool int_negative(PyObject* o) { return (int_tag(o) & 3) == 2; }
inline bool int_nonzero(PyObject* o) { return (int_tag(o) & 3) != 1; }
inline bool both_compact(PyObject* a, PyObject* b) { return (int_tag(a) | int_tag(b)) < 16; }
inline bool is_compact(PyObject* o) { return int_tag(o) < 16; }
inline int64_t compact_value(PyObject* o) {
  return (1 - static_cast<int64_t>(int_tag(o) & 3)) * static_cast<int64_t>(int_digits(o)[0]);
}
inline void int_set_size(PyObject* o, int64_t digits, bool negative) {
  int_tag(o) = static_cast<uintptr_t>(digits) << 3 | (negative ? 2 : 0);
}

}  // namespace jj
