// Numbers and conditions are of the type that their user wants and defined wherever they are used.
#include "hir/verify_values.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "hir/graph.h"

namespace jj::hir {

Result operand_type(Op op, int n) {
  switch (op) {
    case Op::NotCond:
    case Op::BoolObject:
    case Op::Branch:
    case Op::SyncBool:
    case Op::ReturnCond:
    case Op::CondAnd:
    case Op::CondToInt: return Result::Cond;
    case Op::CharObject:
    case Op::CharOf:
    case Op::CharIn:
    case Op::BoxInt:
    case Op::BoxUint:
    case Op::UintShift:
    case Op::UintDiv:
    case Op::UintMod:
    case Op::BigOfInts:
    case Op::IntAdd:
    case Op::IntSub:
    case Op::IntMul:
    case Op::IntNeg:
    case Op::IntAbs:
    case Op::IntAddWrap:
    case Op::IntKnown:
    case Op::GuardWithin:
    case Op::GuardUnitRange:
    case Op::PollSpaced:
    case Op::IntSubWrap:
    case Op::IntMulWrap:
    case Op::IntFloorDiv:
    case Op::IntMod:
    case Op::IntTrueDiv:
    case Op::IntPow:
    case Op::IntGcd:
    case Op::IntSqrt:
    case Op::IntLshift:
    case Op::IntRshift:
    case Op::IntAnd:
    case Op::IntOr:
    case Op::IntXor:
    case Op::IntInvert:
    case Op::IntToFloat:
    case Op::IntToFloatExact:
    case Op::IntCompare:
    case Op::IntTruth:
    case Op::NewRange:
    case Op::RangeLength:
    case Op::GuardFits:
    case Op::PassInt:
    case Op::FeedInt:
    case Op::EntryItem:
    case Op::ReturnInt:
    case Op::SyncRange: return Result::Int;
    case Op::BoxFloat:
    case Op::FloatAdd:
    case Op::FloatSub:
    case Op::FloatMul:
    case Op::FloatDiv:
    case Op::FloatFloorDiv:
    case Op::FloatMod:
    case Op::FloatPow:
    case Op::FloatNeg:
    case Op::FloatAbs:
    case Op::FloatCompare:
    case Op::FloatTruth:
    case Op::FeedFloat:
    case Op::PassFloat:
    case Op::ReturnFloat: return Result::Float;
    case Op::FloatWhole:
    case Op::FloatSqrt:
    case Op::FloatMath:
    case Op::FloatMath2:
    case Op::FloatToInt: return Result::Float;
    case Op::DictPutInt: return n == 0 ? Result::Int : Result::None;
    case Op::CopyUnless: return Result::Cond;
    case Op::SelectInt: return n == 0 ? Result::Cond : Result::Int;
    case Op::SelectFloat: return n == 0 ? Result::Cond : Result::Float;
    case Op::SelectObject: return n == 0 ? Result::Cond : Result::None;
    case Op::DictGetInt:
    case Op::IntIn:
    case Op::MissesInt:
    case Op::BigByInt:
    case Op::BigToInt:
    case Op::ElementInt:
    case Op::ElementFloat:
    case Op::StrAt:
    case Op::GuardElement: return n == 1 ? Result::Int : Result::None;
    case Op::ElementPutInt: return n == 1 ? Result::None : Result::Int;
    case Op::ElementPutFloat: return n == 1 ? Result::None : n == 0 ? Result::Float : Result::Int;
    case Op::ItemIndex:
    case Op::ItemPeek:
    case Op::ItemPutInt: return Result::Int;
    case Op::ItemPutFloat: return n == 0 ? Result::Float : Result::Int;
    case Op::ItemPutBool: return n == 0 ? Result::Cond : Result::Int;
    case Op::ItemStore: return n == 0 ? Result::None : Result::Int;
    case Op::SyncChar:
    case Op::SyncUint:
    case Op::SyncInt: return n == 0 ? Result::Int : Result::Cond;
    case Op::SyncFloat: return n == 0 ? Result::Float : Result::Cond;
    default: return Result::None;
  }
}

namespace {

bool is_plain(Result type) { return type == Result::Int || type == Result::Float || type == Result::Cond; }

class ValueVerifier {
 public:
  explicit ValueVerifier(const Function& f) : f_(f), values_(static_cast<size_t>(f.nvalues)) {}

  std::string run() {
    for (const Block& b : f_.blocks) define(b);
    if (!crosses_blocks()) return error_;
    dominators_.emplace(f_);
    preds_ = predecessors(f_);
    for (const Block& b : f_.blocks) check(b);
    return error_;
  }

 private:
  struct Value {
    Result type = Result::None;
    int32_t block = -1;
    int32_t position = -1;  // operation, -1: a phi
  };

  void fail(const Block& b, const std::string& what) {
    if (error_.empty()) error_ = f_.name + ": block " + std::to_string(b.id) + ": " + what;
  }
  static std::string name(ValueId id) { return "%" + std::to_string(id); }

  void define(const Block& b) {
    for (const Phi& phi : b.phis) define(b, phi.id, {phi.type, b.id, -1});
    for (size_t k = 0; k < b.instrs.size(); k++) {
      const Instr& i = b.instrs[k];
      if (i.id >= 0 && is_plain(info(i.op).result)) define(b, i.id, {info(i.op).result, b.id, static_cast<int32_t>(k)});
      if (i.id >= 0 && info(i.op).result == Result::Borrowed) borrowed_[i.id] = {b.id, static_cast<int32_t>(k)};
    }
  }

  void define(const Block& b, ValueId id, Value value) {
    if (id < 0 || id >= f_.nvalues) return fail(b, "value " + name(id) + " out of range");
    if (!is_plain(value.type)) fail(b, "phi " + name(id) + " is neither a number nor a condition");
    if (values_[id].block >= 0) fail(b, "value " + name(id) + " is defined twice");
    values_[id] = value;
  }

