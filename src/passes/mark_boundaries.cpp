// Inserts a Boundary before the first operation of every instruction that has a state the interpreter can resume from,
// and at every loop head. An instruction's later operations (those of edge blocks) come after part of its work.
#include <set>

#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Instr;

class Marker {
 public:
  explicit Marker(hir::Function& f) : f_(f), leaves_(f.states.size()) {
    for (const hir::Block& b : f.blocks)
      for (const Instr& i : b.instrs)
        if (i.state >= 0 && i.op != hir::Op::Return) leaves_[static_cast<size_t>(i.state)] = true;
  }

  bool run() {
    bool changed = false;
    for (hir::Block& b : f_.blocks) changed |= mark(b);
    return changed;
  }

 private:
  int32_t state_for(int32_t pc) const {
    for (size_t k = 0; k < f_.states.size(); k++)
      if (f_.states[k].pc == pc) return f_.states[k].resume >= 0 && leaves_[k] ? static_cast<int32_t>(k) : -1;
    return -1;
  }

  bool mark(hir::Block& b) {
    std::vector<Instr> out;
    auto boundary = [&](int32_t pc) {
      int32_t state = pc >= 0 ? state_for(pc) : -1;
      if (state < 0) return;
      Instr i{};
      i.op = hir::Op::Boundary;
      i.pc = pc;
      i.state = state;
      out.push_back(i);
    };
    if (b.entry >= 1) {
      boundary(b.pc);
      seen_.insert(b.pc);
    }
    for (const Instr& i : b.instrs) {
      if (seen_.insert(i.pc).second) boundary(i.pc);
      out.push_back(i);
    }
    const bool changed = out.size() != b.instrs.size();
    b.instrs = std::move(out);
    return changed;
  }

  hir::Function& f_;
  std::vector<bool> leaves_;  // by state; the state of a generator's return is for loops that it is put into
  std::set<int32_t> seen_;
};

}  // namespace

bool mark_boundaries(hir::Function& f) { return Marker(f).run(); }

}  // namespace jj::passes
