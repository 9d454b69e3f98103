// The pass `unbox`: arithmetic on ints that feedback has seen beyond 64 bits. They stay objects; but their types are guarded,
// so that no frame needs to be complete, and what comes out of them (`x & 255`, `x % m`) may be a number again.
#include <utility>

#include "bytecode/instr.h"
#include "passes/unboxer.h"

namespace jj::passes {

using bytecode::BinaryKind;
using hir::Instr;
using hir::Op;
using hir::ValueId;

namespace {

constexpr TypeSet kInts = bit(JJ_TYPE_INT) | bit(JJ_TYPE_BIG_INT);

bool is_done(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::TrueDivide:
    case BinaryKind::Power:
    case BinaryKind::MatrixMultiply: return false;
    default: return true;
  }
}
bool commutes(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::Add:
    case BinaryKind::Multiply:
    case BinaryKind::And:
    case BinaryKind::Or:
    case BinaryKind::Xor: return true;
    default: return false;
  }
}

bool may_be_int(const Value& v) {
  if (v.form == Value::Number) return v.known.kind == Kind::Int;
  if (v.form != Value::Object) return false;
  if (v.known.type != kUnknownType) return v.known.type == JJ_TYPE_INT || v.known.type == JJ_TYPE_BIG_INT;
  return v.known.likely && !(v.known.likely & ~kInts);
}
bool may_be_big(const Value& v) {
  if (v.form != Value::Object) return false;
  return v.known.type == JJ_TYPE_BIG_INT || (v.known.type == kUnknownType && v.known.likely & bit(JJ_TYPE_BIG_INT));
}

}  // namespace

// A number, or an object that no guard has found not to be one.
bool Unboxer::is_small(const Value& v) const {
  const bool known = v.form == Value::Number || v.known.constant >= 0 || v.known.kind == Kind::Int;
  return kind_of(v) == Kind::Int && (known || may_exit());
}

bool Unboxer::big_binary(const Instr& i) {
  const auto kind = static_cast<BinaryKind>(i.imm[0]);
  if (!is_done(kind) || !exits_ok_ || inside_ || !has_frame() || has_exited(pc_, JJ_EXIT_OTHER, /*only=*/true))
    return false;
  Value *a = &values_[i.args[0]], *b = &values_[i.args[1]];
  const TypeSet results = likely_at(i.pc);
  const bool grows = results & bit(JJ_TYPE_BIG_INT) && has_exited(pc_);
  if (!may_be_int(*a) || !may_be_int(*b) || !(may_be_big(*a) || may_be_big(*b) || grows)) return false;
  if (commutes(kind) && is_small(*a) && !is_small(*b)) std::swap(a, b);
  const bool left = is_small(*a), right = is_small(*b);
  auto emit_big = [&](Op op, ValueId x, ValueId y) { return emit_exit(op, JJ_EXIT_OTHER, {i.imm[0]}, {x, y}); };
  if (left && !right) return false;
  if (left) {
    const ValueId x = number(*a, Kind::Int), y = number(*b, Kind::Int);
    define_big(i, emit_big(Op::BigOfInts, x, y), results);
  } else if (!right) {
    define_big(i, emit_big(Op::BigBinary, a->id, b->id), results);
  } else {
    const ValueId y = number(*b, Kind::Int);
    if (results == bit(JJ_TYPE_INT))
      define_number(i, Kind::Int, emit_big(Op::BigToInt, a->id, y));
    else
      define_big(i, emit_big(Op::BigByInt, a->id, y), results);
  }
  release(*a);
  release(*b);
  return true;
}

void Unboxer::define_big(const Instr& i, ValueId id, TypeSet results) {
  Content known;
  known.likely = results;
  if (results != bit(JJ_TYPE_INT)) known.type = JJ_TYPE_BIG_INT;
  define_object(i, id, known);
}

}  // namespace jj::passes
