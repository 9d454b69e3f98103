// Leaves in front of loops that the profile has never seen run, where it has seen other things: code that became optimised
// in the middle of its first call does not know what comes behind. Baseline code runs the loop then, and learns.
#include "hir/graph.h"
#include "passes/inliner.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Function;
using hir::Instr;
using hir::Op;

// Whether the profile would know the operation's result: an item's where the loop's body begins with it.
bool is_recorded(const Function& f, const std::vector<std::vector<int32_t>>& preds, const Block& b, const Instr& i) {
  if (i.op != Op::IterNext) return is_always_recorded(i.op);
  const int32_t body = b.instrs.back().op == Op::BranchNext ? b.succ[0] : -1;
  return body >= 0 && f.blocks[static_cast<size_t>(body)].entry < 0 && preds[static_cast<size_t>(body)].size() == 1;
}

bool is_unseen(const Function& f, const std::vector<std::vector<int32_t>>& preds, int32_t head) {
  int recorded = 0;
  for (int32_t id : hir::natural_loop(f, head, true)) {
    const Block& b = f.blocks[static_cast<size_t>(id)];
    for (const Instr& i : b.instrs) {
      if (is_known(f, i.pc)) return false;
      recorded += is_recorded(f, preds, b, i);
    }
  }
  return recorded > 0;
}

bool leave(Function& f, int32_t head) {
  const int32_t state = hir::state_at(f, f.blocks[static_cast<size_t>(head)].pc);
  if (state < 0) return false;
  const std::set<int32_t> loop = hir::natural_loop(f, head, true);
  Block exit;
  exit.id = static_cast<int32_t>(f.blocks.size());
  exit.pc = f.blocks[static_cast<size_t>(head)].pc;
  exit.depth = f.blocks[static_cast<size_t>(head)].depth;
  Instr leave{}, end{};
  leave.op = Op::LeaveUnseen;
  leave.state = state;
  end.op = Op::Unreachable;
  leave.pc = end.pc = exit.pc;
  exit.instrs = {leave, end};
  bool changed = false;
  for (Block& b : f.blocks)
    for (int32_t& succ : b.succ)
      if (succ == head && !loop.count(b.id)) succ = exit.id, changed = true;
  if (!changed) return false;
  f.blocks.push_back(std::move(exit));
  hir::add_reads_behind(f, head, f.read_elsewhere);
  return true;
}

}  // namespace

bool leave_unseen(Function& f) {
  if (!is_well_known(f)) return false;
  const std::vector<std::vector<int32_t>> preds = hir::predecessors(f);
  std::vector<int32_t> heads;
  for (const Block& b : f.blocks)
    if (b.entry >= 1 && !b.resume && !b.handler && is_unseen(f, preds, b.id)) heads.push_back(b.id);
  bool changed = false;
  for (int32_t head : heads) changed |= leave(f, head);
  return changed;
}

}  // namespace jj::passes