  // Most functions of the baseline tier have nothing to check but conditions inside their block.
  bool crosses_blocks() {
    bool crosses = false;
    for (const Block& b : f_.blocks) {
      crosses |= !b.phis.empty();
      for (size_t k = 0; k < b.instrs.size(); k++) {
        const Instr& i = b.instrs[k];
        if (i.state >= 0 && !f_.states[i.state].pending.empty()) crosses = true;
        for (int n = 0; n < info(i.op).operands; n++) {
          const ValueId id = i.args[n];
          if (operand_type(i.op, n) == Result::None) {
            crosses |= borrowed_.count(id) && borrowed_[id].first != b.id;
            continue;
          }
          const bool local =
              id >= 0 && id < f_.nvalues && values_[id].block == b.id && values_[id].position < static_cast<int32_t>(k);
          if (local)
            check_type(b, id, operand_type(i.op, n), info(i.op).name);
          else
            crosses = true;
        }
      }
    }
    return crosses;
  }

  void check_type(const Block& b, ValueId id, Result type, const std::string& user) {
    if (values_[id].type != type) fail(b, "operand " + name(id) + " is of the wrong kind for " + user);
  }

  // `position`: of the operation that uses the value; that of a block's end for a phi's operand.
  void check_use(const Block& b, size_t position, ValueId id, Result type, const std::string& user) {
    if (id < 0 || id >= f_.nvalues || values_[id].block < 0) return fail(b, name(id) + " is not defined, for " + user);
    check_type(b, id, type, user);
    const Value& v = values_[id];
    const bool before =
        v.block == b.id ? v.position < static_cast<int32_t>(position) : dominators_->dominates(v.block, b.id);
    if (!before) fail(b, name(id) + " is not defined on every way to " + user);
  }

  void check(const Block& b) {
    for (const Phi& phi : b.phis) check_phi(b, phi);
    for (size_t k = 0; k < b.instrs.size(); k++) {
      const Instr& i = b.instrs[k];
      for (int n = 0; n < info(i.op).operands; n++)
        if (Result type = operand_type(i.op, n); type != Result::None)
          check_use(b, k, i.args[n], type, info(i.op).name);
        else if (borrowed_.count(i.args[n]))
          check_borrowed(b, k, i.args[n], info(i.op).name);
      if (i.state >= 0)
        for (const Pending& p : f_.states[i.state].pending) check_pending(b, k, p);
    }
  }

  void check_phi(const Block& b, const Phi& phi) {
    if (is_root(b)) fail(b, "a phi in an entry or a handler");
    std::vector<int32_t> expected = preds_[b.id], blocks;
    for (const Phi::Arg& arg : phi.args) blocks.push_back(arg.block);
    std::sort(expected.begin(), expected.end());
    std::sort(blocks.begin(), blocks.end());
    if (blocks != expected) return fail(b, "phi " + name(phi.id) + " does not name every predecessor once");
    for (const Phi::Arg& arg : phi.args) {
      const Block& from = f_.blocks[arg.block];
      check_use(from, from.instrs.size(), arg.value, phi.type, "phi " + name(phi.id));
    }
  }

  void check_borrowed(const Block& b, size_t position, ValueId id, const std::string& user) {
    const auto found = borrowed_.find(id);
    if (found == borrowed_.end()) return fail(b, name(id) + " is no borrowed reference of this block, for " + user);
    const auto [block, defined] = found->second;
    const bool before = block == b.id ? defined < static_cast<int32_t>(position) : dominators_->dominates(block, b.id);
    if (!before) fail(b, name(id) + " is not defined on every way to " + user);
  }

  void check_pending(const Block& b, size_t position, const Pending& p) {
    if (p.kind == JJ_PENDING_OBJECT || p.kind == JJ_PENDING_OWNED) {
      check_borrowed(b, position, p.value[0], "a pending value");
      return;
    }
    const Result type = p.kind == JJ_PENDING_FLOAT  ? Result::Float
                        : p.kind == JJ_PENDING_BOOL ? Result::Cond
                                                    : Result::Int;
    check_use(b, position, p.value[0], type, "a pending value");
    if (p.kind == JJ_PENDING_RANGE) check_use(b, position, p.value[1], type, "a pending value");
    if (p.condition >= 0) check_use(b, position, p.condition, Result::Cond, "a pending value");
  }

  const Function& f_;
  std::vector<Value> values_;
  std::map<ValueId, std::pair<int32_t, int32_t>> borrowed_;  // block and position
  std::optional<Dominators> dominators_;
  std::vector<std::vector<int32_t>> preds_;
  std::string error_;
};

}  // namespace

// That what an inlined call keeps has entries of the value stack (until nothing of it is in memory any more).
static std::string verify_inlined(const Function& f) {
  const bool in_registers = f.stacksize == f.real_stack;
  for (const Inlined& c : f.inlined) {
    if (c.direct >= 0) continue;
    const auto parameters = static_cast<int32_t>(c.positional + static_cast<int32_t>(c.defaults.size()));
    const int32_t behind = static_cast<int32_t>(c.bound.size()) - parameters;
    if (c.base < 0 || parameters > c.nlocals || c.result < c.base + 1 + c.nlocals || behind > c.hidden ||
        (!in_registers && c.end() > f.stacksize))
      return f.name + ": call " + std::to_string(&c - f.inlined.data()) + ": not enough stack entries";
  }
  return {};
}

std::string verify_values(const Function& f) {
  const std::string error = verify_inlined(f);
  return error.empty() ? ValueVerifier(f).run() : error;
}

}  // namespace jj::hir
