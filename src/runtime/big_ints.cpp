// Arithmetic on exact ints that 64 bits do not hold: up to 120 bits in two registers, beyond digit by digit. Every loop reads a
// digit of its operands before it writes that of the result, which may be one of the operands.
#include "runtime/big_ints.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "runtime/boxes.h"
#include "runtime/signature.h"

namespace jj {
namespace {

using Wide = __int128;
using Magnitude = unsigned __int128;
constexpr int64_t kWideDigits = 4;
constexpr uint64_t kMask = kDigitLimit - 1;
constexpr int64_t kDigitsAt = sizeof(PyVarObject);

// -- results

// How many digits fit in the memory of an int with so many: pymalloc's blocks are multiples of 16 bytes.
int64_t capacity(PyObject* o) {
  const int64_t digits = std::max<int64_t>(int_digit_count(o), 1), bytes = kDigitsAt + 4 * digits;
  return ints_have_two_digits && bytes <= 512 ? (((bytes + 15) & ~int64_t{15}) - kDigitsAt) / 4 : digits;
}

PyObject* int_of(int64_t digits, PyObject* room) {
  if (room && capacity(room) >= digits) return room;
  for (int k = 0; k < 2; ++k)
    if (digits > 2 && digits <= kWideRoom[k] && wide_pools[k].head && !tracing_memory()) return wide_pools[k].take();
  auto* o = static_cast<PyObject*>(PyObject_Malloc(static_cast<size_t>(kDigitsAt + 4 * digits)));
  if (!o) return nullptr;
  o->ob_refcnt = 1;
  Py_SET_TYPE(o, &PyLong_Type);
  return o;
}

// Digits were written to `o`: the int that they make. Small ones are the interpreter's own.
PyObject* finished(PyObject* o, int64_t digits, bool negative, PyObject* room) {
  while (digits > 0 && int_digits(o)[digits - 1] == 0) --digits;
  if (digits <= 1) {
    const int64_t size = digits ? int64_t{int_digits(o)[0]} : 0, v = negative ? -size : size;
    if (is_small_int(v)) {
      int_set_size(o, 1, false);
      if (o != room) drop_int(o);
      return new_ref(small_ints[v - kSmallIntMin]);
    }
  }
  int_set_size(o, digits, negative);
  return o;
}

// -- up to 120 bits

bool as_wide(PyObject* o, Wide& v) {
  const int64_t n = int_digit_count(o);
  if (n > kWideDigits) return false;
  Magnitude size = 0;
  for (int64_t k = n - 1; k >= 0; --k) size = size << 30 | int_digits(o)[k];
  v = int_negative(o) ? -static_cast<Wide>(size) : static_cast<Wide>(size);
  return true;
}
Magnitude size_of(Wide v) { return v < 0 ? -static_cast<Magnitude>(v) : static_cast<Magnitude>(v); }
int bits_of(Wide v) {
  const Magnitude size = size_of(v);
  const auto high = static_cast<uint64_t>(size >> 64);
  return high ? 128 - std::countl_zero(high) : 64 - std::countl_zero(static_cast<uint64_t>(size));
}

PyObject* wide_int(Wide v, PyObject* room) {
  const int bits = bits_of(v);
  if (bits <= 60) {
    const auto small = static_cast<int64_t>(v);
    if (!room || is_small_int(small) || !has_room(room, small)) return box_int(small);
    int_write(room, small);
    return room;
  }
  const int64_t digits = (bits + 29) / 30;
  PyObject* o = int_of(digits, room);
  if (!o) return nullptr;
  Magnitude size = size_of(v);
  for (int64_t k = 0; k < digits; ++k, size >>= 30) int_digits(o)[k] = static_cast<digit>(size & kMask);
  int_set_size(o, digits, v < 0);
  return o;
}

Wide floor_div(Wide x, Wide y) {
  const Wide q = x / y;
  return q - (q * y != x && (x < 0) != (y < 0));
}

bool wide_arithmetic(BinaryKind op, Wide x, Wide y, Wide& r) {
  constexpr int kMostBits = 126;
  switch (op) {
    case BinaryKind::Add: return r = x + y, true;
    case BinaryKind::Subtract: return r = x - y, true;
    case BinaryKind::And: return r = x & y, true;
    case BinaryKind::Or: return r = x | y, true;
    case BinaryKind::Xor: return r = x ^ y, true;
    case BinaryKind::Multiply: return bits_of(x) + bits_of(y) <= kMostBits ? (r = x * y, true) : false;
    case BinaryKind::FloorDivide: return y != 0 ? (r = floor_div(x, y), true) : false;
    case BinaryKind::Remainder: return y != 0 ? (r = x - floor_div(x, y) * y, true) : false;
    case BinaryKind::Lshift:
      if (y < 0 || y > kMostBits || bits_of(x) + static_cast<int>(y) > kMostBits) return false;
      return r = static_cast<Wide>(static_cast<Magnitude>(x) << static_cast<int>(y)), true;
    case BinaryKind::Rshift:
      if (y < 0) return false;
      return r = x >> (y > kMostBits ? kMostBits : static_cast<int>(y)), true;
    default: return false;
  }
}

// -- beyond

struct Number {
  const digit* digits;
  int64_t count;
  bool negative;
};
Number number_of(PyObject* o) { return {int_digits(o), int_digit_count(o), int_negative(o)}; }

bool is_less(const Number& a, const Number& b) {  // without their signs
  if (a.count != b.count) return a.count < b.count;
  for (int64_t k = a.count - 1; k >= 0; --k)
    if (a.digits[k] != b.digits[k]) return a.digits[k] < b.digits[k];
  return false;
}

PyObject* add(Number a, Number b, PyObject* room) {
  const bool subtracts = a.negative != b.negative;
  if (subtracts ? is_less(a, b) : a.count < b.count) std::swap(a, b);
  PyObject* o = int_of(a.count + !subtracts, room);
  if (!o) return nullptr;
  digit* out = int_digits(o);
  int64_t carry = 0;
  for (int64_t k = 0; k < a.count; ++k) {
    const int64_t other = k < b.count ? int64_t{b.digits[k]} : 0;
    carry += a.digits[k] + (subtracts ? -other : other);
    out[k] = static_cast<digit>(carry & static_cast<int64_t>(kMask));
    carry >>= 30;
  }
  if (!subtracts) out[a.count] = static_cast<digit>(carry);
  return finished(o, a.count + !subtracts, a.negative, room);
}

PyObject* multiply(const Number& a, uint64_t factor, bool negative, PyObject* room) {
  PyObject* o = int_of(a.count + 1, room);
  if (!o) return nullptr;
  uint64_t carry = 0;
  for (int64_t k = 0; k < a.count; ++k, carry >>= 30) {
    carry += a.digits[k] * factor;
    int_digits(o)[k] = static_cast<digit>(carry & kMask);
  }
  int_digits(o)[a.count] = static_cast<digit>(carry);
  return finished(o, a.count + 1, negative, room);
}

PyObject* divide(const Number& a, uint32_t divisor, PyObject* room) {
  PyObject* o = int_of(a.count, room);
  if (!o) return nullptr;
  uint64_t rest = 0;
  for (int64_t k = a.count - 1; k >= 0; --k) {
    rest = rest << 30 | a.digits[k];
    int_digits(o)[k] = static_cast<digit>(rest / divisor);
    rest %= divisor;
  }
  return finished(o, a.count, false, room);
}

// With the sign of the divisor, which is positive.
int64_t rest_of(const Number& a, int64_t divisor) {
  Magnitude rest = 0;
  if (divisor < kDigitLimit) {
    uint64_t small = 0;
    for (int64_t k = a.count - 1; k >= 0; --k) small = (small << 30 | a.digits[k]) % static_cast<uint64_t>(divisor);
    rest = small;
  } else {
    for (int64_t k = a.count - 1; k >= 0; --k) rest = (rest << 30 | a.digits[k]) % static_cast<Magnitude>(divisor);
  }
  const auto v = static_cast<int64_t>(rest);
  return v && a.negative ? divisor - v : v;
}

// The lowest 60 bits, as two's complement has them.
int64_t low_bits(const Number& a) {
  const uint64_t low = a.digits[0] | static_cast<uint64_t>(a.digits[1]) << 30;
  return static_cast<int64_t>(a.negative ? -low : low);
}

// At most two digits, not below 0.
bool is_short(const Number& a, int64_t& v) {
  if (a.count > 2 || a.negative) return false;
  v = a.count == 0 ? 0 : a.digits[0] | (a.count == 2 ? int64_t{a.digits[1]} << 30 : 0);
  return true;
}

// What is small whatever the size of the first operand.
bool long_to_int(BinaryKind op, const Number& a, const Number& b, int64_t& v) {
  int64_t other = 0;
  if (a.count <= 2 || !is_short(b, other)) return false;
  if (op == BinaryKind::And) return v = low_bits(a) & other, true;
  return op == BinaryKind::Remainder && other > 0 ? (v = rest_of(a, other), true) : false;
}

// One of the operands is long.
PyObject* long_arithmetic(BinaryKind op, const Number& a, const Number& b, PyObject* room) {
  const bool negative = a.negative != b.negative;
  int64_t v = 0;
  switch (op) {
    case BinaryKind::Add: return add(a, b, room);
    case BinaryKind::Subtract: return add(a, {b.digits, b.count, !b.negative}, room);
    case BinaryKind::Multiply:
      if (a.count == 1) return multiply(b, a.digits[0], negative, room);
      return b.count == 1 ? multiply(a, b.digits[0], negative, room) : nullptr;
    case BinaryKind::FloorDivide:
      return b.count == 1 && !a.negative && !b.negative ? divide(a, b.digits[0], room) : nullptr;
    default:
      if (long_to_int(op, a, b, v) || (op == BinaryKind::And && long_to_int(op, b, a, v))) return box_int(v);
      return nullptr;
  }
}

struct Digits {
  digit digits[3];
  Number number;
  explicit Digits(int64_t v) : number{digits, 0, v < 0} {
    for (uint64_t u = v < 0 ? -static_cast<uint64_t>(v) : static_cast<uint64_t>(v); u; u >>= 30)
      digits[number.count++] = static_cast<digit>(u & kMask);
  }
  Digits(const Digits&) = delete;
};

// No memory: the interpreter's own operation finds out.
PyObject* quietly(PyObject* result) {
  if (JJ_UNLIKELY(!result)) PyErr_Clear();
  return result;
}

}  // namespace

PyObject* big_arithmetic(BinaryKind op, PyObject* a, PyObject* b, PyObject* room) {
  if (JJ_UNLIKELY(tracing_memory())) return nullptr;
  Wide x, y, r;
  if (!as_wide(a, x) || !as_wide(b, y)) return quietly(long_arithmetic(op, number_of(a), number_of(b), room));
  return wide_arithmetic(op, x, y, r) ? quietly(wide_int(r, room)) : nullptr;
}

}  // namespace jj

