// Which fast locals' objects can be told from others: those that reach more than arithmetic.
#pragma once
#include <map>
#include <vector>

#include "hir/function.h"

namespace jj::passes {

class Escapes {
 public:
  explicit Escapes(const hir::Function& f) : escapes_(static_cast<size_t>(f.nslots)), copied_(escapes_.size()) {
    for (const hir::Block& b : f.blocks) visit(b);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t slot = 0; slot < escapes_.size(); slot++)
        for (int32_t to : copied_[slot])
          if (escapes_[to] && !escapes_[slot]) escapes_[slot] = changed = true;
    }
  }
  bool at(int32_t slot) const { return escapes_[slot]; }

 private:
  void visit(const hir::Block& b) {
    std::map<hir::ValueId, int32_t> from;  // values that are a slot's object
    for (const hir::Instr& i : b.instrs) {
      const hir::OpInfo& row = hir::info(i.op);
      const bool copies = i.op == hir::Op::Retain || i.op == hir::Op::RetainOrNull;
      for (int n = 0; n < row.operands; n++) {
        const auto found = from.find(i.args[n]);
        if (found == from.end()) continue;
        if (copies)
          from[i.id] = found->second;
        else if (i.op == hir::Op::StoreLocal)
          copied_[found->second].push_back(i.imm[0]);
        else if (!uses_value(i, n))
          escapes_[found->second] = true;
      }
      if (i.op == hir::Op::LoadLocal || i.op == hir::Op::TakeLocal) from[i.id] = i.imm[0];
    }
  }

  // Operations that make use of a number's value alone.
  static bool uses_value(const hir::Instr& i, int operand) {
    switch (i.op) {
      case hir::Op::Binary:
      case hir::Op::Unary:
      case hir::Op::Compare:
      case hir::Op::CompareCond:
      case hir::Op::Truth:
      case hir::Op::CheckBound:
      case hir::Op::IsNone:
      case hir::Op::Release:
      case hir::Op::ReleaseOrNull: return true;
      case hir::Op::Subscr: return operand == 1;
      case hir::Op::StoreSubscr: return operand == 2;
      default: return false;
    }
  }

  std::vector<bool> escapes_;
  std::vector<std::vector<int32_t>> copied_;  // to these slots
};

}  // namespace jj::passes
