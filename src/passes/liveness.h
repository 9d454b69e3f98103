// Liveness of fast locals, for passes that forget values.
#pragma once
#include <algorithm>
#include <functional>
#include <vector>

#include "hir/graph.h"

namespace jj::passes {

// Which fast locals may be read before they are written, from each block on.
class Liveness {
 public:
  // Which operations that have a local's object count as reading it: block, and which of its operations.
  using Reads = std::function<bool(const hir::Block&, size_t)>;

  explicit Liveness(const hir::Function& f, Reads reads = nullptr)
      : f_(f), reads_(std::move(reads)), live_(f.blocks.size()) {
    for (auto& slots : live_) slots.assign(static_cast<size_t>(f.nslots), false);
    std::vector<int32_t> order = hir::reverse_postorder(f);
    std::reverse(order.begin(), order.end());
    for (bool changed = true; changed;) {
      changed = false;
      for (int32_t id : order) changed |= visit(f.blocks[id]);
    }
  }
  bool at(int32_t block, int32_t slot) const { return live_[block][slot]; }

  // Behind operation `k` of the block.
  bool behind(const hir::Block& b, size_t k, int32_t slot) const {
    while (++k < b.instrs.size()) {
      const hir::Instr& i = b.instrs[k];
      if (i.op == hir::Op::StoreLocal && i.imm[0] == slot) return false;
      if (i.imm[0] == slot && reads(b, k)) return true;
      if (i.op == hir::Op::TakeLocal && i.imm[0] == slot) return false;
    }
    for (int32_t succ : b.succ)
      if (succ >= 0 && live_[succ][slot]) return true;
    return false;
  }

 private:
  bool reads(const hir::Block& b, size_t k) const {
    const hir::Op op = b.instrs[k].op;
    return (op == hir::Op::LoadLocal || op == hir::Op::TakeLocal) && (!reads_ || reads_(b, k));
  }

  bool visit(const hir::Block& b) {
    std::vector<bool> slots(static_cast<size_t>(f_.nslots), false);
    for (int32_t succ : b.succ)
      if (succ >= 0)
        for (int32_t s = 0; s < f_.nslots; s++) slots[s] = slots[s] || live_[succ][s];
    for (size_t k = b.instrs.size(); k-- > 0;) {
      const hir::Instr& i = b.instrs[k];
      if (i.op == hir::Op::StoreLocal || i.op == hir::Op::TakeLocal) slots[i.imm[0]] = false;
      if (reads(b, k)) slots[i.imm[0]] = true;
    }
    if (slots == live_[b.id]) return false;
    live_[b.id] = slots;
    return true;
  }

  const hir::Function& f_;
  Reads reads_;
  std::vector<std::vector<bool>> live_;
};

}  // namespace jj::passes
