// Counted loops whose turns are short and run no code look for pending work only every so many turns, and at their end.
//
// Such work comes from other threads and from signals, at no particular turn. Where a turn runs code, what it asks for is
// served at the turn's end, as in the interpreter.
#include <algorithm>

#include "hir/graph.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Effects;
using hir::Instr;
using hir::Op;
using hir::ValueId;

constexpr size_t kMostWork = 80;  // operations of all ways through a turn: below 100 ns

class Spacer {
 public:
  explicit Spacer(hir::Function& f) : f_(f), preds_(hir::predecessors(f)), dominators_(f) {}

  bool run() {
    bool changed = false;
    for (Block& b : f_.blocks) {
      if (b.instrs.size() < 2 || b.instrs.back().op != Op::Jump) continue;
      for (Instr& i : b.instrs)
        if (i.op == Op::PollPending) changed |= space(b, i);
    }
    return changed;
  }

 private:
  bool space(const Block& b, Instr& i) {
    const Block& head = f_.blocks[b.succ[0]];
    const ValueId left = turns_left(head, b.id);
    if (left < 0 || !is_quick(head, b.id)) return false;
    i.op = Op::PollSpaced;
    i.args[0] = left;
    return true;
  }

  // What counts the turns of the loop down to 0, behind this one; -1: there is none.
  ValueId turns_left(const Block& head, int32_t from) const {
    const Instr& end = head.instrs.back();
    if (end.op != Op::Branch) return -1;
    const Instr* compare = made_in(head, end.args[0]);
    constexpr int kGreater = 4;
    if (!compare || compare->op != Op::IntCompare || compare->imm[0] != kGreater) return -1;
    const Instr* zero = made_in(head, compare->args[1]);
    if (!zero || zero->op != Op::IntConst || zero->imm[0] != 0 || zero->imm[1] != 0) return -1;
    for (const hir::Phi& phi : head.phis)
      for (const hir::Phi::Arg& arg : phi.args)
        if (phi.id == compare->args[0] && arg.block == from)
          return counts_down(head, arg.value, phi.id) ? arg.value : -1;
    return -1;
  }

  bool counts_down(const Block& head, ValueId next, ValueId now) const {
    const Instr* made = made_in(head, next);
    if (made && made->op == Op::IntKnown) made = made_in(head, made->args[0]);
    if (!made || made->op != Op::IntAddWrap || made->args[0] != now) return false;
    const Instr* one = made_in(head, made->args[1]);
    return one && one->op == Op::IntConst && one->imm[0] == -1 && one->imm[1] == -1;
  }

  static const Instr* made_in(const Block& b, ValueId id) {
    for (const Instr& i : b.instrs)
      if (i.id == id) return &i;
    return nullptr;
  }

  // The loop with this back-edge: what leaves never comes back but through a poll, or ends here.
  bool is_quick(const Block& head, int32_t from) const {
    if (!dominators_.dominates(head.id, from)) return false;
    std::vector<bool> inside(f_.blocks.size());
    inside[head.id] = true;
    std::vector<int32_t> pending{from};
    size_t work = head.instrs.size();
    bool quick = std::all_of(head.instrs.begin(), head.instrs.end(), is_short);
    while (!pending.empty() && quick) {
      const int32_t id = pending.back();
      pending.pop_back();
      if (inside[id]) continue;
      inside[id] = true;
      const Block& b = f_.blocks[id];
      quick = std::all_of(b.instrs.begin(), b.instrs.end(), is_short) && !hir::is_root(b);
      work += b.instrs.size();
      pending.insert(pending.end(), preds_[id].begin(), preds_[id].end());
    }
    return quick && work <= kMostWork;
  }

  static bool is_short(const Instr& i) {
    switch (i.op) {
      case Op::PollPending:
      case Op::PollSpaced: return true;
      case Op::FloatPow:
      case Op::FloatMath:
      case Op::FloatMath2:
      case Op::IntPow:
      case Op::IntGcd:
      case Op::SeqNext:
      case Op::CallMethod0:
      case Op::CallMethod1:
      case Op::CallMethod2:
      case Op::DictGet:
      case Op::DictHas:
      case Op::DictPut:
      case Op::DictPutInt:
      case Op::ListRoom:
      case Op::StrEqual:
      case Op::NewRange:
      case Op::DirectInt:
      case Op::DirectFloat:
      case Op::DirectCond:
      case Op::Poll: return false;
      default: break;
    }
    const Effects effects = hir::info(i.op).effects;
    return effects != Effects::Raises && effects != Effects::RunsCode && i.op != Op::Release &&
           i.op != Op::ReleaseOrNull;
  }

  hir::Function& f_;
  std::vector<std::vector<int32_t>> preds_;
  hir::Dominators dominators_;
};

}  // namespace

bool space_polls(hir::Function& f) { return Spacer(f).run(); }

}  // namespace jj::passes
