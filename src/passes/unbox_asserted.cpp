// The pass `unbox`: what the user asserts of numbers is a guard, whose exit raises, or known already.
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Instr;
using hir::Op;

bool Unboxer::is_wrapped(const Instr& i) const { return ahead(1, Op::WrapInt, i.id) != nullptr; }

bool Unboxer::asserted(const Instr& i) {
  if (i.op != Op::CheckNumber && i.op != Op::WrapInt) return false;
  Value& v = values_[i.args[0]];
  Kind kind = kind_of(v);
  if (i.op == Op::WrapInt) {
    if (v.form != Value::Number || kind != Kind::Int) return false;
    values_[i.id] = v;  // a number in a register has 64 bits
    return true;
  }
  const bool floats = i.imm[0] == JJ_ASSERTS_FLOAT;
  if (kind == Kind::None && !floats && v.known.type == kUnknownType && !v.known.likely) kind = Kind::Int;
  const bool allowed =
      floats ? kind == Kind::Float || (i.imm[1] >= 0 && is_arithmetic(kind)) : kind == Kind::Int || kind == Kind::Bool;
  if (!allowed) return false;
  if (v.form == Value::Number) return true;
  if (!may_exit()) return false;
  if (v.known.type == kUnknownType && v.known.kind == Kind::None)
    emit_exit(Op::GuardBound, JJ_EXIT_UNBOUND, {}, {v.id});
  number(v, kind);
  release(v);
  return true;
}

}  // namespace jj::passes
