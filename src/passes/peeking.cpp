// Baseline code without a frame: operations that only look where theirs might raise or run code.
//
// Where one of them cannot answer, the call begins anew with a frame, so all that was done before must be such as can be
// done twice. No reference is taken until the result is returned, for nothing is released meanwhile; new numbers and
// strings are owned by the one operation that they are for. Stores to attributes may be repeated as long as nothing read
// from objects decides what they store.
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "hir/graph.h"
#include "passes/frameless.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Instr;
using hir::Op;
using hir::Result;
using hir::ValueId;

constexpr size_t kMost = 40;  // operations: what is larger gains little, and takes long to compile twice

class Peeker {
 public:
  Peeker(const hir::Function& f, int nparams)
      : in_(f), out_(f), nparams_(nparams), ends_(f.blocks.size()), was_owned_(static_cast<size_t>(f.nvalues)) {
    for (const hir::Block& block : f.blocks)
      for (const Instr& i : block.instrs)
        if (i.id >= 0) was_owned_[static_cast<size_t>(i.id)] = hir::info(i.op).result == Result::Owned;
  }

  bool run() {
    if (in_.nentries != 1 || !in_.regions.empty()) return false;
    const std::vector<std::vector<int32_t>> before = hir::predecessors(in_);
    std::vector<bool> seen(in_.blocks.size());
    size_t kept = 0;
    for (int32_t id : hir::reverse_postorder(in_)) {
      const auto at = static_cast<size_t>(id);
      for (int32_t from : before[at])
        if (!seen[static_cast<size_t>(from)]) return false;  // a loop
      seen[at] = true;
      slots_ = before[at].size() == 1 ? ends_[static_cast<size_t>(before[at][0])] : Slots{};
      instrs_.clear();
      for (const Instr& i : in_.blocks[at].instrs)
        if (!take(i)) return false;
      if (!live_.empty() || (kept += instrs_.size()) > kMost) return false;
      ends_[at] = slots_;
      out_.blocks[at].instrs = instrs_;
    }
    return peeks_;
  }
  hir::Function result() { return std::move(out_); }

 private:
  struct Slots {
    std::map<int32_t, ValueId> locals, stack;  // what was stored there
  };

  ValueId value(ValueId v) const {
    const auto other = same_.find(v);
    return other == same_.end() ? v : other->second;
  }
  bool is_owned(ValueId v) const { return owned_.count(value(v)) != 0; }
  bool stands_for(const Instr& i, ValueId v) {
    same_[i.id] = value(v);
    return true;
  }

  void keep(Instr i) {
    for (ValueId& arg : i.args)
      if (arg >= 0) arg = value(arg);
    instrs_.push_back(i);
  }
  // An operation that looks, or leaves. Operands that are new here must be its own in the original, too.
  bool look(const Instr& from, Op op, std::array<int32_t, 4> imm = {}, bool keeps_id = true) {
    Instr i = from;
    i.op = op;
    i.imm = imm;
    if (!keeps_id) i.id = out_.nvalues++;
    for (ValueId arg : from.args) {
      if (arg < 0 || !is_owned(arg)) continue;
      if (!was_owned_[static_cast<size_t>(arg)] || !live_.erase(value(arg))) return false;
    }
    if (!live_.empty() || (stored_ && read_)) return false;  // what was made or done cannot be taken back
    const hir::OpInfo& row = hir::info(op);
    if (row.result == Result::Owned) {
      owned_.insert(i.id);
      live_.insert(i.id);
    }
    keep(i);
    out_.states[static_cast<size_t>(i.state)].exit = JJ_EXIT_TYPE;
    peeks_ = true;
    if (!keeps_id) made_ = i.id;
    return true;
  }
  bool read(const Instr& from, Op op, std::array<int32_t, 4> imm = {}) {
    if (stored_) return false;  // it may see what was stored, or keep what that has replaced
    read_ = true;
    for (ValueId arg : from.args)
      if (arg >= 0 && is_owned(arg)) return false;
    return look(from, op, imm);
  }

