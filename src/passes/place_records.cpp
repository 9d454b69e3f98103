// Inserts a Record behind every operation whose result's type only running it tells: calls, loads of attributes, globals,
// cells and items, iteration, and operators. Sites are numbered in order; each is known by its instruction's code unit.
#include <set>

#include "hir/stack_helpers.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Instr;
using hir::Op;

constexpr int32_t kMostItems = 8;

bool is_site(Op op) {
  switch (op) {
    case Op::Binary:
    case Op::Unary:
    case Op::Subscr:
    case Op::LoadGlobal:
    case Op::LoadDeref:
    case Op::LoadAttr:
    case Op::GetIter:
    case Op::Call: return true;
    default: return false;
  }
}

class Recorder {
 public:
  explicit Recorder(hir::Function& f) : f_(f), predecessors_(f.blocks.size()), item_of_(f.blocks.size()) {
    for (const Block& b : f.blocks)
      for (int32_t succ : b.succ)
        if (succ >= 0) predecessors_[static_cast<size_t>(succ)]++;
  }

  bool run() {
    for (const Block& b : f_.blocks) find_item(b);
    for (Block& b : f_.blocks) place(b);
    return number_ > 0;
  }

 private:
  struct Item {  // what iteration left on the stack when the block begins
    int32_t d = -1, pc = -1;
  };

  void find_item(const Block& b) {
    const Instr& last = b.instrs.back();
    if (last.op != Op::BranchNext || b.succ[0] < 0) return;
    const Block& body = f_.blocks[static_cast<size_t>(b.succ[0])];
    if (body.entry < 0 && !body.handler && predecessors_[static_cast<size_t>(body.id)] == 1)
      item_of_[static_cast<size_t>(body.id)] = {last.imm[0], last.pc};
  }

  void record(std::vector<Instr>& out, int32_t d, int32_t pc) {
    Instr i{};
    i.op = Op::Record;
    i.imm = {d, number_++, 0, 0};
    i.pc = pc;
    out.push_back(i);
  }

  // What a sequence is unpacked to: results of one instruction, the first one on top.
  void record_items(std::vector<Instr>& out, const Instr& i) {
    for (int32_t k = 0; k < i.imm[2] && k < kMostItems; k++)
      record(out, i.imm[1] - 1 + i.imm[2] - 1 - k, i.pc + (k + 1) * JJ_SITE_RESULT);
  }

  void place(Block& b) {
    static const int unpacks = hir::stack_helper_named("jj_op_unpack_sequence");
    std::vector<Instr> out;
    const Item item = item_of_[static_cast<size_t>(b.id)];
    if (item.d >= 0) record(out, item.d, item.pc);
    std::set<int32_t> locals;  // stack entries that hold a copy of one
    for (size_t k = 0; k < b.instrs.size(); k++) {
      const Instr& i = b.instrs[k];
      if (i.op == Op::StoreStack) locals.erase(i.imm[0]);
      if (i.op == Op::StoreStack && k >= 2 && b.instrs[k - 2].op == Op::LoadLocal && b.instrs[k - 1].op == Op::Retain)
        locals.insert(i.imm[0]);
      if (i.op == Op::Call && locals.count(i.imm[0] + (i.imm[2] == 1)))
        record(out, i.imm[0] + (i.imm[2] == 1), i.pc + JJ_SITE_CALLEE);
      out.push_back(i);
      const bool stored = i.op == Op::StoreStack && k > 0 && is_site(b.instrs[k - 1].op) &&
                          i.args[0] == b.instrs[k - 1].id && i.args[0] >= 0;
      if (i.op == Op::StackOp && i.imm[0] == unpacks) record_items(out, i);
      if (i.op == Op::StackOp && hir::keyword_call_layout(i.imm[0]) >= 0)
        record(out, f_.states[static_cast<size_t>(i.state)].error_depth, i.pc);
      if (i.op == Op::LoadMethod) record(out, i.imm[2] + (i.imm[3] == 0), i.pc);  // the callable
      if (stored) record(out, i.imm[0], b.instrs[k - 1].pc);
    }
    b.instrs = std::move(out);
  }

  hir::Function& f_;
  std::vector<int> predecessors_;
  std::vector<Item> item_of_;  // by block
  int32_t number_ = 0;
};

}  // namespace

bool place_records(hir::Function& f) { return Recorder(f).run(); }

}  // namespace jj::passes