using namespace jj;

extern "C" PyObject* jj_big_binary(int32_t op, PyObject* a, PyObject* b) {
  if (!is_exact_int(a) || !is_exact_int(b)) return nullptr;
  return big_arithmetic(static_cast<BinaryKind>(op), a, b, nullptr);
}
extern "C" PyObject* jj_big_by_int(int32_t op, PyObject* a, int64_t b) {
  if (!is_exact_int(a) || tracing_memory()) return nullptr;
  const auto kind = static_cast<BinaryKind>(op);
  Wide x, r;
  if (!as_wide(a, x)) return quietly(long_arithmetic(kind, number_of(a), Digits(b).number, nullptr));
  return wide_arithmetic(kind, x, b, r) ? quietly(wide_int(r, nullptr)) : nullptr;
}
extern "C" PyObject* jj_big_of_ints(int32_t op, int64_t a, int64_t b) {
  Wide r;
  return wide_arithmetic(static_cast<BinaryKind>(op), a, b, r) ? quietly(wide_int(r, nullptr)) : nullptr;
}
extern "C" int32_t jj_big_to_int(int32_t op, PyObject* a, int64_t b, int64_t* out) {
  if (!is_exact_int(a)) return 0;
  const auto kind = static_cast<BinaryKind>(op);
  Wide x, r;
  if (as_wide(a, x)) {
    if (!wide_arithmetic(kind, x, b, r) || r != static_cast<int64_t>(r)) return 0;
    return *out = static_cast<int64_t>(r), 1;
  }
  if (long_to_int(kind, number_of(a), Digits(b).number, *out)) return 1;
  PyObject* result = jj_big_by_int(op, a, b);
  if (!result) return 0;
  const bool fits = int_fits(result, *out);
  drop_int(result);
  return fits;
}

JJ_CHECK_HELPER(jj_big_binary);
JJ_CHECK_HELPER(jj_big_by_int);
JJ_CHECK_HELPER(jj_big_of_ints);
JJ_CHECK_HELPER(jj_big_to_int);
