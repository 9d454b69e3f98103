// Leaves the frame out of functions during which nobody could look at one.
//
// The code object's other code does the same with a frame, and it begins anew with that wherever this one leaves. So an
// exit must not come behind anything that cannot be done twice: a store, or a new reference that nobody would give up.
#include "passes/frameless.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "hir/graph.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Effects;
using hir::Instr;
using hir::Op;
using hir::Result;

class Stripper {
 public:
  Stripper(const hir::Function& f, int nparams)
      : out_(f),
        nparams_(nparams),
        owned_(static_cast<size_t>(f.nvalues)),
        never_(owned_),
        always_(owned_),
        arguments_(owned_) {}

  bool run() {
    if (out_.nentries != 1 || !out_.regions.empty()) return false;
    std::vector<bool> seen(out_.blocks.size()), touched(out_.blocks.size());
    for (int32_t id : hir::reverse_postorder(out_)) {
      hir::Block& block = out_.blocks[static_cast<size_t>(id)];
      seen[static_cast<size_t>(id)] = true;
      bool touches = touched[static_cast<size_t>(id)];
      if (!strip(block, touches)) return false;
      for (int32_t next : block.succ) {
        if (next < 0) continue;
        if (seen[static_cast<size_t>(next)]) return false;  // a loop
        if (touches) touched[static_cast<size_t>(next)] = true;
      }
    }
    return true;
  }
  hir::Function take() { return std::move(out_); }

 private:
  enum class Part { Keep, Drop, Refuse };

  bool strip(hir::Block& block, bool& touches) {
    std::vector<Instr> kept;
    numbers_.clear();
    for (Instr& i : block.instrs) {
      const Part part = judge(i, touches);
      if (part == Part::Refuse) return false;
      if (part == Part::Keep) kept.push_back(i);
    }
    block.instrs = std::move(kept);
    return true;
  }

  Part judge(Instr& i, bool& touches) {
    const hir::OpInfo& row = hir::info(i.op);
    const bool boxes = i.op == Op::Retain;
    for (int n = 0; n < row.operands && !boxes; n++)
      if (loaded_.count(i.args[n])) return Part::Refuse;
    const Part part = judge_op(i, row);
    if (part != Part::Keep) return part;
    if (touches && row.effects == Effects::Exits) return Part::Refuse;
    if (row.result == Result::Owned) owned_[static_cast<size_t>(i.id)] = true;
    touches |= row.result == Result::Owned || row.effects == Effects::WriteFrame;
    return Part::Keep;
  }

  Part judge_op(Instr& i, const hir::OpInfo& row) {
    switch (row.effects) {
      case Effects::Pure: return judge_pure(i);
      case Effects::ReadFrame: return judge_read(i);
      case Effects::WriteFrame: return judge_write(i);
      case Effects::Exits: return judge_exit(i, row);
      case Effects::Raises: return judge_raising(i);
      case Effects::RunsCode: return looks_only(i) ? Part::Keep : Part::Refuse;
      case Effects::End:
        return i.op == Op::Jump || i.op == Op::Branch || i.op == Op::Return || i.op == Op::Unreachable ? Part::Keep
                                                                                                       : Part::Refuse;
    }
    return Part::Refuse;
  }

  // The arguments are there, and the entry has polled.
  Part judge_raising(const Instr& i) const {
    if (i.op == Op::Poll && i.imm[0] == 0) return Part::Drop;
    return i.op == Op::CheckBound && arguments_[static_cast<size_t>(i.args[0])] ? Part::Drop : Part::Refuse;
  }

  Part judge_read(Instr& i) {
    if (i.op == Op::SeqLen || i.op == Op::SeqItems || i.op == Op::ItemPeek || i.op == Op::StrLen ||
        i.op == Op::StrEqual)
      return Part::Keep;
    if (i.op == Op::FrameSeen) {
      i.op = Op::CondConst;
      i.imm = {};
      never_[static_cast<size_t>(i.id)] = true;
      return Part::Keep;
    }
    if (i.op != Op::LoadLocal) return Part::Refuse;
    if (const auto number = numbers_.find(i.imm[0]); number != numbers_.end()) {
      loaded_[i.id] = i.imm[0];
      return Part::Drop;
    }
    if (i.imm[0] >= nparams_ || written_.count(i.imm[0])) return Part::Refuse;
    arguments_[static_cast<size_t>(i.id)] = true;
    return Part::Keep;
  }

