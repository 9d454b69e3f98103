// Operations on numbers of optimised code that are more than one machine instruction.
#include <cmath>

#include "runtime/arith.h"
#include "runtime/signature.h"

using namespace jj;

// x % y and x // y, y not zero: the remainder has the sign of y, and the quotient belongs to it.
extern "C" double jj_float_mod(double x, double y) {
  double rest = std::fmod(x, y);
  if (rest == 0) return std::copysign(0.0, y);
  return (rest < 0) != (y < 0) ? rest + y : rest;
}
extern "C" double jj_float_floordiv(double x, double y) {
  double rest = std::fmod(x, y);
  double quotient = (x - rest) / y;
  if (rest != 0 && (rest < 0) != (y < 0)) quotient -= 1.0;
  if (quotient == 0) return std::copysign(0.0, x / y);
  double whole = std::floor(quotient);
  return quotient - whole > 0.5 ? whole + 1.0 : whole;
}
extern "C" int32_t jj_float_pow(double x, double y, double* out) { return op::Power::floats(x, y, *out); }
// Results that are not finite are errors or come from operands that are not; zero and subnormal ones are no errors.
namespace {
using One = double (*)(double);
using Two = double (*)(double, double);
constexpr One kOne[] = {std::acos, std::acosh, std::asin,  std::asinh, std::atan, std::atanh, std::cos, std::cosh,
                        std::exp,  std::log,   std::log10, std::log2,  std::sin,  std::sinh,  std::tan, std::tanh};
constexpr Two kTwo[] = {std::atan2, std::fmod, std::pow};
static_assert(sizeof(kOne) / sizeof(One) == JJ_MATH_ATAN2 - JJ_MATH_ACOS);
static_assert(sizeof(kTwo) / sizeof(Two) == JJ_MATH_CEIL - JJ_MATH_ATAN2);
}  // namespace
extern "C" int32_t jj_math1(int32_t function, double x, double* out) {
  return std::isfinite(*out = kOne[function - JJ_MATH_ACOS](x));
}
extern "C" int32_t jj_math2(int32_t function, double x, double y, double* out) {
  if (!std::isfinite(x) || !std::isfinite(y) || (function == JJ_MATH_ATAN2 && x == 0)) return 0;
  return std::isfinite(*out = kTwo[function - JJ_MATH_ATAN2](x, y));
}
extern "C" int32_t jj_int_pow(int64_t x, int64_t y, int64_t* out) { return op::Power::ints(x, y, *out); }

JJ_CHECK_HELPER(jj_math1);
JJ_CHECK_HELPER(jj_math2);
JJ_CHECK_HELPER(jj_int_pow);
JJ_CHECK_HELPER(jj_float_mod);
JJ_CHECK_HELPER(jj_float_floordiv);
JJ_CHECK_HELPER(jj_float_pow);
