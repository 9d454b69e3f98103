// The pass `unbox`: arithmetic, comparisons and truth of numbers, and polls with values in registers.
//
// An operation stays as it is when the kinds of its operands are unknown or Python treats them in a way of its own. Guards
// and the operation itself come before any operand is released: until then leaving finds the frame untouched.
#include "bytecode/instr.h"
#include "passes/unboxer.h"

namespace jj::passes {
namespace {

using bytecode::BinaryKind;
using bytecode::UnaryKind;
using hir::Effects;
using hir::Instr;
using hir::Op;
using hir::ValueId;

struct Choice {
  Op op = Op::Leave;  // none
  Kind operands = Kind::None, result = Kind::None;
  JJExitKind exit = JJ_EXIT_NONE;
};

Choice int_choice(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::Add: return {Op::IntAdd, Kind::Int, Kind::Int, JJ_EXIT_OVERFLOW};
    case BinaryKind::Subtract: return {Op::IntSub, Kind::Int, Kind::Int, JJ_EXIT_OVERFLOW};
    case BinaryKind::Multiply: return {Op::IntMul, Kind::Int, Kind::Int, JJ_EXIT_OVERFLOW};
    case BinaryKind::FloorDivide: return {Op::IntFloorDiv, Kind::Int, Kind::Int, JJ_EXIT_ZERO};
    case BinaryKind::Remainder: return {Op::IntMod, Kind::Int, Kind::Int, JJ_EXIT_ZERO};
    case BinaryKind::TrueDivide: return {Op::IntTrueDiv, Kind::Int, Kind::Float, JJ_EXIT_ZERO};
    case BinaryKind::Lshift: return {Op::IntLshift, Kind::Int, Kind::Int, JJ_EXIT_RANGE};
    case BinaryKind::Rshift: return {Op::IntRshift, Kind::Int, Kind::Int, JJ_EXIT_RANGE};
    case BinaryKind::And: return {Op::IntAnd, Kind::Int, Kind::Int, JJ_EXIT_NONE};
    case BinaryKind::Or: return {Op::IntOr, Kind::Int, Kind::Int, JJ_EXIT_NONE};
    case BinaryKind::Xor: return {Op::IntXor, Kind::Int, Kind::Int, JJ_EXIT_NONE};
    default: return {};
  }
}

// C's arithmetic, whose results nothing but the lowest 64 bits of are used.
Choice wrapping(const Choice& choice) {
  switch (choice.op) {
    case Op::IntAdd: return {Op::IntAddWrap, Kind::Int, Kind::Int, JJ_EXIT_NONE};
    case Op::IntSub: return {Op::IntSubWrap, Kind::Int, Kind::Int, JJ_EXIT_NONE};
    case Op::IntMul: return {Op::IntMulWrap, Kind::Int, Kind::Int, JJ_EXIT_NONE};
    default: return choice;
  }
}

Choice float_choice(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::Add: return {Op::FloatAdd, Kind::Float, Kind::Float, JJ_EXIT_NONE};
    case BinaryKind::Subtract: return {Op::FloatSub, Kind::Float, Kind::Float, JJ_EXIT_NONE};
    case BinaryKind::Multiply: return {Op::FloatMul, Kind::Float, Kind::Float, JJ_EXIT_NONE};
    case BinaryKind::TrueDivide: return {Op::FloatDiv, Kind::Float, Kind::Float, JJ_EXIT_ZERO};
    case BinaryKind::FloorDivide: return {Op::FloatFloorDiv, Kind::Float, Kind::Float, JJ_EXIT_ZERO};
    case BinaryKind::Power: return {Op::FloatPow, Kind::Float, Kind::Float, JJ_EXIT_OTHER};
    case BinaryKind::Remainder: return {Op::FloatMod, Kind::Float, Kind::Float, JJ_EXIT_ZERO};
    default: return {};
  }
}

bool is_bitwise(BinaryKind kind) {
  return kind == BinaryKind::And || kind == BinaryKind::Or || kind == BinaryKind::Xor;
}

Choice binary_choice(BinaryKind kind, Kind a, Kind b) {
  if (a == Kind::None || b == Kind::None) return {};
  if (a == Kind::Float || b == Kind::Float) return float_choice(kind);
  if (a == Kind::Bool && b == Kind::Bool && is_bitwise(kind)) return {};  // the result is a bool
  return int_choice(kind);
}

Choice unary_choice(UnaryKind kind, Kind a) {
  switch (kind) {
    case UnaryKind::Negative:
      if (a == Kind::Float) return {Op::FloatNeg, Kind::Float, Kind::Float, JJ_EXIT_NONE};
      if (a != Kind::None) return {Op::IntNeg, Kind::Int, Kind::Int, JJ_EXIT_OVERFLOW};
      return {};
    case UnaryKind::Invert:  // of a bool: with a warning
      if (a == Kind::Int) return {Op::IntInvert, Kind::Int, Kind::Int, JJ_EXIT_NONE};
      return {};
    default: return {};
  }
}

