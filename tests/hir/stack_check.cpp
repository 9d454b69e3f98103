// Follows the stack slots of a function, block by block.
#include "stack_check.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "bytecode/instr.h"
#include "hir/stack_helpers.h"
#include "translate/translator.h"

namespace {

using namespace jj;
using hir::Op;

bytecode::Instr canonical(const hir::Instr& i) {
  const char* name = hir::stack_helper(i.imm[0]).op;
  bytecode::Instr out;
  out.op = bytecode::Op::Nop;
  for (int k = 0; k <= static_cast<int>(bytecode::Op::Unknown); k++)
    if (!std::strcmp(name, bytecode::op_name(static_cast<bytecode::Op>(k)))) out.op = static_cast<bytecode::Op>(k);
  out.arg = i.imm[2];
  out.arg2 = i.imm[3];
  return out;
}

class StackChecker {
 public:
  explicit StackChecker(const hir::Function& f) : f_(f) {}

  std::string run() {
    for (const hir::Block& b : f_.blocks) check(b);
    return error_;
  }

 private:
  void fail(const std::string& what) {
    if (error_.empty()) error_ = f_.name + ": " + where_ + what;
  }
  void require(bool good, const char* what) {
    if (!good) fail(what);
  }
  bool real(int32_t d) const { return real_.count(d) != 0; }
  void fill(int32_t from, int32_t to) {
    for (int32_t d = from; d < to; d++) real_.insert(d);
  }
  void cut(int32_t depth) { real_.erase(real_.lower_bound(depth), real_.end()); }
  bool is_exactly(int32_t depth) const {
    return static_cast<int32_t>(real_.size()) == depth && (real_.empty() || *real_.rbegin() == depth - 1);
  }

  // Everything below `depth` is real or deferred, never both; nothing else is real.
  void check_state(const hir::FrameState& s, int32_t depth) {
    std::set<int32_t> expected;
    for (int32_t d = 0; d < depth; d++) expected.insert(d);
    for (const hir::Deferred& d : s.deferred) expected.erase(d.stack);
    require(expected == real_, "the frame state does not describe the stack");
  }

  void check(const hir::Block& b) {
    real_.clear();
    fill(0, b.depth);
    for (const hir::Instr& i : b.instrs) {
      where_ = "block " + std::to_string(b.id) + ", " + hir::info(i.op).name + " @" + std::to_string(i.pc) + ": ";
      visit(i);
    }
    const hir::Instr& end = b.instrs.back();
    for (int k = 0; k < 2 && b.succ[k] >= 0; k++) {
      const bool item = end.op == Op::BranchNext && k == 0;
      if (item) real_.insert(end.imm[0]);
      require(is_exactly(f_.blocks[b.succ[k]].depth), "a successor expects another stack");
      if (item) real_.erase(end.imm[0]);
    }
  }

  void visit(const hir::Instr& i) {
    switch (i.op) {
      case Op::LoadStack: return require(real(i.imm[0]), "reads a dead entry");
      case Op::TakeStack: return require(real_.erase(i.imm[0]) == 1, "takes a dead entry");
      case Op::StoreStack: return require(real_.insert(i.imm[0]).second, "overwrites a real entry");
      case Op::Return: return require(real_.empty(), "leaves entries behind");
      case Op::Suspend: return require(is_exactly(i.imm[0]), "another number of entries stays on the stack");
      case Op::Poll:
      case Op::Boundary: return check_state(f_.states[i.state], f_.states[i.state].depth);
      case Op::StackOp:
      case Op::StackCond: return stack_op(i);
      case Op::Call:
        require(is_exactly(i.imm[0] + i.imm[1] + (i.imm[2] ? 2 : 1)), "the operands are not all on the stack");
        require(f_.states[i.state].error_depth == i.imm[0], "wrong error depth");
        return cut(i.imm[0]);
      default: break;
    }
    if (i.state >= 0) check_state(f_.states[i.state], f_.states[i.state].error_depth);
    if (i.op == Op::LoadMethod) {
      require(!real(i.imm[2]) && !real(i.imm[2] + 1), "overwrites a real entry");
      fill(i.imm[2], i.imm[2] + 2);
    }
  }

  void stack_op(const hir::Instr& i) {
    const bytecode::Instr op = canonical(i);
    require(is_exactly(i.imm[1]), "the stack is not what the helper is told");
    require(f_.states[i.state].deferred.empty(), "entries are deferred");
    require(f_.states[i.state].error_depth == i.imm[1] - translate::pops_on_error(op), "wrong error depth");
    const int32_t depth = i.imm[1] - bytecode::op_pops(op);
    cut(depth);
    fill(depth, depth + bytecode::op_pushes(op));
  }

  const hir::Function& f_;
  std::set<int32_t> real_;
  std::string where_, error_;
};

}  // namespace

std::string check_stack(const hir::Function& f) { return StackChecker(f).run(); }
