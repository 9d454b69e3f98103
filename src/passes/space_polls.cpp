// Loops whose turns are short and run no code look for pending work only every so many turns; those that count down to 0
// anyway do so at their end, too. The innermost of the others get a register that counts for this.
//
// Such work comes from other threads and from signals, at no particular turn. Where a turn runs code, what it asks for is
// served at the turn's end, as in the interpreter.
#include <algorithm>
#include <map>

#include "hir/graph.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Effects;
using hir::Instr;
using hir::Op;
using hir::ValueId;

constexpr size_t kMostWork = 80;     // operations of all ways through a turn: below 100 ns
constexpr int32_t kFirstTurn = 127;  // turns without a look when a loop begins

class Spacer {
 public:
  explicit Spacer(hir::Function& f) : f_(f), preds_(hir::predecessors(f)), dominators_(f) {}

  bool run() {
    bool changed = false;
    for (Block& b : f_.blocks)
      if (poll_of(b)) changed |= space(b.id);
    return changed;
  }

 private:
  // The poll of a block that ends with a way back to a loop head; null: there is none.
  static Instr* poll_of(Block& b) {
    if (b.instrs.size() < 2 || b.instrs.back().op != Op::Jump) return nullptr;
    const auto poll =
        std::find_if(b.instrs.begin(), b.instrs.end(), [](const Instr& i) { return i.op == Op::PollPending; });
    return poll == b.instrs.end() ? nullptr : &*poll;
  }

  bool space(int32_t from) {
    const int32_t head = f_.blocks[from].succ[0];
    bool innermost = true;
    if (!is_quick(f_.blocks[head], from, innermost)) return false;
    ValueId left = turns_left(f_.blocks[head], from);
    if (left < 0 && innermost && !hir::is_root(f_.blocks[head])) left = count_turns(head);
    if (left < 0) return false;
    Instr& poll = *poll_of(f_.blocks[from]);
    poll.op = Op::PollSpaced;
    poll.args[0] = left;
    return true;
  }

  // Has the loop count its turns down.
  ValueId count_turns(int32_t head) {
    if (const auto counted = counters_.find(head); counted != counters_.end()) return counted->second;
    Block& b = f_.blocks[head];
    auto constant = [&](int64_t value) {
      Instr i{};
      i.op = Op::IntConst;
      i.id = f_.nvalues++;
      i.pc = b.pc;
      i.imm = {static_cast<int32_t>(value), static_cast<int32_t>(value >> 32)};
      return i;
    };
    const Instr one = constant(-1);
    Instr next{};
    next.op = Op::IntAddWrap;
    next.pc = b.pc;
    next.id = f_.nvalues++;
    hir::Phi phi;
    phi.id = f_.nvalues++;
    next.args = {phi.id, one.id, -1};
    for (int32_t pred : preds_[head]) {
      const bool back = dominators_.dominates(head, pred);
      std::vector<Instr>& instrs = f_.blocks[pred].instrs;
      if (!back) instrs.insert(instrs.end() - 1, constant(kFirstTurn));
      phi.args.push_back({pred, back ? next.id : instrs[instrs.size() - 2].id});
    }
    b.phis.push_back(std::move(phi));
    b.instrs.insert(b.instrs.begin(), {one, next});
    return counters_[head] = next.id;
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

  // The loop with this back-edge: what leaves never comes back but through a poll, or ends here. Also finds whether there
  // is another loop in it.
  bool is_quick(const Block& head, int32_t from, bool& innermost) const {
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
      innermost &= std::all_of(b.succ.begin(), b.succ.end(),
                               [&](int32_t to) { return to < 0 || to == head.id || !dominators_.dominates(to, id); });
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
      case Op::BigBinary:
      case Op::BigByInt:
      case Op::BigOfInts:
      case Op::BigToInt:
      case Op::IntGcd:
      case Op::SeqNext:
      case Op::CallMethod0:
      case Op::CallMethod1:
      case Op::CallMethod2:
      case Op::DictGet:
      case Op::DictGetInt:
      case Op::DictGetOr:
      case Op::DictGetIntOr:
      case Op::KeyIn:
      case Op::IsInstance:
      case Op::Misses:
      case Op::MissesInt:
      case Op::DictEntry:
      case Op::IntIn:
      case Op::KeyMethod:
      case Op::DictPut:
      case Op::DictPutInt:
      case Op::ListRoom:
      case Op::StrEqual:
      case Op::NewRange:
      case Op::MakeTuple:
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
  std::map<int32_t, ValueId> counters_;  // by loop head: what count_turns has made
};

}  // namespace

bool space_polls(hir::Function& f) { return Spacer(f).run(); }

}  // namespace jj::passes
