// What object the result of a function without a frame is, which its callers may have to tell from others.
#include <algorithm>
#include <set>
#include <vector>

#include "passes/inliner.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Function;
using hir::Instr;
using hir::Op;
using hir::Result;
using hir::Signature;
using hir::ValueId;

class Results {
 public:
  Results(const Function& f, const std::vector<Signature>& callees)
      : f_(f), callees_(callees), made_by_(static_cast<size_t>(f.nvalues)), phis_(made_by_.size()) {
    for (const Block& b : f.blocks) {
      for (const hir::Phi& phi : b.phis) phis_[static_cast<size_t>(phi.id)] = &phi;
      for (const Instr& i : b.instrs)
        if (i.id >= 0) made_by_[static_cast<size_t>(i.id)] = &i;
    }
  }

  Signature::Identity identity() {
    Signature::Identity worst = Signature::Fresh;
    for (const Block& b : f_.blocks) {
      if (b.instrs.empty() || (b.instrs.back().op != Op::ReturnInt && b.instrs.back().op != Op::ReturnFloat)) continue;
      const bool told = b.instrs.size() > 1 && b.instrs[b.instrs.size() - 2].op == Op::OriginIs;
      const Signature::Identity own = told                              ? Signature::Traced
                                      : is_new(b.instrs.back().args[0]) ? Signature::Fresh
                                                                        : Signature::Unknown;
      worst = std::min(worst, own);
    }
    return worst;
  }

 private:
  // Whatever ways lead to it; loops that nothing else enters are no way.
  bool is_new(ValueId id) {
    if (!visited_.insert(id).second) return true;
    if (const hir::Phi* phi = phis_[static_cast<size_t>(id)]) {
      for (const hir::Phi::Arg& arg : phi->args)
        if (!is_new(arg.value)) return false;
      return true;
    }
    const Instr& i = *made_by_[static_cast<size_t>(id)];
    switch (i.op) {
      case Op::IntKnown:
      case Op::GuardWithin: return is_new(i.args[0]);
      case Op::SelectInt:
      case Op::SelectFloat: return is_new(i.args[1]) && is_new(i.args[2]);
      case Op::IntConst:
        return i.imm[1] == (i.imm[0] < 0 ? -1 : 0) && i.imm[0] >= -5 && i.imm[0] <= 256;  // always the same object
      case Op::DirectInt:
      case Op::DirectFloat: return callees_[static_cast<size_t>(i.imm[0])].identity == Signature::Fresh;
      default: return makes_number(i.op);
    }
  }

  const Function& f_;
  const std::vector<Signature>& callees_;
  std::vector<const Instr*> made_by_;
  std::vector<const hir::Phi*> phis_;
  std::set<ValueId> visited_;
};

}  // namespace

bool makes_number(Op op) {
  const hir::OpInfo& row = hir::info(op);
  switch (op) {
    case Op::IntKnown:
    case Op::GuardWithin:
    case Op::SelectInt:
    case Op::SelectFloat:
    case Op::UnboxInt:
    case Op::UnboxUint:
    case Op::UnboxFloat:
    case Op::CondToInt:
    case Op::IntAbs: return false;  // may be an operand's own, or what it is the number of
    default: return row.operands > 0 && (row.result == Result::Int || row.result == Result::Float);
  }
}

Signature::Identity identity_of(const Function& f, const std::vector<Signature>& callees) {
  return Results(f, callees).identity();
}

}  // namespace jj::passes
