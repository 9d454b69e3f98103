// The table of handlers, and the two handlers that serve many operations.
#include "translate/handlers.h"

#include <array>

#include "hir/stack_helpers.h"

namespace jj::translate {
namespace {

using bytecode::Op;

constexpr size_t kOps = static_cast<size_t>(Op::Unknown) + 1;

constexpr std::array<Handler, kOps> make_handlers() {
  std::array<Handler, kOps> table{};
#define HANDLE(op, handler) table[static_cast<size_t>(Op::op)] = handler;
#define STACK(op) table[static_cast<size_t>(Op::op)] = stack_op;
#include "translate/handlers.def"
#undef HANDLE
#undef STACK
  return table;
}

constexpr std::array<Handler, kOps> kHandlers = make_handlers();

constexpr bool is_complete() {
  for (Handler handler : kHandlers)
    if (!handler) return false;
  return true;
}
static_assert(is_complete(), "a canonical operation has no row in handlers.def");

// By canonical operation: the number of its stack helper, or -1.
std::array<int, kOps> find_helpers() {
  std::array<int, kOps> helpers{};
  for (size_t k = 0; k < kOps; k++) helpers[k] = hir::stack_helper_for(bytecode::op_name(static_cast<Op>(k)));
  return helpers;
}

}  // namespace

Handler handler_of(Op op) { return kHandlers[static_cast<size_t>(op)]; }

int helper_of(Op op) {
  static const std::array<int, kOps> helpers = find_helpers();
  return helpers[static_cast<size_t>(op)];
}

void stack_op(Translator& t, const bytecode::Instr& i) {
  const int helper = helper_of(i.op);
  if (helper < 0) return t.refuse(std::string("no runtime helper for ") + bytecode::op_name(i.op));
  t.flush();
  t.emit(hir::Op::StackOp, {helper, t.depth(), i.arg, i.arg2});
  t.drop(op_pops(i));
  t.push_stored(op_pushes(i));
  if (op_kind(i.op) == bytecode::OpKind::Raise) t.end_block(hir::Op::Unreachable, {});
}

void unknown(Translator& t, const bytecode::Instr& i) {
  t.refuse(std::string("cannot be run: ") + bytecode::op_name(i.op));
}

}  // namespace jj::translate
