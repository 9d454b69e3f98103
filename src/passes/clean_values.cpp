// Replaces phis that stand for one value, joins equal phis of a block, and removes values that nobody needs.
#include <map>
#include <utility>

#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Effects;
using hir::Instr;
using hir::Op;
using hir::Phi;
using hir::ValueId;

class Cleaner {
 public:
  explicit Cleaner(hir::Function& f) : f_(f), same_as_(static_cast<size_t>(f.nvalues), -1) {}

  bool run() {
    bool changed = false;
    number_constants();
    while (join_phis()) changed = true;
    if (changed) rename();
    return drop_unused() || changed;
  }

 private:
  ValueId find(ValueId id) {
    while (id >= 0 && same_as_[id] >= 0) id = same_as_[id];
    return id;
  }

  // Equal constants have the same number here; they do not dominate each other.
  void number_constants() {
    constant_.assign(same_as_.size(), -1);
    std::map<std::pair<Op, std::array<int32_t, 4>>, ValueId> first;
    for (const Block& b : f_.blocks)
      for (const Instr& i : b.instrs)
        if (i.op == Op::IntConst || i.op == Op::FloatConst || i.op == Op::CondConst)
          constant_[i.id] = first.emplace(std::pair(i.op, i.imm), i.id).first->second;
  }

  bool join_phis() {
    bool changed = false;
    for (Block& b : f_.blocks) {
      std::map<std::vector<std::pair<int32_t, ValueId>>, ValueId> seen;
      for (const Phi& phi : b.phis) {
        if (same_as_[phi.id] >= 0) continue;
        std::vector<std::pair<int32_t, ValueId>> args{{static_cast<int32_t>(phi.type), -1}};
        ValueId only = -1;
        bool one = true;
        for (const Phi::Arg& arg : phi.args) {
          const ValueId id = find(arg.value);
          args.emplace_back(arg.block, id == phi.id ? -1 : constant_[id] >= 0 ? constant_[id] : id);
          if (id == phi.id || id == only) continue;
          one = one && only < 0;
          only = id;
        }
        auto [known, is_new] = seen.emplace(args, phi.id);
        if (one && only >= 0)
          same_as_[phi.id] = only;
        else if (!is_new)
          same_as_[phi.id] = known->second;
        changed |= same_as_[phi.id] >= 0;
      }
    }
    return changed;
  }

  void rename() {
    for (Block& b : f_.blocks) {
      std::erase_if(b.phis, [&](const Phi& phi) { return same_as_[phi.id] >= 0; });
      for (Phi& phi : b.phis)
        for (Phi::Arg& arg : phi.args) arg.value = find(arg.value);
      for (Instr& i : b.instrs)
        for (ValueId& id : i.args) id = find(id);
    }
    for (hir::FrameState& s : f_.states)
      for (hir::Pending& p : s.pending) {
        for (ValueId& id : p.value) id = find(id);
        p.condition = find(p.condition);
      }
  }

  // What leaves because Python would raise must stay, and so must guards that other operations rely on. An overflow alone is
  // no reason to do the operation.
  static bool is_needed(const Instr& i) {
    switch (i.op) {
      case Op::IntAdd:
      case Op::IntSub:
      case Op::IntMul:
      case Op::IntNeg:
      case Op::IntAbs:
      case Op::IntToFloatExact: return false;
      default: break;
    }
    const hir::OpInfo& row = hir::info(i.op);
    const bool plain = hir::is_plain(row.result) || row.result == hir::Result::Borrowed;
    return !plain || (row.effects != Effects::Pure && row.effects != Effects::ReadFrame);
  }

  void need(ValueId id) {
    if (id < 0 || needed_[id]) return;
    needed_[id] = true;
    pending_.push_back(id);
  }
  void need_operands(const Instr& i) {
    for (ValueId id : i.args) need(id);
    if (i.state < 0) return;
    for (const hir::Pending& p : f_.states[i.state].pending) {
      for (ValueId id : p.value) need(id);
      need(p.condition);
    }
  }

  bool drop_unused() {
    needed_.assign(static_cast<size_t>(f_.nvalues), false);
    std::vector<const Instr*> made_by(needed_.size());
    std::vector<const Phi*> phis(needed_.size());
    for (const Block& b : f_.blocks) {
      for (const Phi& phi : b.phis) phis[phi.id] = &phi;
      for (const Instr& i : b.instrs) {
        if (i.id >= 0) made_by[i.id] = &i;
        if (is_needed(i)) need_operands(i), need(i.id);
      }
    }
    while (!pending_.empty()) {
      const ValueId id = pending_.back();
      pending_.pop_back();
      if (made_by[id]) need_operands(*made_by[id]);
      if (phis[id])
        for (const Phi::Arg& arg : phis[id]->args) need(arg.value);
    }
    size_t dropped = 0;
    for (Block& b : f_.blocks) {
      dropped += std::erase_if(b.phis, [&](const Phi& phi) { return !needed_[phi.id]; });
      dropped += std::erase_if(b.instrs, [&](const Instr& i) { return !is_needed(i) && !needed_[i.id]; });
    }
    return dropped > 0;
  }

  hir::Function& f_;
  std::vector<ValueId> same_as_;   // -1: itself
  std::vector<ValueId> constant_;  // first value of the same constant, -1: no constant
  std::vector<bool> needed_;
  std::vector<ValueId> pending_;
};

}  // namespace

bool clean_values(hir::Function& f) { return Cleaner(f).run(); }

}  // namespace jj::passes