  // What lies in objects; a frame that does not exist need not be kept up to date.
  Part judge_write(const Instr& i) {
    switch (i.op) {
      case Op::ItemStore:
      case Op::ListPush:
      case Op::ItemPutInt:
      case Op::ItemPutFloat:
      case Op::ItemPutBool:
      case Op::ElementPutInt:
      case Op::ElementPutFloat:
      case Op::SlotStore:
      case Op::DictStore:
      case Op::PolyStore:
      case Op::ValueStore: return Part::Keep;
      case Op::SyncInt:
      case Op::SyncFloat:
      case Op::SyncBool:
      case Op::SyncChar: return judge_sync(i);
      default: return Part::Refuse;
    }
  }

  // A number that is to be in a fast local so that it can be returned or stored is boxed where that happens.
  Part judge_sync(const Instr& i) {
    if (never_[static_cast<size_t>(i.args[1])]) return Part::Drop;
    if (!always_[static_cast<size_t>(i.args[1])] || i.imm[0] >= out_.nslots || i.op == Op::SyncBool ||
        i.op == Op::SyncChar)
      return Part::Refuse;
    written_.insert(i.imm[0]);
    numbers_[i.imm[0]] = {i.op == Op::SyncInt ? Op::BoxInt : Op::BoxFloat, i.args[0]};
    return Part::Drop;
  }

  static Part judge_exit(Instr& i, const hir::OpInfo& row) {
    if (i.op == Op::GuardLocals || i.op == Op::GuardInert) return Part::Drop;
    if (i.op == Op::GuardRoom) i.imm[0]++;  // for this call, which has taken none
    if (i.op == Op::NewInstance) return Part::Refuse;
    if (i.op == Op::DictPut || i.op == Op::DictPutInt) return Part::Refuse;
    const bool of_iterators =
        i.op == Op::GuardRange || i.op == Op::SeqNext || i.op == Op::StrNext || i.op == Op::PollPending;
    return of_iterators || row.result == Result::Owned ? Part::Refuse : Part::Keep;
  }

  Part judge_pure(Instr& i) {
    if (i.op == Op::Retain && loaded_.count(i.args[0])) return judge_boxing(i);
    if (i.op == Op::CondConst && i.imm[0] == 1) always_[static_cast<size_t>(i.id)] = true;
    auto never = [&](int n) { return never_[static_cast<size_t>(i.args[n])]; };
    if (i.op == Op::CondAnd && (never(0) || never(1))) never_[static_cast<size_t>(i.id)] = true;
    return Part::Keep;
  }

  // Once: it would be one object wherever else it goes.
  Part judge_boxing(Instr& i) {
    const auto number = numbers_.find(loaded_[i.args[0]]);
    if (number == numbers_.end()) return Part::Refuse;
    i.op = number->second.box;
    i.args[0] = number->second.value;
    numbers_.erase(number);
    return Part::Keep;
  }

  // Comparing identities gives up the operands that it owns, which may run code.
  bool looks_only(const Instr& i) const {
    if (i.op != Op::Identical && i.op != Op::IsNone) return false;
    for (hir::ValueId arg : i.args)
      if (arg >= 0 && owned_[static_cast<size_t>(arg)]) return false;
    return true;
  }

  hir::Function out_;
  int nparams_;
  std::vector<bool> owned_, never_;  // by value; never_: conditions that do not hold without a frame
  std::vector<bool> always_, arguments_;
  struct Number {
    Op box;
    hir::ValueId value;
  };
  std::map<int32_t, Number> numbers_;       // by the fast local that they would be in; of the block
  std::map<hir::ValueId, int32_t> loaded_;  // values that are left out -> fast local
  std::set<int32_t> written_;               // fast locals that are not what they were at the start
};

}  // namespace

std::optional<hir::Function> without_frame(const hir::Function& f, int nparams) {
  Stripper stripper(f, nparams);
  if (!stripper.run()) return std::nullopt;
  return stripper.take();
}

bool frameless(hir::Function& f) {
  std::optional<hir::Function> stripped = without_frame(f, f.facts.unbound_from);
  if (!stripped) return false;
  f = std::move(*stripped);
  return true;
}

}  // namespace jj::passes
