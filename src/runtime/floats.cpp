// Operations on numbers of optimised code that are more than one machine instruction.
#include <cmath>
#include <numeric>

#include "runtime/arith.h"
#include "runtime/builtins.h"
#include "runtime/compat/objects.h"
#include "runtime/signature.h"

using namespace jj;

// The divisor is not zero.
extern "C" double jj_float_mod(double x, double y) {
  double rest = 0;
  op::Remainder::floats(x, y, rest);
  return rest;
}
extern "C" double jj_float_floordiv(double x, double y) {
  double quotient = 0;
  op::FloorDivide::floats(x, y, quotient);
  return quotient;
}
extern "C" int32_t jj_float_pow(double x, double y, double* out) { return op::Power::floats(x, y, *out); }
// Results that are not finite are errors or come from operands that are not; zero and subnormal ones are no errors.
namespace {
// hypot has its own way of rounding in each version: the function itself is called, with floats that live on the C stack.
// It looks at nothing but their values.
double hypot_of(double x, double y) {
  const PyMethodDef* row = math_row(JJ_MATH_HYPOT);
  if (!row || row->ml_flags != METH_FASTCALL) return std::nan("");
  PyFloatObject floats[2]{};
  PyObject* args[2];
  for (int k = 0; k < 2; ++k) {
    args[k] = reinterpret_cast<PyObject*>(&floats[k]);
    floats[k].ob_fval = k ? y : x;
    args[k]->ob_refcnt = 1;
    Py_SET_TYPE(args[k], &PyFloat_Type);
  }
  const auto function = reinterpret_cast<_PyCFunctionFast>(reinterpret_cast<void (*)()>(row->ml_meth));
  PyObject* result = function(nullptr, args, 2);
  if (!result) return PyErr_Clear(), std::nan("");
  const double length = float_field(result);
  Py_DECREF(result);
  return length;
}

using One = double (*)(double);
using Two = double (*)(double, double);
constexpr One kOne[] = {std::acos, std::acosh, std::asin, std::asinh, std::atan,  std::atanh,
                        std::cos,  std::cosh,  std::exp,  std::log,   std::log10, std::log2,
                        std::sin,  std::sinh,  std::tan,  std::tanh,  std::expm1, std::log1p};
constexpr Two kTwo[] = {std::atan2, float_rest, std::pow, std::copysign, hypot_of};
static_assert(sizeof(kOne) / sizeof(One) == JJ_MATH_ATAN2 - JJ_MATH_ACOS);
static_assert(sizeof(kTwo) / sizeof(Two) == JJ_MATH_CEIL - JJ_MATH_ATAN2);
}  // namespace
extern "C" double jj_math1(int32_t function, double x) { return kOne[function - JJ_MATH_ACOS](x); }
extern "C" double jj_math2(int32_t function, double x, double y) {
  if (!std::isfinite(x) || !std::isfinite(y)) return std::nan("");
  return kTwo[function - JJ_MATH_ATAN2](x, y);
}
extern "C" int32_t jj_int_pow(int64_t x, int64_t y, int64_t* out) { return op::Power::ints(x, y, *out); }

JJ_CHECK_HELPER(jj_math1);
JJ_CHECK_HELPER(jj_math2);
extern "C" int64_t jj_int_gcd(int64_t x, int64_t y) {
  auto size = [](int64_t v) { return v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v); };
  return static_cast<int64_t>(std::gcd(size(x), size(y)));
}
extern "C" int64_t jj_int_sqrt(int64_t x) {
  auto root = static_cast<int64_t>(std::sqrt(static_cast<double>(x)));
  auto above = [&](int64_t r) { return static_cast<__int128>(r) * r > x; };
  while (above(root)) --root;
  while (!above(root + 1)) ++root;
  return root;
}

JJ_CHECK_HELPER(jj_int_gcd);
JJ_CHECK_HELPER(jj_int_sqrt);
JJ_CHECK_HELPER(jj_int_pow);
JJ_CHECK_HELPER(jj_float_mod);
JJ_CHECK_HELPER(jj_float_floordiv);
JJ_CHECK_HELPER(jj_float_pow);
