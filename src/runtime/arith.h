// What each binary operator does with ints and floats, and where its general form is.
#pragma once
#include "runtime/big_ints.h"
#include "runtime/ints.h"

#include <cmath>

namespace jj {

using BinaryFunction = PyObject* (*)(PyObject*, PyObject*);

// The same as fmod, bit for bit, in a few nanoseconds. Below 2**52 a rounded quotient is at most one too large once its
// fraction is cut off; the product of that and the divisor differs from the dividend by no more than the divisor, a number
// that has no digit beyond the divisor's last one: a fused operation gives it exactly.
inline double float_rest(double x, double y) {
  const double size = std::fabs(x), divisor = std::fabs(y);
  if (size < divisor) return x;
  const double quotient = size / divisor;
  if (!(quotient < 0x1p52)) return std::fmod(x, y);
  const double rest = std::fma(-std::trunc(quotient), divisor, size);
  return std::copysign(rest < 0 ? rest + divisor : rest, x);
}

namespace op {  // its own namespace: CPython's headers name the same things for its AST

// One struct per operator: `ints` and `floats` compute the exact result, or return false to have the general form do it
// (overflow, errors). kInts/kFloats: whether there is such a fast form.
struct Operator {
  static constexpr bool kInts = false, kFloats = false, kQuotient = false, kConcat = false, kDropRightFirst = false;
  static constexpr BinaryKind kKind = BinaryKind::Power;
  static bool ints(int64_t, int64_t, int64_t&) { return false; }
  static bool floats(double, double, double&) { return false; }
};
#define JJ_GENERAL(api)                                                               \
  static PyObject* general(PyObject* a, PyObject* b) { return PyNumber_##api(a, b); } \
  static PyObject* inplace(PyObject* a, PyObject* b) { return PyNumber_InPlace##api(a, b); }

struct Add : Operator {
  static constexpr BinaryKind kKind = BinaryKind::Add;
  static constexpr bool kInts = true, kFloats = true, kConcat = true;
  static bool ints(int64_t x, int64_t y, int64_t& r) { return r = x + y, true; }
  static bool floats(double x, double y, double& r) { return r = x + y, true; }
  JJ_GENERAL(Add)
};
struct Subtract : Operator {
  static constexpr BinaryKind kKind = BinaryKind::Subtract;
  static constexpr bool kInts = true, kFloats = true, kDropRightFirst = kSubAndModDropRightFirst;
  static bool ints(int64_t x, int64_t y, int64_t& r) { return r = x - y, true; }
  static bool floats(double x, double y, double& r) { return r = x - y, true; }
  JJ_GENERAL(Subtract)
};
struct Multiply : Operator {
  static constexpr BinaryKind kKind = BinaryKind::Multiply;
  static constexpr bool kInts = true, kFloats = true;
  static bool ints(int64_t x, int64_t y, int64_t& r) { return !__builtin_mul_overflow(x, y, &r); }
  static bool floats(double x, double y, double& r) { return r = x * y, true; }
  JJ_GENERAL(Multiply)
};
struct TrueDivide : Operator {
  static constexpr BinaryKind kKind = BinaryKind::TrueDivide;
  static constexpr bool kFloats = true, kQuotient = true;
  static bool floats(double x, double y, double& r) { return y != 0 ? (r = x / y, true) : false; }
  JJ_GENERAL(TrueDivide)
};
struct FloorDivide : Operator {
  static constexpr BinaryKind kKind = BinaryKind::FloorDivide;
  static constexpr bool kInts = true, kFloats = true;
  // The quotient that belongs to the remainder.
  static bool floats(double x, double y, double& r) {
    if (y == 0) return false;
    const double rest = float_rest(x, y);
    double quotient = (x - rest) / y;
    if (rest != 0 && (rest < 0) != (y < 0)) quotient -= 1.0;
    if (quotient == 0) return r = std::copysign(0.0, x / y), true;
    const double whole = std::floor(quotient);
    return r = quotient - whole > 0.5 ? whole + 1.0 : whole, true;
  }
  static bool ints(int64_t x, int64_t y, int64_t& r) {
    if (JJ_LIKELY(x >= 0 && y > 0)) {
      bool narrow = ((x | y) >> 32) == 0;
      r = narrow ? static_cast<int64_t>(static_cast<uint32_t>(x) / static_cast<uint32_t>(y)) : x / y;
      return true;
    }
    if (y == 0) return false;
    r = x / y;
    if (x % y != 0 && (x < 0) != (y < 0)) --r;
    return true;
  }
  JJ_GENERAL(FloorDivide)
};
struct Remainder : Operator {
  static constexpr BinaryKind kKind = BinaryKind::Remainder;
  // It has the sign of y.
  static bool floats(double x, double y, double& r) {
    if (y == 0) return false;
    r = float_rest(x, y);
    if (r == 0)
      r = std::copysign(0.0, y);
    else if ((r < 0) != (y < 0))
      r += y;
    return true;
  }
  static constexpr bool kInts = true, kFloats = true, kDropRightFirst = kSubAndModDropRightFirst;
  static bool ints(int64_t x, int64_t y, int64_t& r) {
    if (JJ_LIKELY(x >= 0 && y > 0)) {
      bool narrow = ((x | y) >> 32) == 0;
      r = narrow ? static_cast<int64_t>(static_cast<uint32_t>(x) % static_cast<uint32_t>(y)) : x % y;
      return true;
    }
    if (y == 0) return false;
    r = x % y;
    if (r != 0 && (r < 0) != (y < 0)) r += y;
    return true;
  }
  JJ_GENERAL(Remainder)
};
struct And : Operator {
  static constexpr BinaryKind kKind = BinaryKind::And;
  static constexpr bool kInts = true;
  static bool ints(int64_t x, int64_t y, int64_t& r) { return r = x & y, true; }
  JJ_GENERAL(And)
};
struct Or : Operator {
  static constexpr BinaryKind kKind = BinaryKind::Or;
  static constexpr bool kInts = true;
  static bool ints(int64_t x, int64_t y, int64_t& r) { return r = x | y, true; }
  JJ_GENERAL(Or)
};
struct Xor : Operator {
  static constexpr BinaryKind kKind = BinaryKind::Xor;
  static constexpr bool kInts = true;
  static bool ints(int64_t x, int64_t y, int64_t& r) { return r = x ^ y, true; }
  JJ_GENERAL(Xor)
};
struct Lshift : Operator {
  static constexpr BinaryKind kKind = BinaryKind::Lshift;
  static constexpr bool kInts = true;
  static bool ints(int64_t x, int64_t y, int64_t& r) {
    if (static_cast<uint64_t>(y) > 62) return false;
    r = static_cast<int64_t>(static_cast<uint64_t>(x) << y);
    return r >> y == x;
  }
  JJ_GENERAL(Lshift)
};
struct Rshift : Operator {
  static constexpr BinaryKind kKind = BinaryKind::Rshift;
  static constexpr bool kInts = true;
  static bool ints(int64_t x, int64_t y, int64_t& r) {
    if (y < 0) return false;
    r = x >> (y > 62 ? 62 : y);
    return true;
  }
  JJ_GENERAL(Rshift)
};
struct Power : Operator {
  static constexpr bool kInts = true, kFloats = true;
  // The C library's result where neither operand nor result is special; negative bases only with whole exponents.
  static bool floats(double x, double y, double& r) {
    if (x == 0 && y >= 0 && std::isfinite(y)) return r = std::pow(x, y), true;
    if (!std::isfinite(x) || !std::isfinite(y) || x == 0 || (x < 0 && y != std::floor(y))) return false;
    r = std::pow(x, y);
    return std::isnormal(r);
  }
  static bool ints(int64_t x, int64_t y, int64_t& r) {
    if (static_cast<uint64_t>(y) > 62) return false;
    for (r = 1; y; y >>= 1) {
      if ((y & 1) && __builtin_mul_overflow(r, x, &r)) return false;
      if (y > 1 && __builtin_mul_overflow(x, x, &x)) return false;
    }
    return true;
  }
  static PyObject* general(PyObject* a, PyObject* b) { return PyNumber_Power(a, b, Py_None); }
  static PyObject* inplace(PyObject* a, PyObject* b) { return PyNumber_InPlacePower(a, b, Py_None); }
};
struct MatrixMultiply : Operator {
  static constexpr BinaryKind kKind = BinaryKind::MatrixMultiply;
  JJ_GENERAL(MatrixMultiply)
};
#undef JJ_GENERAL

}  // namespace op
}  // namespace jj
