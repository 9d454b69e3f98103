// Jumps, loops and returns.
#include "translate/handlers.h"

namespace jj::translate {

using bytecode::Instr;
using hir::Op;
using hir::ValueId;

void resume(Translator& t, const Instr& i) {
  if (i.arg == 0) t.check_arguments();
  if (i.arg < 2) t.emit(Op::Poll, {0});  // not behind a yield from or an await
}

void for_iter(Translator& t, const Instr& i) {
  t.flush();
  const int32_t d = t.depth() - 1;
  ValueId item = t.emit(Op::IterNext, {d});
  const int exhausted = t.edge_block(t.block_at(i.target), [&] {
    t.top().maybe_null = false;
    t.release(t.pop());
  });
  t.end_block(Op::BranchNext, {item}, t.next_block(), exhausted, d + 1);
}

void jump_to(Translator& t, const Instr& i) {
  t.flush();
  if (i.arg == 1 && i.target <= i.index) t.emit(Op::Poll, {1});
  t.end_block(Op::Jump, {}, t.block_at(i.target));
}

void pop_jump_if(Translator& t, const Instr& i) {
  t.flush(1);
  ValueId cond = t.emit(Op::Truth, {}, {t.pop().id});
  t.branch(cond, i.op == bytecode::Op::PopJumpIfTrue, i);
}

void pop_jump_if_none(Translator& t, const Instr& i) {
  t.flush(1);
  ValueId cond = t.emit(Op::IsNone, {}, {t.pop().id});
  t.branch(cond, i.op == bytecode::Op::PopJumpIfNone, i);
}

// The value stays where the jump goes: there it is made real if it was deferred; elsewhere it is released.
void jump_or_pop(Translator& t, const Instr& i) {
  t.flush(1);
  const Entry entry = t.top();
  const bool in_slot = entry.kind == Entry::InSlot;
  ValueId value = in_slot ? t.emit(Op::LoadStack, {t.depth() - 1})
                          : t.emit(entry.kind == Entry::Local ? Op::LoadLocal : Op::LoadConst, {entry.value});
  ValueId cond = t.emit(Op::Truth, {}, {value});
  int taken = t.polled(i, t.block_at(i.target));
  int next = t.next_block();
  if (in_slot) {
    next = t.edge_block(next, [&] {
      t.top().maybe_null = false;
      t.release(t.pop());
    });
  } else {
    taken = t.edge_block(taken, [&] { t.push_owned(t.pop_owned()); });
  }
  const bool when = i.op == bytecode::Op::JumpIfTrueOrPop;
  t.end_block(Op::Branch, {cond}, when ? taken : next, when ? next : taken);
}

void jump_if_not_exc_match(Translator& t, const Instr& i) {
  t.flush();
  ValueId cond = t.emit(Op::StackCond, {helper_of(i.op), t.depth(), i.arg, i.arg2});
  t.drop(op_pops(i));
  t.branch(cond, true, i);
}

void return_value(Translator& t, const Instr&) {
  t.check_result();
  t.end_block(Op::Return, {t.pop_owned()});
}

void return_const(Translator& t, const Instr& i) {
  t.push(Entry::constant(i.arg));
  return_value(t, i);
}

}  // namespace jj::translate
