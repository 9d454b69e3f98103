// Boxing of unboxed values, the reserve behind it, and the reading of ints of up to 64 bits.
#include "runtime/boxes.h"

#include <algorithm>

#include "runtime/signature.h"

namespace jj {
namespace {

constexpr int kReserve = 512;             // of each type: more than one frame's values
constexpr int64_t kLargeInt = INT64_MAX;  // three digits: room for every value

struct Reserve {
  PyObject* objects[kReserve];
  int count = 0;

  PyObject* take() {
    if (count == 0) Py_FatalError("JustJIT: out of memory while values were put back in a frame");
    return objects[--count];
  }
};
Reserve int_reserve, float_reserve, complex_reserve;

void write_size(PyObject* o, uint64_t u, bool negative) {
  int count = 0;
  for (; u; u >>= PyLong_SHIFT) int_digits(o)[count++] = static_cast<digit>(u & PyLong_MASK);
  int_set_size(o, count, negative);
}
void write_digits(PyObject* o, int64_t v) {
  write_size(o, v < 0 ? -static_cast<uint64_t>(v) : static_cast<uint64_t>(v), v < 0);
}

// Without memory, and without touching the exception state more than needed.
[[gnu::noinline, gnu::cold]] PyObject* reserve_int(int64_t v) {
  PyErr_Clear();
  PyObject* o = int_reserve.take();
  write_digits(o, v);
  return o;
}
[[gnu::noinline, gnu::cold]] PyObject* reserve_uint(uint64_t v) {
  PyErr_Clear();
  PyObject* o = int_reserve.take();
  write_size(o, v, false);
  return o;
}
[[gnu::noinline, gnu::cold]] PyObject* reserve_float(double v) {
  PyErr_Clear();
  PyObject* o = float_reserve.take();
  float_field(o) = v;
  return o;
}

}  // namespace

PyObject* box_any_int(int64_t v) {
  PyObject* o = box_int(v);
  return JJ_LIKELY(o != nullptr) ? o : reserve_int(v);
}
PyObject* box_any_uint(uint64_t v) {
  if (v <= INT64_MAX) return box_any_int(static_cast<int64_t>(v));
  if (Pool& pool = wide_pools[0]; pool.head && !tracing_memory()) {
    PyObject* o = pool.take();
    write_size(o, v, false);
    return o;
  }
  PyObject* o = PyLong_FromUnsignedLongLong(v);
  return JJ_LIKELY(o != nullptr) ? o : reserve_uint(v);
}
PyObject* box_any_float(double v) {
  PyObject* o = box_float(v);
  return JJ_LIKELY(o != nullptr) ? o : reserve_float(v);
}

PyObject* box_any_complex(Py_complex v) {
  PyObject* o = PyComplex_FromCComplex(v);
  if (JJ_LIKELY(o != nullptr)) return o;
  PyErr_Clear();
  o = complex_reserve.take();
  reinterpret_cast<PyComplexObject*>(o)->cval = v;
  return o;
}

void fill_box_reserve() {
  if (int_reserve.count == kReserve && float_reserve.count == kReserve && complex_reserve.count == kReserve) return;
  PyObject *type, *value, *tb;
  PyErr_Fetch(&type, &value, &tb);
  while (int_reserve.count < kReserve) {
    PyObject* o = PyLong_FromLongLong(kLargeInt);
    if (!o) break;
    int_reserve.objects[int_reserve.count++] = o;
  }
  while (float_reserve.count < kReserve) {
    PyObject* o = PyFloat_FromDouble(0.0);
    if (!o) break;
    float_reserve.objects[float_reserve.count++] = o;
  }
  while (complex_reserve.count < kReserve) {
    PyObject* o = PyComplex_FromDoubles(0.0, 0.0);
    if (!o) break;
    complex_reserve.objects[complex_reserve.count++] = o;
  }
  PyErr_Restore(type, value, tb);
}

bool int_fits(PyObject* o, int64_t& value) {
  if (int_value(o, value)) return true;
  if (int_digit_count(o) != 3) return false;
  uint64_t high = int_digits(o)[2];
  if (high > 8) return false;
  uint64_t u = high << 60 | static_cast<uint64_t>(int_digits(o)[1]) << 30 | int_digits(o)[0];
  if (int_negative(o)) {
    if (u > uint64_t{1} << 63) return false;
    value = static_cast<int64_t>(-u);
  } else {
    if (u >> 63) return false;
    value = static_cast<int64_t>(u);
  }
  return true;
}

bool uint_fits(PyObject* o, uint64_t& value) {
  int64_t number = 0;
  if (int_digit_count(o) < 3)
    return int_value(o, number) && number >= 0 ? (value = static_cast<uint64_t>(number), true) : false;
  const uint64_t top = int_digits(o)[2];
  if (int_digit_count(o) != 3 || int_negative(o) || top >> 4) return false;
  value = top << 60 | static_cast<uint64_t>(int_digits(o)[1]) << 30 | int_digits(o)[0];
  return true;
}

}  // namespace jj

using namespace jj;

extern "C" PyObject* jj_box_int(int64_t value) { return box_any_int(value); }
extern "C" PyObject* jj_box_uint(int64_t value) { return box_any_uint(static_cast<uint64_t>(value)); }
extern "C" void jj_sync_uint(Frame* fr, int32_t slot, int64_t value) {
  put_object(&frame_slots(fr)[slot], box_any_uint(static_cast<uint64_t>(value)));
}
extern "C" int32_t jj_unbox_uint(PyObject* object, int64_t* out) {
  uint64_t value = 0;
  if (!uint_fits(object, value)) return 0;
  return *out = static_cast<int64_t>(value), 1;
}
extern "C" int64_t jj_low_bits(PyObject* object) {
  uint64_t bits = 0;
  for (int64_t k = std::min<int64_t>(int_digit_count(object), 3) - 1; k >= 0; --k)
    bits = bits << 30 | int_digits(object)[k];
  return static_cast<int64_t>(int_negative(object) ? -bits : bits);
}
extern "C" PyObject* jj_box_float(double value) { return box_any_float(value); }
extern "C" void jj_sync_int(Frame* fr, int32_t slot, int64_t value) { put_int(&frame_slots(fr)[slot], value); }
extern "C" void jj_sync_float(Frame* fr, int32_t slot, double value) { put_float(&frame_slots(fr)[slot], value); }
extern "C" void jj_sync_bool(Frame* fr, int32_t slot, int32_t value) {
  put_object(&frame_slots(fr)[slot], bool_object(value != 0));
}
extern "C" void jj_put_int(PyObject** place, int64_t value) { put_int(place, value); }
extern "C" void jj_put_float(PyObject** place, double value) { put_float(place, value); }
extern "C" int32_t jj_unbox_int(PyObject* object, int64_t* out) { return int_fits(object, *out); }

JJ_CHECK_HELPER(jj_box_int);
JJ_CHECK_HELPER(jj_box_uint);
JJ_CHECK_HELPER(jj_low_bits);
JJ_CHECK_HELPER(jj_sync_uint);
JJ_CHECK_HELPER(jj_unbox_uint);
JJ_CHECK_HELPER(jj_box_float);
JJ_CHECK_HELPER(jj_sync_int);
JJ_CHECK_HELPER(jj_sync_float);
JJ_CHECK_HELPER(jj_sync_bool);
JJ_CHECK_HELPER(jj_put_int);
JJ_CHECK_HELPER(jj_put_float);
JJ_CHECK_HELPER(jj_unbox_int);