bool needs_guard(const Value& v) {
  return v.form == Value::Object && v.known.kind == Kind::None && v.known.constant < 0;
}

class Typed {
 public:
  Typed(Unboxer& u, const Instr& i) : u_(u), i_(i) {}

  bool run() {
    switch (i_.op) {
      case Op::Binary: {
        if (u_.masked_binary(i_) || u_.big_binary(i_) || u_.complex_operation(i_)) return true;
        const Choice choice = binary_choice(static_cast<BinaryKind>(i_.imm[0]), kind(0), kind(1));
        return apply(u_.is_wrapped(i_) ? wrapping(choice) : choice, 2);
      }
      case Op::Unary:
        return u_.complex_operation(i_) || apply(unary_choice(static_cast<UnaryKind>(i_.imm[0]), kind(0)), 1);
      case Op::Compare:
      case Op::CompareCond: return compare();
      case Op::Truth: return truth();
      case Op::Poll: return poll();
      default: return false;
    }
  }

 private:
  Value& operand(int n) { return u_.value(i_.args[n]); }
  Kind kind(int n) {
    const Kind kind = u_.kind_of(operand(n));
    return is_arithmetic(kind) ? kind : Kind::None;
  }

  bool can_guard(int operands, bool exits) {
    for (int n = 0; n < operands; n++) exits |= needs_guard(operand(n));
    return !exits || u_.may_exit();
  }
  ValueId as(Kind kind, int n) { return kind == Kind::Float ? u_.as_float(operand(n)) : u_.as_int(operand(n)); }

  bool apply(const Choice& choice, int operands) {
    if (choice.op == Op::Leave || !can_guard(operands, choice.exit != JJ_EXIT_NONE)) return false;
    const ValueId a = as(choice.operands, 0), b = operands > 1 ? as(choice.operands, 1) : -1;
    finish(choice.result, choice.exit == JJ_EXIT_NONE ? u_.emit(choice.op, {}, {a, b})
                                                      : u_.emit_exit(choice.op, choice.exit, {}, {a, b}));
    return true;
  }

  void finish(Kind result, ValueId id) {
    u_.define_number(i_, result, id);
    for (int n = 0; n < hir::info(i_.op).operands; n++) u_.release(operand(n));
  }

  // A comparison of an int with a float is exact: the conversion must not round.
  ValueId float_exactly(int n) {
    if (kind(n) == Kind::Float) return u_.as_float(operand(n));
    const ValueId whole = u_.as_int(operand(n));
    return u_.emit_exit(Op::IntToFloatExact, JJ_EXIT_RANGE, {}, {whole});
  }

  bool compare() {
    const Kind a = kind(0), b = kind(1);
    if (u_.unsigned_compare(i_) || u_.complex_operation(i_)) return true;
    if (a == Kind::None || b == Kind::None) return u_.compare_text(i_);
    const bool floats = a == Kind::Float || b == Kind::Float;
    if (!can_guard(2, floats && a != b)) return false;
    ValueId result = -1;
    if (floats) {
      const ValueId x = float_exactly(0), y = float_exactly(1);
      result = u_.emit(Op::FloatCompare, {i_.imm[0]}, {x, y});
    } else {
      const ValueId x = u_.as_int(operand(0)), y = u_.as_int(operand(1));
      result = u_.emit(Op::IntCompare, {i_.imm[0]}, {x, y});
    }
    finish(Kind::Bool, result);
    return true;
  }

  bool truth() {
    const Kind k = kind(0);
    if (u_.unsigned_truth(i_) || u_.complex_operation(i_)) return true;
    if (k == Kind::None) return u_.length_truth(i_);
    if (!can_guard(1, false)) return false;
    ValueId result = u_.number(operand(0), k);
    if (k != Kind::Bool) result = u_.emit(k == Kind::Int ? Op::IntTruth : Op::FloatTruth, {}, {result});
    finish(Kind::Bool, result);
    return true;
  }

  bool poll() {
    if (!u_.has_frame() && i_.imm[0] == 0) return true;  // every call of it begins with polls
    if (i_.imm[0] == 2 && u_.exits_ok()) {
      u_.emit_exit(Op::GuardIdle, JJ_EXIT_POLL);
      return true;
    }
    if (i_.imm[0] != 1 || !u_.exits_ok()) return false;
    const int32_t entry = u_.has_frame() ? u_.entry_ahead(i_) : 0;
    if (entry == 0) u_.before_poll();
    u_.emit_exit(Op::PollPending, u_.has_frame() ? JJ_EXIT_OTHER : JJ_EXIT_POLL, {entry});
    if (entry == 0) u_.forget_versions(), u_.forget_generators();  // whatever the poll runs
    return true;
  }

  Unboxer& u_;
  const Instr& i_;
};

}  // namespace

bool lower_typed(Unboxer& u, const hir::Instr& i) { return Typed(u, i).run(); }

}  // namespace jj::passes
