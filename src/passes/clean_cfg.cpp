// Threads jumps to jumps, joins straight-line blocks and drops unreachable ones, loop heads and handlers included.
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Op;

// Control may also come from outside the function's own edges.
bool is_fixed(const Block& b) { return b.entry >= 0 || b.handler; }

bool is_trivial(const Block& b) { return !is_fixed(b) && b.instrs.size() == 1 && b.instrs[0].op == Op::Jump; }

bool thread_jumps(hir::Function& f) {
  bool changed = false;
  for (Block& b : f.blocks)
    for (int32_t& succ : b.succ) {
      // As many steps as there are blocks: a cycle of jumps must end too.
      for (size_t steps = f.blocks.size(); succ >= 0 && is_trivial(f.blocks[succ]) && steps > 0; steps--) {
        if (f.blocks[succ].succ[0] == succ) break;
        succ = f.blocks[succ].succ[0];
        changed = true;
      }
    }
  return changed;
}

// Native code begins at the function start and where suspended frames go on.
class Reachable {
 public:
  explicit Reachable(const hir::Function& f) : f_(f), seen_(f.blocks.size()) {
    for (const Block& b : f.blocks)
      for (const hir::Instr& i : b.instrs) closed_natively_ = closed_natively_ && i.op != Op::Boundary;
  }

  std::vector<bool> run() {
    enter(0);
    for (const Block& b : f_.blocks)
      if (b.resume) enter(b.id);
    while (!pending_.empty()) {
      const Block& b = f_.blocks[pending_.back()];
      pending_.pop_back();
      for (int32_t succ : b.succ) enter(succ);
      for (const hir::Instr& i : b.instrs)
        if (raises(i)) enter_handlers(f_.states[i.state].region);
    }
    return seen_;
  }

 private:
  // What a poll raises is so rare that the interpreter may handle it, if nothing else needs the handler. Where a frame is
  // suspended, closing it raises; the interpreter closes what delegates, and code that may leave at every boundary.
  bool raises(const hir::Instr& i) const {
    if (i.op == Op::Suspend && (!closed_natively_ || i.imm[1] != 0)) return false;
    return i.state >= 0 && i.op != Op::Poll && i.op != Op::Boundary && i.op != Op::Return;
  }

  void enter(int32_t id) {
    if (id < 0 || seen_[id]) return;
    seen_[id] = true;
    pending_.push_back(id);
  }
  void enter_handlers(int32_t region) {
    for (; region >= 0; region = f_.regions[region].parent) enter(f_.regions[region].block);
  }

  const hir::Function& f_;
  bool closed_natively_ = true;
  std::vector<bool> seen_;
  std::vector<int32_t> pending_;
};

bool join_blocks(hir::Function& f) {
  std::vector<int> predecessors(f.blocks.size());
  for (const Block& b : f.blocks)
    for (int32_t succ : b.succ)
      if (succ >= 0) predecessors[succ]++;
  bool changed = false;
  for (Block& b : f.blocks) {
    while (!b.instrs.empty() && b.instrs.back().op == Op::Jump) {
      Block& next = f.blocks[b.succ[0]];
      if (is_fixed(next) || predecessors[next.id] != 1 || next.id == b.id) break;
      b.instrs.pop_back();
      b.instrs.insert(b.instrs.end(), next.instrs.begin(), next.instrs.end());
      b.succ = next.succ;
      next.instrs.clear();
      next.succ = {-1, -1};
      changed = true;
    }
  }
  return changed;
}

// Entries are numbered without gaps.
void number_entries(hir::Function& f) {
  std::vector<Block*> entries(static_cast<size_t>(f.nentries));
  for (Block& b : f.blocks)
    if (b.entry >= 0) entries[static_cast<size_t>(b.entry)] = &b;
  f.nentries = 0;
  for (Block* b : entries)
    if (b) b->entry = f.nentries++;
}

bool drop_unreachable(hir::Function& f) {
  const std::vector<bool> keep = Reachable(f).run();
  std::vector<int32_t> renamed(f.blocks.size(), -1);
  int32_t count = 0;
  for (size_t k = 0; k < f.blocks.size(); k++)
    if (keep[k]) renamed[k] = count++;
  if (count == static_cast<int32_t>(f.blocks.size())) return false;
  std::vector<Block> kept;
  for (Block& b : f.blocks) {
    if (!keep[b.id]) continue;
    b.id = renamed[b.id];
    for (int32_t& succ : b.succ)
      if (succ >= 0) succ = renamed[succ];
    kept.push_back(std::move(b));
  }
  f.blocks = std::move(kept);
  for (hir::Region& r : f.regions)
    if (r.block >= 0) r.block = renamed[r.block];
  number_entries(f);
  return true;
}

}  // namespace

bool clean_cfg(hir::Function& f) {
  bool changed = thread_jumps(f);
  changed |= drop_unreachable(f);
  changed |= join_blocks(f);
  changed |= drop_unreachable(f);
  return changed;
}

}  // namespace jj::passes
