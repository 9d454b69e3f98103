// Weighs what the passes of the optimising tier have achieved.
#include "core/weigh.h"

#include <algorithm>
#include <vector>

namespace jj::core {
namespace {

constexpr int64_t kLoopWeight = 8;  // what one level of loops stands for
constexpr int kDeepest = 3;

// In which loops a block is, by the code units between their back-edges and heads.
std::vector<int> loop_depths(const hir::Function& f) {
  std::vector<int> depths(f.blocks.size());
  for (const hir::Block& from : f.blocks)
    for (const int32_t to : from.succ) {
      if (to < 0 || from.pc < 0 || f.blocks[static_cast<size_t>(to)].pc > from.pc) continue;
      const int32_t head = f.blocks[static_cast<size_t>(to)].pc;
      for (size_t k = 0; k < depths.size(); k++) depths[k] += f.blocks[k].pc >= head && f.blocks[k].pc <= from.pc;
    }
  return depths;
}

bool is_call(const hir::Instr& i) {
  const bool polls = i.op == hir::Op::Poll || i.op == hir::Op::PollPending;
  return hir::info(i.op).effects == hir::Effects::Raises && !polls;
}

// Work that baseline code would have left to a helper.
bool is_register_work(const hir::Instr& i) {
  using hir::Op;
  const hir::OpInfo& row = hir::info(i.op);
  const bool unboxes = i.op == Op::UnboxInt || i.op == Op::UnboxFloat || i.op == Op::UnboxBool;
  const bool number = row.result == hir::Result::Int || row.result == hir::Result::Float;
  const bool compares = i.op == Op::IntCompare || i.op == Op::FloatCompare;
  const bool looks = row.effects == hir::Effects::Exits && row.result == hir::Result::Borrowed;
  return !unboxes && ((number && row.operands > 0) || compares || looks);
}

}  // namespace

bool is_worth_it(const hir::Function& f) {
  const std::vector<int> depths = loop_depths(f);
  int64_t gained = 0, left = 0;
  for (size_t k = 0; k < f.blocks.size(); k++) {
    int64_t weight = 1;
    for (int level = std::min(depths[k], kDeepest); level > 0; level--) weight *= kLoopWeight;
    for (const hir::Instr& i : f.blocks[k].instrs) {
      gained += is_register_work(i) ? weight : 0;
      left += is_call(i) ? weight : 0;
    }
  }
  return gained >= left;
}

}  // namespace jj::core
