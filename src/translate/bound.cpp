// A forward data flow over the instructions: sets of bound slots, intersected where paths meet.
#include "translate/bound.h"

#include <cstddef>
#include <optional>

namespace jj::translate {
namespace {

using bytecode::Code;
using bytecode::Instr;
using bytecode::Op;
using bytecode::OpKind;

constexpr int kVarArgs = 0x04, kVarKeywords = 0x08;  // co_flags

class BoundSlots {
 public:
  explicit BoundSlots(const Code& code)
      : code_(code), before_(code.instrs.size()), swapped_(static_cast<size_t>(code.input.nslots)) {
    for (const Instr& i : code.instrs)
      if (i.op == Op::LoadFastAndClear) swapped_[i.arg] = true;
  }

  std::vector<bool> run() {
    enter(0, arguments());
    while (!pending_.empty()) {
      int32_t k = pending_.back();
      pending_.pop_back();
      visit(k);
    }
    std::vector<bool> bound(code_.instrs.size());
    for (size_t k = 0; k < bound.size(); k++)
      if (const Slots& s = before_[k]; s && on_local(code_.instrs[k].op)) bound[k] = (*s)[code_.instrs[k].arg];
    return bound;
  }

 private:
  using Slots = std::optional<std::vector<bool>>;  // nothing: not reached yet

  static bool on_local(Op op) {
    return op == Op::LoadFast || op == Op::LoadFastCheck || op == Op::LoadFastBound || op == Op::DeleteFast;
  }

  std::vector<bool> arguments() const {
    const auto& in = code_.input;
    int count = in.argcount + in.kwonly + ((in.flags & kVarArgs) != 0) + ((in.flags & kVarKeywords) != 0);
    std::vector<bool> slots(static_cast<size_t>(in.nslots));
    for (int k = 0; k < count && k < in.nslots; k++) slots[k] = true;
    return slots;
  }

  void enter(int32_t k, const std::vector<bool>& slots) {
    Slots& old = before_[k];
    if (!old) {
      old = slots;
      pending_.push_back(k);
      return;
    }
    bool changed = false;
    for (size_t s = 0; s < slots.size(); s++)
      if ((*old)[s] && !slots[s]) (*old)[s] = false, changed = true;
    if (changed) pending_.push_back(k);
  }

  void visit(int32_t k) {
    const Instr& i = code_.instrs[k];
    std::vector<bool> slots = *before_[k];
    enter_handlers(k, slots);
    switch (i.op) {
      // The value may be the null that LoadFastAndClear saved.
      case Op::StoreFast: slots[i.arg] = !swapped_[i.arg]; break;
      case Op::LoadFast:
      case Op::LoadFastCheck:
      case Op::LoadFastBound: slots[i.arg] = true; break;
      case Op::DeleteFast:
      case Op::LoadFastAndClear: slots[i.arg] = false; break;
      default: break;
    }
    const OpKind kind = op_kind(i.op);
    if (i.target >= 0 && kind != OpKind::Block) enter(code_.at[i.target], slots);
    if (kind == OpKind::Jump || kind == OpKind::Return || kind == OpKind::Raise) return;
    if (k + 1 < static_cast<int32_t>(code_.instrs.size()) && code_.depth[k + 1] >= 0) enter(k + 1, slots);
  }

  // An exception leaves the slots as they are before the instruction.
  void enter_handlers(int32_t k, const std::vector<bool>& slots) {
    for (int32_t r = code_.region_of[k]; r >= 0; r = code_.regions[r].parent)
      if (int32_t target = code_.regions[r].target; target >= 0) return enter(code_.at[target], slots);
  }

  const Code& code_;
  std::vector<Slots> before_;
  std::vector<bool> swapped_;
  std::vector<int32_t> pending_;
};

}  // namespace

std::vector<bool> find_bound(const Code& code) { return BoundSlots(code).run(); }

}  // namespace jj::translate
