// Gives a loop a copy of its body for the first time round, where values come in from outside that differ in type from
// those that the loop itself makes (`total = 0` before `total += 0.5`): earlier optimised code left there again and again.
//
// Works before values cross blocks, so that copying a block is renaming what it defines.
#include <algorithm>
#include <map>
#include <set>

#include "hir/graph.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Instr;
using hir::ValueId;

constexpr size_t kMostBlocks = 30;  // of a loop that is worth a copy

bool leaves_at_entry(const hir::Function& f, const Block& head) {
  for (const hir::ExitSeen& e : f.facts.exits)
    if (e.pc == head.pc && e.kind == JJ_EXIT_COLD && e.count >= kManyExits) return true;
  return false;
}

class Peeler {
 public:
  explicit Peeler(hir::Function& f) : f_(f) {}

  // With `roots`: also of a loop with handlers, and with suspensions. What is raised or goes on there is in the loop itself.
  bool peel(int32_t head, bool roots = false) {
    const std::set<int32_t> loop = hir::natural_loop(f_, head, roots);
    if (loop.empty() || loop.size() > kMostBlocks) return false;
    std::map<int32_t, int32_t> copies;
    for (int32_t id : loop)
      if (!f_.blocks[static_cast<size_t>(id)].handler && !f_.blocks[static_cast<size_t>(id)].resume)
        copies[id] = hir::copy_block(f_, id);
    for (const auto& [id, copied] : copies)
      for (int32_t& succ : f_.blocks[copied].succ)
        if (succ != head && copies.count(succ)) succ = copies[succ];
    for (Block& b : f_.blocks)
      for (int32_t& succ : b.succ)
        if (succ == head && !loop.count(b.id) && !is_copy(copies, b.id)) succ = copies[head];
    return true;
  }

 private:
  static bool is_copy(const std::map<int32_t, int32_t>& copies, int32_t id) {
    return std::any_of(copies.begin(), copies.end(), [&](const auto& pair) { return pair.second == id; });
  }

  hir::Function& f_;
};

}  // namespace

bool peel_loop(hir::Function& f, int32_t head) { return Peeler(f).peel(head, true); }

bool peel_loops(hir::Function& f) {
  std::vector<int32_t> heads;
  for (const Block& b : f.blocks)
    if (b.entry >= 1 && !b.resume && !b.handler && leaves_at_entry(f, b)) heads.push_back(b.id);
  bool changed = false;
  for (int32_t head : heads) changed |= Peeler(f).peel(head);
  return changed;
}

}  // namespace jj::passes
