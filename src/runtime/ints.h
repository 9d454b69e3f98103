// Reading, making and reusing exact ints of at most two digits (magnitude below 2**60).
#pragma once
#include "runtime/refs.h"

namespace jj {

static_assert(PyLong_SHIFT == 30, "two-digit arithmetic expects 30-bit digits");
constexpr int64_t kDigitLimit = int64_t{1} << 30, kTwoDigitLimit = int64_t{1} << 60;

// The value of an exact int of at most two digits.
inline bool int_value(PyObject* o, int64_t& value) {
  if (JJ_LIKELY(is_compact(o))) {
    value = compact_value(o);
    return true;
  }
  if (int_digit_count(o) != 2) return false;
  int64_t v = int_digits(o)[0] | static_cast<int64_t>(int_digits(o)[1]) << 30;
  value = int_negative(o) ? -v : v;
  return true;
}
inline bool is_small_int(int64_t v) { return v >= kSmallIntMin && v <= kSmallIntMax; }
inline bool fits_one_digit(int64_t v) { return v > -kDigitLimit && v < kDigitLimit; }
inline bool fits_two_digits(int64_t v) { return v > -kTwoDigitLimit && v < kTwoDigitLimit; }

// Whether the object of an exact int can take the value v (which must not be a small int).
inline bool has_room(PyObject* o, int64_t v) {
  if (!fits_two_digits(v)) return false;
  return ints_have_two_digits || int_digit_count(o) >= (fits_one_digit(v) ? 1 : 2);
}
inline void int_write(PyObject* o, int64_t v) {
  uint64_t u = v < 0 ? -static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
  bool two = u >> 30;
  int_digits(o)[0] = static_cast<digit>(u & (kDigitLimit - 1));
  if (JJ_UNLIKELY(two)) int_digits(o)[1] = static_cast<digit>(u >> 30);
  int_set_size(o, 1 + two, v < 0);
}

// A new int object, from the allocator, for a value that is not a small int; null with MemoryError set.
PyObject* new_int(int64_t v);

// A new reference to an exact int of value v; null with MemoryError set.
inline PyObject* box_int(int64_t v) {
  if (is_small_int(v)) return new_ref(small_ints[v - kSmallIntMin]);
  if (JJ_UNLIKELY(!int_pool.head || !fits_two_digits(v) || tracing_memory())) return new_int(v);
  PyObject* o = int_pool.take();
  int_write(o, v);
  return o;
}

// Whether o, an int in a fast local (or null), can be overwritten with v: only that local refers to it.
inline bool can_overwrite(PyObject* o, int64_t v) {
  return o && is_exact_int(o) && sole_reference(o) && !is_small_int(v) && has_room(o, v);
}

// finish_int where no operand can be taken over.
PyObject* finish_new_int(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int64_t v);

// The result v of an operation on the exact ints a and b: takes over a dying operand, or makes a new int; the owned
// operands are consumed.
[[gnu::always_inline]] inline PyObject* finish_int(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int64_t v) {
  if (JJ_LIKELY(!is_small_int(v))) {
    if ((site & kOwnFirst) && sole_reference(a) && has_room(a, v)) {
      int_write(a, v);
      if (site & kOwnSecond) drop_int(b);
      return a;
    }
    if ((site & kOwnSecond) && sole_reference(b) && has_room(b, v)) {
      int_write(b, v);
      if (site & kOwnFirst) drop_int(a);
      return b;
    }
  }
  return finish_new_int(fr, a, b, site, v);
}

}  // namespace jj
