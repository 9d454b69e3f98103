// The pass `unbox`: functions of the module math on numbers in registers.
#include <cstring>

#include "passes/unboxer.h"

namespace jj::passes {

using hir::Instr;
using hir::Op;
using hir::ValueId;

namespace {

// As math computes them.
constexpr double kPi = 3.141592653589793;
constexpr double kToRadians = kPi / 180.0, kToDegrees = 180.0 / kPi;
constexpr int64_t kInfinity = 0x7ff0000000000000;

int64_t bits_of(double value) {
  int64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

}  // namespace

// The attribute of a module that has always been one function of math.
bool Unboxer::math_function(const Instr& i) {
  const JJSeen* only = only_seen(i);
  if (!only || only->kind != JJ_TYPE_BUILTIN || only->id < JJ_BUILTIN_COUNT || !may_exit()) return false;
  Value& module = values_[i.args[0]];
  if (module.form != Value::Object) return false;
  const auto builtin = static_cast<int32_t>(only->id);
  Value v;
  v.form = Value::Object;
  hir::CacheSite cache = out_.caches[i.imm[1]];  // of an attribute, which knows classes
  cache.kind = JJ_CACHE_GLOBAL;
  out_.caches.push_back(cache);
  const auto number = static_cast<int32_t>(out_.caches.size()) - 1;
  v.id = emit_exit(Op::MathPeek, JJ_EXIT_IDENTITY, {i.imm[0], number, builtin}, {module.id});
  v.source_kind = Content::Object;
  v.source = v.id;
  v.known.type = JJ_TYPE_BUILTIN;
  v.known.builtin = builtin;
  if (module.owned) emit(Op::Release, {}, {module.id});  // its namespace has it, too
  if (i.op == Op::LoadAttr) return define(i, v), true;
  const int32_t first = in_.nslots + i.imm[2], callee = first + (i.imm[3] == 0), null = first + (i.imm[3] != 0);
  contents_[callee] = v.known;
  contents_[callee].state = contents_[null].state = Content::Lazy;
  contents_[callee].source_kind = Content::Object;
  contents_[callee].source = v.id;
  contents_[null] = Content{};
  contents_[null].type = JJ_TYPE_NULL;
  contents_[null].state = Content::Lazy;
  contents_[null].source_kind = Content::Null;
  exits_ok_ = false;
  return true;
}

bool Unboxer::call_math(const Instr& i, int32_t builtin, std::vector<Value>& args) {
  for (const Value& v : args)
    if (kind_of(v) == Kind::None) return false;
  if (builtin >= int32_t{JJ_CMATH_ACOS}) return args.size() == 1 && call_with_complex(i, builtin, args[0]);
  if (builtin == JJ_MATH_GCD || builtin == JJ_MATH_ISQRT) return int_function(i, builtin, args);
  const bool two = builtin >= int32_t{JJ_MATH_ATAN2} && builtin < int32_t{JJ_MATH_CEIL};
  if (builtin == JJ_MATH_LOG && args.size() == 2) return log_to_base(i, args);
  if (args.size() != (two ? 2 : 1)) return false;
  const bool to_int = builtin == JJ_MATH_FLOOR || builtin == JJ_MATH_CEIL || builtin == JJ_MATH_TRUNC;
  if (to_int && kind_of(args[0]) != Kind::Float) return false;
  const ValueId x = as_float(args[0]);
  Kind kind = Kind::Float;
  const ValueId result =
      two ? emit_exit(Op::FloatMath2, JJ_EXIT_OTHER, {builtin}, {x, as_float(args[1])}) : math_result(builtin, x, kind);
  define_number(i, kind, result);
  return true;
}

// As math does it: the quotient of two rounded logarithms.
bool Unboxer::log_to_base(const Instr& i, std::vector<Value>& args) {
  ValueId logs[2];
  for (int k = 0; k < 2; k++)
    logs[k] = emit_exit(Op::FloatMath, JJ_EXIT_OTHER, {int32_t{JJ_MATH_LOG}}, {as_float(args[static_cast<size_t>(k)])});
  define_number(i, Kind::Float, emit_exit(Op::FloatDiv, JJ_EXIT_ZERO, {}, {logs[0], logs[1]}));
  return true;
}

bool Unboxer::int_function(const Instr& i, int32_t builtin, std::vector<Value>& args) {
  const bool divisor = builtin == JJ_MATH_GCD;
  if (args.size() != (divisor ? 2 : 1)) return false;
  for (const Value& v : args)
    if (kind_of(v) == Kind::Float) return false;
  const ValueId x = as_int(args[0]);
  define_number(i, Kind::Int,
                divisor ? emit_exit(Op::IntGcd, JJ_EXIT_OVERFLOW, {}, {x, as_int(args[1])})
                        : emit_exit(Op::IntSqrt, JJ_EXIT_RANGE, {}, {x}));
  return true;
}

ValueId Unboxer::math_result(int32_t builtin, ValueId x, Kind& kind) {
  auto whole = [&](ValueId v) {
    kind = Kind::Int;
    return emit_exit(Op::FloatToInt, JJ_EXIT_RANGE, {}, {v});
  };
  auto compare = [&](int order, ValueId a, ValueId b) {
    kind = Kind::Bool;
    return emit(Op::FloatCompare, {order}, {a, b});
  };
  switch (builtin) {
    case JJ_MATH_FLOOR: return whole(emit(Op::FloatWhole, {0}, {x}));
    case JJ_MATH_CEIL: return whole(emit(Op::FloatWhole, {1}, {x}));
    case JJ_MATH_TRUNC: return whole(x);
    case JJ_MATH_FABS: return emit(Op::FloatAbs, {}, {x});
    case JJ_MATH_SQRT: return emit_exit(Op::FloatSqrt, JJ_EXIT_OTHER, {}, {x});
    case JJ_MATH_RADIANS: return emit(Op::FloatMul, {}, {x, float_const(bits_of(kToRadians))});
    case JJ_MATH_DEGREES: return emit(Op::FloatMul, {}, {x, float_const(bits_of(kToDegrees))});
    case JJ_MATH_ISNAN: return compare(3, x, x);                                                    // Py_NE
    case JJ_MATH_ISINF: return compare(2, emit(Op::FloatAbs, {}, {x}), float_const(kInfinity));     // Py_EQ
    case JJ_MATH_ISFINITE: return compare(0, emit(Op::FloatAbs, {}, {x}), float_const(kInfinity));  // Py_LT
    default: return emit_exit(Op::FloatMath, JJ_EXIT_OTHER, {builtin}, {x});
  }
}

}  // namespace jj::passes
