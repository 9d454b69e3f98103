// Orders and dominators of the control-flow graph.
#include "hir/graph.h"

#include <algorithm>
#include <map>
#include <set>

namespace jj::hir {

const Inlined* generator_of(const Function& f, int32_t place) {
  for (const Inlined& c : f.inlined) {
    const int32_t entry = place - f.nslots;
    const bool local = place >= c.locals && place < c.locals + c.nlocals && place < f.nslots;
    if (c.generator >= 0 && (local || (entry >= c.base && entry < c.result))) return &c;
  }
  return nullptr;
}

int32_t stack_in_memory(const Function& f) {
  int32_t most = f.real_stack;
  for (const Inlined& c : f.inlined)
    if (c.generator >= 0) most = std::max(most, c.result);
  return most;
}

std::vector<std::vector<int32_t>> predecessors(const Function& f) {
  std::vector<std::vector<int32_t>> preds(f.blocks.size());
  for (const Block& b : f.blocks)
    for (int32_t succ : b.succ)
      if (succ >= 0) preds[succ].push_back(b.id);
  return preds;
}

std::vector<int32_t> reverse_postorder(const Function& f) {
  std::vector<int32_t> order;
  std::vector<bool> seen(f.blocks.size());
  struct Visit {
    int32_t block;
    int next;
  };
  std::vector<Visit> stack;
  auto visit = [&](int32_t id) {
    if (id < 0 || seen[id]) return;
    seen[id] = true;
    stack.push_back({id, 1});
  };
  // What the function start reaches comes first, and in an order that other ways in do not disturb.
  for (const Block& root : f.blocks) {
    if (!is_root(root)) continue;
    const auto from = static_cast<std::ptrdiff_t>(order.size());
    visit(root.id);
    while (!stack.empty()) {
      Visit& top = stack.back();
      if (top.next < 0) {
        order.push_back(top.block);
        stack.pop_back();
      } else {
        visit(f.blocks[top.block].succ[static_cast<size_t>(top.next--)]);
      }
    }
    std::reverse(order.begin() + from, order.end());
  }
  return order;
}

// Cooper, Harvey and Kennedy's iteration; several roots hang below a virtual one.
Dominators::Dominators(const Function& f) : parent_(f.blocks.size(), -2), order_(f.blocks.size(), -1) {
  const std::vector<int32_t> blocks = reverse_postorder(f);
  const std::vector<std::vector<int32_t>> preds = predecessors(f);
  for (size_t k = 0; k < blocks.size(); k++) order_[blocks[k]] = static_cast<int32_t>(k);
  auto meet = [&](int32_t a, int32_t b) {
    while (a != b) {
      if (a < 0 || b < 0) return -1;
      if (order_[a] > order_[b])
        a = parent_[a];
      else
        b = parent_[b];
    }
    return a;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (int32_t block : blocks) {
      int32_t best = is_root(f.blocks[block]) ? -1 : -2;
      for (int32_t pred : preds[block])
        if (parent_[pred] != -2) best = best == -2 ? pred : best == -1 ? -1 : meet(best, pred);
      if (best == parent_[block]) continue;
      parent_[block] = best;
      changed = true;
    }
  }
}

bool Dominators::dominates(int32_t a, int32_t b) const {
  if (order_[b] < 0) return false;
  while (b >= 0 && order_[b] > order_[a]) b = parent_[b];  // dominators come first in the order
  return b == a;
}

std::set<int32_t> natural_loop(const Function& f, int32_t head, bool roots) {
  std::vector<int32_t> position(f.blocks.size(), -1), pending;
  const std::vector<int32_t> order = reverse_postorder(f);
  for (size_t k = 0; k < order.size(); k++) position[order[k]] = static_cast<int32_t>(k);
  const std::vector<std::vector<int32_t>> preds = predecessors(f);
  std::set<int32_t> loop{head};
  for (int32_t pred : preds[head])
    if (position[pred] >= position[head]) pending.push_back(pred);
  if (pending.empty()) return {};
  while (!pending.empty()) {
    const int32_t id = pending.back();
    pending.pop_back();
    if (!loop.insert(id).second) continue;
    const Block& b = f.blocks[id];
    if (roots && (b.handler || b.resume)) continue;
    if (b.handler || b.resume || id == 0 || position[id] < position[head]) return {};
    pending.insert(pending.end(), preds[id].begin(), preds[id].end());
  }
  return loop;
}

std::vector<bool> only_from_roots(const Function& f) {
  std::vector<bool> only(f.blocks.size(), true);
  std::vector<int32_t> pending;
  auto reach = [&](int32_t id) {
    if (id >= 0 && only[static_cast<size_t>(id)]) only[static_cast<size_t>(id)] = false, pending.push_back(id);
  };
  for (const Block& b : f.blocks)
    if (b.entry >= 0 && !b.resume && !b.handler) reach(b.id);
  while (!pending.empty()) {
    const Block& b = f.blocks[static_cast<size_t>(pending.back())];
    pending.pop_back();
    for (int32_t succ : b.succ) reach(succ);
  }
  return only;
}

void add_reads(const std::vector<Instr>& operations, size_t at, std::set<int32_t>& locals) {
  for (; at < operations.size(); at++)
    if (operations[at].op == Op::LoadLocal || operations[at].op == Op::TakeLocal) locals.insert(operations[at].imm[0]);
}

void add_reads_behind(const Function& f, int32_t id, std::set<int32_t>& locals) {
  std::vector<bool> seen(f.blocks.size());
  std::vector<int32_t> pending{id};
  for (const Block& b : f.blocks)
    if (b.handler) pending.push_back(b.id);
  while (!pending.empty()) {
    const int32_t at = pending.back();
    pending.pop_back();
    if (at < 0 || seen[static_cast<size_t>(at)]) continue;
    seen[static_cast<size_t>(at)] = true;
    const Block& b = f.blocks[static_cast<size_t>(at)];
    add_reads(b.instrs, 0, locals);
    pending.insert(pending.end(), {b.succ[0], b.succ[1]});
  }
}

int32_t copy_block(Function& f, int32_t id) {
  Block b = f.blocks[static_cast<size_t>(id)];
  std::map<ValueId, ValueId> renamed;
  b.id = static_cast<int32_t>(f.blocks.size());
  b.entry = -1;
  for (Instr& i : b.instrs) {
    for (ValueId& arg : i.args)
      if (arg >= 0) arg = renamed.at(arg);
    if (i.id >= 0) i.id = renamed[i.id] = f.nvalues++;
  }
  f.blocks.push_back(std::move(b));
  return static_cast<int32_t>(f.blocks.size()) - 1;
}

int32_t state_at(const Function& f, int32_t pc) {
  for (size_t k = 0; k < f.states.size(); k++)
    if (f.states[k].pc == pc && f.states[k].is_own() && f.states[k].resume >= 0) return static_cast<int32_t>(k);
  return -1;
}

void drop_unused_states(Function& f, size_t first) {
  std::vector<int32_t> renamed(f.states.size(), -1);
  std::fill_n(renamed.begin(), first, 0);
  for (const Block& b : f.blocks)
    for (const Instr& i : b.instrs)
      if (i.state >= 0) renamed[i.state] = 0;
  std::vector<FrameState> kept;
  for (size_t k = 0; k < renamed.size(); k++) {
    if (renamed[k] < 0) continue;
    renamed[k] = static_cast<int32_t>(kept.size());
    kept.push_back(std::move(f.states[k]));
  }
  f.states = std::move(kept);
  for (Block& b : f.blocks)
    for (Instr& i : b.instrs)
      if (i.state >= 0) i.state = renamed[i.state];
}

bool can_split(const Block& b, size_t at) {
  std::set<ValueId> before;
  for (size_t k = 0; k < at; k++) before.insert(b.instrs[k].id);
  for (size_t k = at + 1; k < b.instrs.size(); k++)
    for (ValueId id : b.instrs[k].args)
      if (id >= 0 && before.count(id)) return false;
  return true;
}

}  // namespace jj::hir
