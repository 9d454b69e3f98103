// Float operations of optimised code that are more than one machine instruction.
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

JJ_CHECK_HELPER(jj_float_mod);
JJ_CHECK_HELPER(jj_float_floordiv);
JJ_CHECK_HELPER(jj_float_pow);
