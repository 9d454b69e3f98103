// The pass `unbox`: complex numbers in registers.
//
// An int or float beside one becomes one as the interpreter makes it one: with an imaginary part of 0.
#include <bit>

#include "bytecode/instr.h"
#include "passes/unboxer.h"

namespace jj::passes {

using bytecode::BinaryKind;
using bytecode::UnaryKind;
using hir::Instr;
using hir::Op;
using hir::ValueId;

bool Unboxer::is_complex(const Value& v) const {
  if (v.known.kind != Kind::None) return v.known.kind == Kind::Complex;
  if (v.known.type != kUnknownType) return v.known.type == JJ_TYPE_COMPLEX;
  return v.known.likely == bit(JJ_TYPE_COMPLEX);
}
bool Unboxer::can_be_complex(const Value& v) const { return is_complex(v) || is_arithmetic(kind_of(v)); }
bool Unboxer::are_complex(const Value& a, const Value& b) const {
  return (is_complex(a) || is_complex(b)) && can_be_complex(a) && can_be_complex(b);
}

// Whether a guard has to make sure of its type.
bool Unboxer::may_leave_for(const Value& v) const {
  return v.form == Value::Object && v.known.kind == Kind::None && v.known.constant < 0;
}

ValueId Unboxer::complex_of(ValueId real, ValueId imag) { return emit(Op::ComplexOf, {}, {real, imag}); }

ValueId Unboxer::as_complex(Value& v) {
  return is_complex(v) ? number(v, Kind::Complex) : complex_of(as_float(v), float_const(0));
}

// For a comparison: an int must not be rounded.
ValueId Unboxer::as_complex_exactly(Value& v) {
  const Kind kind = kind_of(v);
  if (kind != Kind::Int && kind != Kind::Bool) return as_complex(v);
  const ValueId whole = as_int(v);
  return complex_of(emit_exit(Op::IntToFloatExact, JJ_EXIT_RANGE, {}, {whole}), float_const(0));
}

void Unboxer::finish_complex(const Instr& i, Kind kind, ValueId result) {
  define_number(i, kind, result);
  for (int n = 0; n < hir::info(i.op).operands; n++) release(values_[i.args[n]]);
}

bool Unboxer::complex_operation(const Instr& i) {
  Value& a = values_[i.args[0]];
  switch (i.op) {
    case Op::Binary: return complex_binary(i);
    case Op::Unary:
      if (static_cast<UnaryKind>(i.imm[0]) != UnaryKind::Negative || !is_complex(a)) return false;
      if (may_leave_for(a) && !may_exit()) return false;
      finish_complex(i, Kind::Complex, emit(Op::ComplexNeg, {}, {as_complex(a)}));
      return true;
    case Op::Truth:
      if (!is_complex(a) || (may_leave_for(a) && !may_exit())) return false;
      finish_complex(i, Kind::Bool,
                     emit(Op::NotCond, {}, {emit(Op::ComplexEqual, {}, {as_complex(a), zero(Kind::Complex)})}));
      return true;
    default: return complex_compare(i);
  }
}

// A constant that is a whole number, from 1 up; 0: it is something else.
int32_t Unboxer::small_exponent(const Value& v) const {
  constexpr int64_t kMost = 8;  // longer code is no quicker than the runtime's
  if (v.known.constant < 0 || v.known.type != JJ_TYPE_INT) return 0;
  const int64_t word = in_.facts.constants[static_cast<size_t>(v.known.constant)].word;
  return word > 0 && word <= kMost ? static_cast<int32_t>(word) : 0;
}

// By repeated squaring, from 1, as the interpreter does it. One product more than needed is not made: nobody sees it.
ValueId Unboxer::power(ValueId base, int32_t exponent) {
  ValueId result = complex_of(float_const(std::bit_cast<int64_t>(1.0)), float_const(0));
  for (;; base = emit(Op::ComplexMul, {}, {base, base})) {
    if (exponent & 1) result = emit(Op::ComplexMul, {}, {result, base});
    exponent >>= 1;
    if (!exponent) return emit_exit(Op::ComplexFinite, JJ_EXIT_OTHER, {}, {result});
  }
}

bool Unboxer::complex_binary(const Instr& i) {
  Value &a = values_[i.args[0]], &b = values_[i.args[1]];
  if (!are_complex(a, b)) return false;
  const auto kind = static_cast<BinaryKind>(i.imm[0]);
  const bool leaves = kind == BinaryKind::TrueDivide || kind == BinaryKind::Power;
  const bool sums = kind == BinaryKind::Add || kind == BinaryKind::Subtract || kind == BinaryKind::Multiply;
  if (!leaves && !sums) return false;
  if ((leaves || may_leave_for(a) || may_leave_for(b)) && !may_exit()) return false;
  const ValueId x = as_complex(a), y = as_complex(b);
  ValueId result = -1;
  if (const int32_t exponent = kind == BinaryKind::Power ? small_exponent(b) : 0; exponent > 0)
    result = power(as_complex(a), exponent);
  else if (kind == BinaryKind::TrueDivide)
    result = emit_exit(Op::ComplexDiv, JJ_EXIT_ZERO, {}, {x, y});
  else if (kind == BinaryKind::Power)
    result = emit_exit(Op::ComplexPow, JJ_EXIT_OTHER, {}, {x, y});
  else
    result = emit(kind == BinaryKind::Add        ? Op::ComplexAdd
                  : kind == BinaryKind::Subtract ? Op::ComplexSub
                                                 : Op::ComplexMul,
                  {}, {x, y});
  finish_complex(i, Kind::Complex, result);
  return true;
}

// There is no order among them.
bool Unboxer::complex_compare(const Instr& i) {
  constexpr int32_t kEqual = 2, kUnequal = 3;  // Py_EQ, Py_NE
  Value &a = values_[i.args[0]], &b = values_[i.args[1]];
  if (!are_complex(a, b) || (i.imm[0] != kEqual && i.imm[0] != kUnequal) || !may_exit()) return false;
  const ValueId x = as_complex_exactly(a), y = as_complex_exactly(b);
  const ValueId equal = emit(Op::ComplexEqual, {}, {x, y});
  finish_complex(i, Kind::Bool, i.imm[0] == kEqual ? equal : emit(Op::NotCond, {}, {equal}));
  return true;
}

// The attribute real (0) or imag (1).
bool Unboxer::complex_part(const Instr& i, int32_t part) {
  Value& v = values_[i.args[0]];
  if (!is_complex(v) || (may_leave_for(v) && !may_exit())) return false;
  finish_complex(i, Kind::Float, emit(part ? Op::ComplexImag : Op::ComplexReal, {}, {as_complex(v)}));
  return true;
}

// complex(x), complex(x, y) of other numbers.
bool Unboxer::call_complex(const Instr& i, std::vector<Value>& args) {
  if (args.empty() || args.size() > 2) return false;
  for (const Value& v : args)
    if (!is_arithmetic(kind_of(v))) return false;
  const ValueId real = as_float(args[0]), imag = args.size() > 1 ? as_float(args[1]) : float_const(0);
  define_number(i, Kind::Complex, complex_of(real, imag));
  return true;
}

// abs() and functions of cmath.
bool Unboxer::call_with_complex(const Instr& i, int32_t builtin, Value& v) {
  if (builtin == JJ_BUILTIN_ABS) {
    define_number(i, Kind::Float, emit_exit(Op::ComplexAbs, JJ_EXIT_OTHER, {}, {as_complex(v)}));
  } else if (builtin == JJ_CMATH_PHASE) {
    define_number(i, Kind::Float, emit_exit(Op::ComplexPhase, JJ_EXIT_OTHER, {builtin}, {as_complex(v)}));
  } else if (builtin >= int32_t{JJ_CMATH_ACOS} && builtin < int32_t{JJ_CMATH_PHASE}) {
    define_number(i, Kind::Complex, emit_exit(Op::ComplexMath, JJ_EXIT_OTHER, {builtin}, {as_complex(v)}));
  } else {
    return false;
  }
  return true;
}

}  // namespace jj::passes
