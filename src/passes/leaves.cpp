// Which functions are small and plain enough to be put in place of their calls.
#include "hir/graph.h"
#include "hir/stack_helpers.h"
#include "passes/inliner.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Function;
using hir::Instr;
using hir::Op;

constexpr size_t kMostOperations = 80;

bool is_quiet(Op op) {
  switch (op) {
    case Op::LoadLocal:
    case Op::StoreLocal:
    case Op::LoadConst:
    case Op::LoadNull:
    case Op::LoadStack:
    case Op::TakeStack:
    case Op::StoreStack:
    case Op::Retain:
    case Op::RetainOrNull:
    case Op::Release:
    case Op::ReleaseOrNull:
    case Op::Binary:
    case Op::Unary:
    case Op::Compare:
    case Op::CompareCond:
    case Op::Contains:
    case Op::IsNone:
    case Op::Truth:
    case Op::NotCond:
    case Op::BoolObject:
    case Op::Subscr:
    case Op::LoadGlobal:
    case Op::LoadGlobalOf:
    case Op::LoadDeref:
    case Op::LoadFreeOf:
    case Op::LoadAttr:
    case Op::StoreAttr:
    case Op::StoreSubscr:
    case Op::LoadMethod:
    case Op::LoadSuperMethod:
    case Op::Call:
    case Op::CallKnown:
    case Op::CallSpread:
    case Op::EnterCallee:
    case Op::LeaveCallee:
    case Op::RaiseCold:
    case Op::Unreachable:
    case Op::Jump:
    case Op::Branch:
    case Op::Return: return true;
    case Op::Poll: return true;  // the one at the function's entry
    default: return false;
  }
}

bool is_keyword_call(const Instr& i) { return i.op == Op::StackOp && hir::keyword_call_layout(i.imm[0]) >= 0; }

}  // namespace

bool copies_free_variables(const Instr& i) {
  static const int helper = hir::stack_helper_named("jj_op_copy_free_vars");
  return i.op == Op::StackOp && i.imm[0] == helper;
}

bool is_leaf(const Function& f) {
  if (f.nentries != 1 || !f.regions.empty() || f.blocks.size() > kMostLeafBlocks) return false;
  std::vector<int32_t> position(f.blocks.size(), -1), order = hir::reverse_postorder(f);
  for (size_t k = 0; k < order.size(); k++) position[order[k]] = static_cast<int32_t>(k);
  size_t count = 0;
  for (const Block& b : f.blocks) {
    if (position[b.id] < 0) return false;
    for (int32_t succ : b.succ)
      if (succ >= 0 && position[succ] <= position[b.id]) return false;
    count += b.instrs.size();
    for (const Instr& i : b.instrs)
      if (!(is_quiet(i.op) || is_keyword_call(i) || copies_free_variables(i)) || (i.op == Op::Poll && i.imm[0] != 0))
        return false;
  }
  return count <= kMostOperations;
}

}  // namespace jj::passes
