// What loops write, for passes that decide at a loop head what holds inside.
#pragma once
#include <set>
#include <vector>

#include "hir/graph.h"

namespace jj::passes {

// Which fast locals the loop of each loop head writes.
class LoopStores {
 public:
  LoopStores(const hir::Function& f, const std::vector<std::vector<int32_t>>& preds) : stored_(f.blocks.size()) {
    std::vector<int32_t> position(f.blocks.size(), -1), order = hir::reverse_postorder(f);
    for (size_t k = 0; k < order.size(); k++) position[order[k]] = static_cast<int32_t>(k);
    for (const hir::Block& head : f.blocks) {
      if (head.entry < 1) continue;
      std::vector<int32_t> pending;
      for (int32_t pred : preds[head.id])
        if (position[pred] >= position[head.id]) pending.push_back(pred);
      if (pending.empty()) continue;
      pending.push_back(head.id);
      std::set<int32_t> loop;
      while (!pending.empty()) {
        const int32_t id = pending.back();
        pending.pop_back();
        if (!loop.insert(id).second) continue;
        for (const hir::Instr& i : f.blocks[id].instrs)
          if (i.op == hir::Op::StoreLocal) stored_[head.id].insert(i.imm[0]);
        if (id != head.id) pending.insert(pending.end(), preds[id].begin(), preds[id].end());
      }
    }
  }
  bool at(int32_t head, int32_t slot) const { return stored_[head].count(slot) != 0; }

 private:
  std::vector<std::set<int32_t>> stored_;
};

}  // namespace jj::passes
