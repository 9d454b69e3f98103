// Which fast locals' objects can be told from others: those that reach more than arithmetic.
#pragma once
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "hir/function.h"
#include "passes/liveness.h"

namespace jj::passes {

class Escapes {
 public:
  explicit Escapes(const hir::Function& f)
      : escapes_(static_cast<size_t>(f.nslots)),
        copied_(escapes_.size()),
        looks_(looks(f)),
        live_(f, [this](const hir::Block& b, size_t k) { return looks_.count({b.id, k}) != 0; }),
        elsewhere_(f.read_elsewhere) {
    // Where control comes to without an edge.
    for (const hir::Block& b : f.blocks)
      for (int32_t slot = 0; slot < f.nslots && (b.handler || b.resume); slot++)
        if (live_.at(b.id, slot)) elsewhere_.insert(slot);
  }
  Escapes(const Escapes&) = delete;
  Escapes& operator=(const Escapes&) = delete;

  bool at(int32_t slot) const { return escapes_[slot]; }
  // Of the object that the local has at the start of the block, or gets by its operation `k`.
  bool at(int32_t block, int32_t slot) const { return elsewhere_.count(slot) || live_.at(block, slot); }
  bool behind(const hir::Block& b, size_t k, int32_t slot) const {
    return elsewhere_.count(slot) || live_.behind(b, k, slot);
  }

 private:
  using Place = std::pair<int32_t, size_t>;  // block, and which of its operations

  // The loads whose objects can be told from others.
  std::set<Place> looks(const hir::Function& f) {
    std::set<Place> found;
    for (int32_t slot : f.read_elsewhere) escapes_[slot] = true;
    std::map<int32_t, std::vector<Place>> copies;  // by local that they go to
    for (const hir::Block& b : f.blocks) visit(b, found, copies);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t slot = 0; slot < escapes_.size(); slot++)
        for (int32_t to : copied_[slot])
          if (escapes_[to] && !escapes_[slot]) escapes_[slot] = changed = true;
    }
    for (const auto& [slot, places] : copies)
      if (escapes_[slot]) found.insert(places.begin(), places.end());
    return found;
  }

  void visit(const hir::Block& b, std::set<Place>& found, std::map<int32_t, std::vector<Place>>& copies) {
    struct Load {
      int32_t slot;
      size_t at;
    };
    std::map<hir::ValueId, Load> from;  // values that are a slot's object
    for (size_t k = 0; k < b.instrs.size(); k++) {
      const hir::Instr& i = b.instrs[k];
      const bool copied = i.op == hir::Op::Retain || i.op == hir::Op::RetainOrNull;
      for (int n = 0; n < hir::info(i.op).operands; n++) {
        const auto load = from.find(i.args[n]);
        if (load == from.end()) continue;
        const Load& source = load->second;
        if (copied) {
          from[i.id] = source;
        } else if (i.op == hir::Op::StoreLocal) {
          copied_[source.slot].push_back(i.imm[0]);
          copies[i.imm[0]].push_back({b.id, source.at});
        } else if (!uses_value(i, n)) {
          escapes_[source.slot] = true;
          found.insert({b.id, source.at});
        }
      }
      if (i.op == hir::Op::LoadLocal || i.op == hir::Op::TakeLocal) from[i.id] = {i.imm[0], k};
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
  std::set<Place> looks_;
  Liveness live_;
  std::set<int32_t> elsewhere_;  // read where none of the function's edges leads
};

}  // namespace jj::passes
