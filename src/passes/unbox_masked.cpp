// The pass `unbox`: numbers without a sign, from 0 to below 2**64, and arithmetic that leads to a mask.
//
// Of `(h ^ b) * 0x100000001b3 & 0xFFFFFFFFFFFFFFFF` nothing but the lowest 64 bits matter, which C's arithmetic gives
// whatever the size of what lies between. From the first such operation to the mask nothing happens but loads; whatever
// leaves on the way leaves in front of the first operation, so that no half-done number has to be made real.
#include <bit>

#include "bytecode/instr.h"
#include "passes/unboxer.h"

namespace jj::passes {

using bytecode::BinaryKind;
using hir::Instr;
using hir::Op;
using hir::ValueId;

namespace {

constexpr size_t kLongest = 60;  // operations from the first to the mask
constexpr int64_t kSign = INT64_MIN;

bool is_small_count(const Masked& m, int64_t least) {
  return m.form == Masked::Signed && m.constant && *m.constant >= least && *m.constant <= 63;
}
bool is_power_of_two(const Masked& m) {
  return m.constant && m.not_negative() && std::has_single_bit(static_cast<uint64_t>(*m.constant));
}
// Made on the way: the number itself is nowhere.
bool is_half_done(const Masked& m) { return m.form == Masked::Low && m.guarded; }
bool in_register(const Masked& m) { return m.form == Masked::Unsigned && !m.constant && m.guarded; }

Masked result(Masked::Form form) { return {form, true, std::nullopt}; }

Masked bitwise(BinaryKind kind, const Masked& a, const Masked& b) {
  if (kind == BinaryKind::And && (a.not_negative() || b.not_negative())) {
    const bool small = (a.not_negative() && a.form == Masked::Signed) ||
                       (b.not_negative() && b.form == Masked::Signed) || (a.constant && *a.constant >= 0) ||
                       (b.constant && *b.constant >= 0);
    return result(small ? Masked::Signed : Masked::Unsigned);
  }
  if (a.form == Masked::Signed && b.form == Masked::Signed) return result(Masked::Signed);
  return result(a.not_negative() && b.not_negative() ? Masked::Unsigned : Masked::Low);
}

// With a number of which all is known on the left.
Masked divided(BinaryKind kind, const Masked& a, const Masked& b) {
  const bool by_positive = b.form == Masked::Signed && b.constant && *b.constant > (kind == BinaryKind::FloorDivide);
  return result(a.form == Masked::Unsigned && by_positive ? Masked::Signed : Masked::Other);
}

// Puts a number without a sign in the order of those with one.
ValueId ordered(Unboxer& u, ValueId bits) { return u.emit(Op::IntXor, {}, {bits, u.int_const(kSign)}); }

}  // namespace

Masked Unboxer::masked(const Content& c) const {
  if (c.state == Content::Lazy && c.source_kind == Content::Local) return masked(contents_[c.source]);
  if (c.constant >= 0) {
    const hir::Constant& constant = in_.facts.constants[c.constant];
    if (constant.kind == JJ_TYPE_INT) return {Masked::Signed, true, constant.word};
    if (constant.kind == JJ_TYPE_BIG_INT && constant.word) return {Masked::Unsigned, true, constant.word};
    return {};
  }
  if (c.kind != Kind::None) {
    const bool known = c.state != Content::Maybe || c.valid;
    return known && c.kind == Kind::Int    ? result(Masked::Signed)
           : known && c.kind == Kind::Uint ? result(Masked::Unsigned)
                                           : Masked{};
  }
  if (c.state != Content::Clean && (c.state != Content::Lazy || c.source_kind != Content::Object)) return {};
  const TypeSet types = c.type != kUnknownType ? bit(c.type) : c.likely;
  if (!types || types & ~(bit(JJ_TYPE_INT) | bit(JJ_TYPE_BIG_INT))) return {};
  const bool fits = !low_bits_do_ && !has_exited(pc_, JJ_EXIT_RANGE, /*only=*/true);
  const Masked::Form big = fits ? Masked::Unsigned : Masked::Low;
  return {types == bit(JJ_TYPE_INT) ? Masked::Signed : big, false, std::nullopt};
}

Masked Unboxer::masked(const Value& v) const {
  if (v.form == Value::Number) return masked(v.known.state == Content::Maybe ? behind(v.known.kind, v.id) : v.known);
  return v.form == Value::Object && !v.owned ? masked(v.known) : Masked{};
}

Masked Unboxer::masked_result(const Instr& i, const Masked& a, const Masked& b) const {
  if (a.form == Masked::Other || b.form == Masked::Other) return {};
  const auto kind = static_cast<BinaryKind>(i.imm[0]);
  switch (kind) {
    case BinaryKind::Add:
    case BinaryKind::Subtract:
    case BinaryKind::Multiply: return result(Masked::Low);
    case BinaryKind::And:
    case BinaryKind::Or:
    case BinaryKind::Xor: return bitwise(kind, a, b);
    case BinaryKind::Lshift: return result(is_small_count(b, 0) ? Masked::Low : Masked::Other);
    case BinaryKind::Rshift:
      return result(a.form != Masked::Low && is_small_count(b, 1) ? Masked::Signed : Masked::Other);
    case BinaryKind::Remainder:
      if (is_power_of_two(b)) return result(Masked::Signed);
      return divided(kind, a, b);
    case BinaryKind::FloorDivide: return divided(kind, a, b);
    default: return {};
  }
}

// What an operation on the way makes; nothing: it must not be there.
std::optional<Masked> Unboxer::masked_step(const Instr& i, const Chain& chain, std::map<int32_t, Masked>& stack) const {
  const auto operand = [&](int n) {
    const auto known = chain.operands.find(i.args[static_cast<size_t>(n)]);
    return known == chain.operands.end() ? Masked{} : known->second;
  };
  const int32_t place = in_.nslots + i.imm[0];
  switch (i.op) {
    case Op::LoadLocal: return masked(contents_[i.imm[0]]);
    case Op::LoadConst: {
      Content constant;
      constant.constant = i.imm[0] < static_cast<int32_t>(in_.facts.constants.size()) ? i.imm[0] : -1;
      return masked(constant);
    }
    case Op::LoadGlobal:
    case Op::LoadGlobalOf: {
      Content global;
      for (const hir::SiteTypes& site : in_.facts.sites)
        if (site.pc == (i.site >= 0 ? i.site : i.pc)) global.likely = bits_of(site.seen);
      return masked(global);
    }
    case Op::CheckBound: return Masked{};
    case Op::StoreStack: return stack[place] = operand(0);
    case Op::Retain: return is_half_done(operand(0)) ? std::nullopt : std::optional(operand(0));
    case Op::TakeStack: {
      if (const auto known = stack.find(place); known != stack.end()) {
        const Masked taken = known->second;
        stack.erase(known);
        return taken;
      }
      return contents_[place].state == Content::Clean ? Masked{} : masked(contents_[place]);
    }
    case Op::Binary: {
      const Masked made = masked_result(i, operand(0), operand(1));
      return made.form == Masked::Other ? std::nullopt : std::optional(made);
    }
    default: return std::nullopt;
  }
}

// Whether the result of the operation, of which only the lowest bits are made, is masked in this block.
// Of objects the lowest bits are enough, but for a shift to the right.
bool Unboxer::find_chain(const Instr& first) {
  if (!exits_ok_ || has_exited(pc_, JJ_EXIT_OTHER, /*only=*/true)) return false;
  low_bits_do_ = true;
  bool found = find_chain_of_forms(first);
  low_bits_do_ = false;
  return found || find_chain_of_forms(first);
}

bool Unboxer::find_chain_of_forms(const Instr& first) {
  Chain chain;
  std::map<int32_t, Masked> stack;
  for (int n = 0; n < 2; n++) chain.operands[first.args[n]] = masked(values_[first.args[n]]);
  int low = 0;
  for (size_t at = position_; at < source_->instrs.size() && at < position_ + kLongest; at++) {
    const Instr& i = source_->instrs[at];
    const std::optional<Masked> made = masked_step(i, chain, stack);
    if (!made) return false;
    if (i.id >= 0) chain.operands[i.id] = *made;
    if (i.op != Op::Binary) continue;
    low += is_half_done(*made);
    for (int n = 0; n < 2; n++) low -= is_half_done(chain.operands[i.args[n]]);
    if (low > 0) continue;
    chain.end = at;
    chain.begun = true;
    chain_ = std::move(chain);
    return true;
  }
  return false;
}

void Unboxer::end_chain(const Instr& last) {
  chain_ = {};
  pc_ = last.pc;
  here_ = last.site >= 0 ? last.site : last.pc;
  const auto state = state_at_.find(here_);
  template_ = state == state_at_.end() ? -1 : state->second;
  if (!has_frame()) template_ = some_state();
  exits_ok_ = false;
  remember();
}

ValueId Unboxer::bits(ValueId old, const Masked& m) {
  Value& v = values_[old];
  if (v.form == Value::Number) return v.id;
  if (m.constant) return int_const(*m.constant);
  if (m.form == Masked::Low) return emit_exit(Op::LowBits, JJ_EXIT_TYPE, {}, {v.id});
  return number(v, m.form == Masked::Signed ? Kind::Int : Kind::Uint);
}

void Unboxer::emit_masked(const Instr& i, const Masked& a, const Masked& b) {
  const Masked made = masked_result(i, a, b);
  const ValueId x = bits(i.args[0], a), y = bits(i.args[1], b);
  ValueId id = -1;
  switch (static_cast<BinaryKind>(i.imm[0])) {
    case BinaryKind::Add: id = emit(Op::IntAddWrap, {0}, {x, y}); break;
    case BinaryKind::Subtract: id = emit(Op::IntSubWrap, {0}, {x, y}); break;
    case BinaryKind::Multiply: id = emit(Op::IntMulWrap, {0}, {x, y}); break;
    case BinaryKind::And: id = emit(Op::IntAnd, {}, {x, y}); break;
    case BinaryKind::Or: id = emit(Op::IntOr, {}, {x, y}); break;
    case BinaryKind::Xor: id = emit(Op::IntXor, {}, {x, y}); break;
    case BinaryKind::Lshift:
      id = emit(Op::IntMulWrap, {0}, {x, int_const(static_cast<int64_t>(uint64_t{1} << *b.constant))});
      break;
    case BinaryKind::Rshift:
      id = a.form == Masked::Unsigned ? emit(Op::UintShift, {}, {x, y})
                                      : emit_exit(Op::IntRshift, JJ_EXIT_RANGE, {}, {x, y});
      break;
    case BinaryKind::Remainder:
      id = is_power_of_two(b)
               ? emit(Op::IntAnd, {}, {x, int_const(static_cast<int64_t>(static_cast<uint64_t>(*b.constant) - 1))})
               : emit(Op::UintMod, {}, {x, y});
      break;
    default: id = emit(Op::UintDiv, {}, {x, y});
  }
  define_number(i, made.form == Masked::Signed ? Kind::Int : Kind::Uint, id);
}

// One operation on a number without a sign that is in a register.
bool Unboxer::unsigned_binary(const Instr& i) {
  const Masked a = masked(values_[i.args[0]]), b = masked(values_[i.args[1]]);
  if (!a.guarded || !b.guarded || !(in_register(a) || in_register(b))) return false;
  const Masked made = masked_result(i, a, b);
  if (made.form == Masked::Other || made.form == Masked::Low) return false;
  emit_masked(i, a, b);
  return true;
}

bool Unboxer::masked_binary(const Instr& i) {
  if (!in_chain() && unsigned_binary(i)) return true;
  if (!in_chain() && (is_wrapped(i) || !find_chain(i) || chain_.end == position_)) return chain_ = {}, false;
  emit_masked(i, chain_.operands[i.args[0]], chain_.operands[i.args[1]]);
  return true;
}

bool Unboxer::unsigned_compare(const Instr& i) {
  const Masked a = masked(values_[i.args[0]]), b = masked(values_[i.args[1]]);
  const bool known = a.guarded && b.guarded && a.not_negative() && b.not_negative();
  if (!known || !(in_register(a) || in_register(b))) return false;
  const ValueId x = bits(i.args[0], a), y = bits(i.args[1], b);
  define_number(i, Kind::Bool, emit(Op::IntCompare, {i.imm[0]}, {ordered(*this, x), ordered(*this, y)}));
  return true;
}

bool Unboxer::unsigned_truth(const Instr& i) {
  const Masked v = masked(values_[i.args[0]]);
  if (!in_register(v)) return false;
  define_number(i, Kind::Bool, emit(Op::IntTruth, {}, {bits(i.args[0], v)}));
  return true;
}

// On the way to a loop that has such a number.
ValueId Unboxer::uint_on_edge(const Content& now) {
  if (now.constant >= 0) {
    const Masked m = masked(now);
    if (m.not_negative()) return int_const(*m.constant);
    emit_exit(Op::Leave, JJ_EXIT_COLD);
    left_ = true;
    return zero(Kind::Uint);
  }
  return emit_exit(Op::GuardWithin, JJ_EXIT_RANGE, {0, 0, -1, INT32_MAX}, {now.value[0]});
}

}  // namespace jj::passes
