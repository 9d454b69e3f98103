// Removes `StoreStack<d> v .. w = TakeStack<d>` pairs, w becoming v, where nothing in between can see the entry.
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Effects;
using hir::Instr;
using hir::Op;
using hir::ValueId;

// A Raises operation shows the stack to handlers and the interpreter; RunsCode cannot reach it while native code runs.
bool may_see_stack(const Instr& i) {
  const Effects effects = hir::info(i.op).effects;
  return effects == Effects::Raises || effects == Effects::End;
}

class Forwarder {
 public:
  Forwarder(hir::Function& f, hir::Block& b, std::vector<ValueId>& renamed, const std::vector<bool>& owned)
      : b_(b), renamed_(renamed), owned_(owned), pending_(f.stacksize, -1), dead_(b.instrs.size()) {}

  bool run() {
    bool changed = false;
    for (size_t k = 0; k < b_.instrs.size(); k++) {
      Instr& i = b_.instrs[k];
      for (ValueId& arg : i.args)
        if (arg >= 0) arg = renamed_[arg];
      changed |= visit(k, i);
    }
    if (changed) drop_dead();
    return changed;
  }

 private:
  bool visit(size_t k, const Instr& i) {
    if (may_see_stack(i)) {
      pending_.assign(pending_.size(), -1);
    } else if (i.op == Op::StoreStack) {
      pending_[i.imm[0]] = owned_[i.args[0]] ? static_cast<int32_t>(k) : -1;
    } else if (i.op == Op::LoadStack || i.op == Op::Record) {
      pending_[i.imm[0]] = -1;
    } else if (i.op == Op::TakeStack) {
      const int32_t store = pending_[i.imm[0]];
      pending_[i.imm[0]] = -1;
      if (store < 0) return false;
      renamed_[i.id] = b_.instrs[store].args[0];
      dead_[store] = dead_[k] = true;
      return true;
    }
    return false;
  }

  void drop_dead() {
    std::vector<Instr> kept;
    for (size_t k = 0; k < b_.instrs.size(); k++)
      if (!dead_[k]) kept.push_back(b_.instrs[k]);
    b_.instrs = std::move(kept);
  }

  hir::Block& b_;
  std::vector<ValueId>& renamed_;
  const std::vector<bool>& owned_;
  std::vector<int32_t> pending_;  // by stack entry: position of a store nobody has seen yet, or -1
  std::vector<bool> dead_;
};

}  // namespace

bool forward_stack(hir::Function& f) {
  std::vector<ValueId> renamed(f.nvalues);
  std::vector<bool> owned(f.nvalues);
  for (ValueId id = 0; id < f.nvalues; id++) renamed[id] = id;
  for (const hir::Block& b : f.blocks)
    for (const Instr& i : b.instrs)
      if (i.id >= 0) owned[i.id] = hir::info(i.op).result == hir::Result::Owned;
  bool changed = false;
  for (hir::Block& b : f.blocks) changed |= Forwarder(f, b, renamed, owned).run();
  return changed;
}

}  // namespace jj::passes
