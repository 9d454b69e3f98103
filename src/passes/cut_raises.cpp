// Leaves for baseline code where a block goes on to raise an error that its function does not handle, and, in callees that
// could not be put in place of their calls otherwise, where a block has never been executed.
//
// Such a block is rarely reached, and what makes the error (a message, its class, a call) is long. Without it a function
// that checks something is as small as the check: small enough to be put in place of its calls, or to need no frame.
#include <algorithm>

#include "hir/graph.h"
#include "passes/inliner.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Function;
using hir::Instr;
using hir::Op;

// An error that was raised more often than that is not left for.
constexpr uint32_t kOften = 8;
constexpr uint32_t kManyExecutions = 50;  // after which what has not been executed probably will not be

bool is_often_raised(const Function& f, int32_t pc) {
  return std::any_of(f.facts.exits.begin(), f.facts.exits.end(), [&](const hir::ExitSeen& e) {
    return e.pc == pc && e.kind == JJ_EXIT_ERROR && e.count >= kOften;
  });
}

// The first operation from which baseline code could go on, or the end.
std::vector<Instr>::iterator first_that_may_leave(const Function& f, Block& b) {
  return std::find_if(b.instrs.begin(), b.instrs.end(), [&](const Instr& i) {
    return i.state >= 0 && hir::info(i.op).effects == hir::Effects::Raises && f.states[i.state].resume >= 0;
  });
}

// From there on, with nothing of its instruction done.
void leave_at(Function& f, Block& b, std::vector<Instr>::iterator first) {
  Instr leave{}, end{};
  end.op = Op::Unreachable;
  end.pc = b.instrs.back().pc;
  leave.op = Op::RaiseCold;
  leave.pc = first->pc;
  leave.site = first->site;
  leave.state = first->state;
  const auto begin = std::find_if(b.instrs.begin(), first, [&](const Instr& i) { return i.pc == first->pc; });
  hir::add_reads(b.instrs, static_cast<size_t>(begin - b.instrs.begin()), f.read_elsewhere);
  for (int32_t succ : b.succ)
    if (succ >= 0) hir::add_reads_behind(f, succ, f.read_elsewhere);
  b.instrs.erase(begin, b.instrs.end());
  b.instrs.push_back(leave);
  b.instrs.push_back(end);
  b.succ = {-1, -1};
}

bool cut(Function& f, Block& b) {
  if (b.handler || b.inlined >= 0 || b.instrs.empty() || b.instrs.back().op != Op::Unreachable) return false;
  const auto first = first_that_may_leave(f, b);
  if (first == b.instrs.end() || first->op == Op::RaiseCold || is_often_raised(f, first->pc)) return false;
  leave_at(f, b, first);
  return true;
}

// What a profile would know of it, had it ever been executed.
bool is_unreached(const Function& f, const Instr& i) { return is_always_recorded(i.op) && !is_known(f, i.pc); }

}  // namespace

bool is_always_recorded(Op op) {
  return op == Op::LoadAttr || op == Op::Call || op == Op::Binary || op == Op::Subscr || op == Op::LoadGlobal;
}

bool is_known(const Function& f, int32_t pc) {
  return std::any_of(f.facts.sites.begin(), f.facts.sites.end(),
                     [&](const hir::SiteTypes& site) { return site.pc == pc; });
}

bool is_well_known(const Function& f) {
  return std::any_of(f.facts.sites.begin(), f.facts.sites.end(), [](const hir::SiteTypes& site) {
    uint32_t count = 0;
    for (const JJSeen& seen : site.seen.types) count += seen.count;
    return count >= kManyExecutions;
  });
}

bool cut_unreached(Function& f) {
  if (!f.regions.empty() || !is_well_known(f)) return false;
  bool changed = false;
  for (Block& b : f.blocks) {
    if (b.handler || b.id == 0 || b.instrs.empty()) continue;
    const auto first = first_that_may_leave(f, b);
    const bool unreached =
        std::any_of(b.instrs.begin(), b.instrs.end(), [&](const Instr& i) { return is_unreached(f, i); });
    if (!unreached || first == b.instrs.end() || is_often_raised(f, first->pc)) continue;
    leave_at(f, b, first);
    changed = true;
  }
  if (changed) clean_cfg(f);
  return changed;
}

bool cut_raises(Function& f) {
  if (!f.regions.empty()) return false;
  bool changed = false;
  for (Block& b : f.blocks) changed |= cut(f, b);
  return changed;
}

}  // namespace jj::passes