  bool load(const Instr& i) {
    const auto stored = slots_.locals.find(i.imm[0]);
    if (stored != slots_.locals.end()) return stands_for(i, stored->second);
    if (i.imm[0] >= nparams_ || written_.count(i.imm[0])) return false;
    bound_.insert(i.id);
    keep(i);
    return true;
  }
  bool store_local(const Instr& i) {
    if (is_owned(i.args[0]) || nulls_.count(i.args[0])) return false;  // a local without a value raises
    slots_.locals[i.imm[0]] = value(i.args[0]);
    written_.insert(i.imm[0]);
    return true;
  }
  bool load_stack(const Instr& i, bool takes) {
    const auto stored = slots_.stack.find(i.imm[0]);
    if (stored == slots_.stack.end() || (!takes && is_owned(stored->second))) return false;
    stands_for(i, stored->second);
    if (takes) slots_.stack.erase(stored);
    return true;
  }
  bool compare(const Instr& i) {
    if (!look(i, Op::TryCompare, i.imm, false)) return false;
    Instr object = i;
    object.op = Op::BoolObject;
    object.imm = {};
    object.args = {made_, -1, -1};
    object.state = -1;
    keep(object);
    return true;
  }
  bool compare_identity(const Instr& i) {
    for (ValueId arg : i.args)
      if (arg >= 0 && is_owned(arg)) return false;
    keep(i);
    return true;
  }
  bool store_attr(const Instr& i) {
    if (!look(i, Op::TryStoreAttr, i.imm)) return false;
    stored_ = true;
    return true;
  }
  // The last use of what is returned, which gets its reference here.
  bool give(const Instr& i) {
    Instr last = i;
    const ValueId v = value(i.args[0]);
    if (owned_.count(v)) {
      if (!live_.erase(v)) return false;
    } else {
      Instr retain = i;
      retain.op = Op::Retain;
      retain.id = out_.nvalues++;
      retain.state = -1;
      if (stored_ && !is_lasting(v)) return false;
      keep(retain);
      last.args[0] = retain.id;
    }
    keep(last);
    return true;
  }
  // Constants and arguments: nothing that was stored can have taken their last reference.
  bool is_lasting(ValueId v) const { return bound_.count(v) || lasting_.count(v); }

  bool take(const Instr& i) {
    switch (i.op) {
      case Op::Poll: return i.imm[0] == 0;  // the entry has polled
      case Op::LoadLocal: return load(i);
      case Op::CheckBound: return true;  // loads of what may be unbound are refused
      case Op::StoreLocal: return store_local(i);
      case Op::StoreStack: return slots_.stack[i.imm[0]] = value(i.args[0]), true;
      case Op::LoadStack: return load_stack(i, false);
      case Op::TakeStack: return load_stack(i, true);
      case Op::Retain: return !is_owned(i.args[0]) && stands_for(i, i.args[0]);
      case Op::Release: return !is_owned(i.args[0]);  // no reference was taken
      case Op::LoadConst:
      case Op::BoolObject: lasting_.insert(i.id); [[fallthrough]];
      case Op::NotCond:
      case Op::Jump:
      case Op::Branch: return keep(i), true;
      case Op::IsNone:
      case Op::Identical: return compare_identity(i);
      case Op::LoadNull: nulls_.insert(i.id); return keep(i), true;
      case Op::Return: return give(i);
      case Op::RaiseCold: return look(i, Op::Leave);
      case Op::Unreachable: return keep(i), true;
      case Op::LoadAttr: return read(i, Op::AttrPeek, i.imm);
      case Op::LoadGlobal: return read(i, Op::GlobalKnown, i.imm);
      case Op::Subscr: return read(i, Op::SubscrPeek);
      case Op::Binary: return look(i, Op::TryBinary, {i.imm[0]});
      case Op::Compare: return compare(i);
      case Op::CompareCond: return look(i, Op::TryCompare, i.imm);
      case Op::Truth: return look(i, Op::TryTruth);
      case Op::StoreAttr: return store_attr(i);
      default: return false;
    }
  }

  const hir::Function& in_;
  hir::Function out_;
  int nparams_;
  std::vector<Slots> ends_;  // by block
  std::vector<bool> was_owned_;
  Slots slots_;
  std::vector<Instr> instrs_;  // of the block
  std::map<ValueId, ValueId> same_;
  std::set<ValueId> owned_, live_;  // new objects, and those of them that nobody has consumed yet
  std::set<ValueId> bound_, lasting_, nulls_;
  std::set<int32_t> written_;
  ValueId made_ = -1;
  bool peeks_ = false, read_ = false, stored_ = false;
};

}  // namespace

std::optional<hir::Function> peeking(const hir::Function& f, int nparams) {
  hir::Function without_raises = f;
  cut_raises(without_raises);
  Peeker peeker(without_raises, nparams);
  if (!peeker.run()) return std::nullopt;
  return peeker.result();
}

bool peeking(hir::Function& f) {
  std::optional<hir::Function> form = peeking(f, f.facts.unbound_from);
  if (!form) return false;
  f = std::move(*form);
  return true;
}

}  // namespace jj::passes
