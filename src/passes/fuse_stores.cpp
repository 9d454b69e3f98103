// Joins an operation with the store of its result in a fast local, which lets the runtime reuse the old value:
//   Binary, StoreLocal                                  -> BinaryInto
//   IterNext, BranchNext; TakeStack, StoreLocal there   -> IterNextInto, Branch
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Instr;
using hir::Op;

bool fuse_binaries(Block& b) {
  std::vector<Instr> out;
  for (const Instr& i : b.instrs) {
    const bool fits =
        i.op == Op::StoreLocal && !out.empty() && out.back().op == Op::Binary && out.back().id == i.args[0];
    if (!fits) {
      out.push_back(i);
      continue;
    }
    Instr& binary = out.back();
    binary.op = Op::BinaryInto;
    binary.id = -1;
    binary.imm[2] = i.imm[0];
    binary.imm[3] = i.pc;
  }
  const bool changed = out.size() != b.instrs.size();
  b.instrs = std::move(out);
  return changed;
}

bool fuse_iteration(hir::Function& f, Block& b, const std::vector<int>& predecessors) {
  const size_t count = b.instrs.size();
  if (count < 2 || b.instrs[count - 1].op != Op::BranchNext) return false;
  Instr& next = b.instrs[count - 2];
  Instr& branch = b.instrs[count - 1];
  Block& body = f.blocks[b.succ[0]];
  if (next.op != Op::IterNext || predecessors[body.id] != 1 || body.entry >= 0 || body.handler) return false;
  if (body.instrs.size() < 3) return false;
  const Instr& take = body.instrs[0];
  const Instr& store = body.instrs[1];
  if (take.op != Op::TakeStack || take.imm[0] != branch.imm[0]) return false;
  if (store.op != Op::StoreLocal || store.args[0] != take.id) return false;
  next.op = Op::IterNextInto;
  next.imm[1] = store.imm[0];
  next.imm[2] = store.pc;
  branch.op = Op::Branch;
  branch.imm = {};
  body.depth--;
  body.instrs.erase(body.instrs.begin(), body.instrs.begin() + 2);
  return true;
}

}  // namespace

bool fuse_stores(hir::Function& f) {
  std::vector<int> predecessors(f.blocks.size());
  for (const Block& b : f.blocks)
    for (int32_t succ : b.succ)
      if (succ >= 0) predecessors[succ]++;
  bool changed = false;
  for (Block& b : f.blocks) {
    changed |= fuse_binaries(b);
    changed |= fuse_iteration(f, b, predecessors);
  }
  return changed;
}

}  // namespace jj::passes
