// Operators, and conditions fused with the jump that follows.
#include "translate/handlers.h"

namespace jj::translate {
namespace {

using bytecode::Instr;
using bytecode::UnaryKind;
using hir::Op;
using hir::ValueId;

// What follows a condition in the same block: conversions to bool, negations, and perhaps a jump that pops it.
struct Chain {
  int length = 0;
  bool negated = false;
  const Instr* jump = nullptr;
};

Chain follow_condition(const Translator& t) {
  Chain chain;
  for (;;) {
    const Instr* i = t.following(chain.length + 1);
    if (!i) return chain;
    const bool is_not = i->op == bytecode::Op::Unary && i->arg == static_cast<int>(UnaryKind::Not);
    if (i->op == bytecode::Op::PopJumpIfTrue || i->op == bytecode::Op::PopJumpIfFalse)
      chain.jump = i;
    else if (!is_not && i->op != bytecode::Op::ToBool)
      return chain;
    chain.negated ^= is_not;
    chain.length++;
    if (chain.jump) return chain;
  }
}

// A jump ends the block: entries below the operands must be real before them.
void flush_for(Translator& t, const Chain& chain, int operands) {
  if (chain.jump) t.flush(operands);
}

void finish_condition(Translator& t, const Chain& chain, ValueId cond) {
  t.skip(chain.length);
  if (chain.jump) return t.branch(cond, (chain.jump->op == bytecode::Op::PopJumpIfTrue) != chain.negated, *chain.jump);
  if (chain.negated) cond = t.emit(Op::NotCond, {}, {cond});
  t.push_owned(t.emit(Op::Retain, {}, {t.emit(Op::BoolObject, {}, {cond})}));
}

void truth(Translator& t, bool negated) {
  Chain chain = follow_condition(t);
  chain.negated ^= negated;
  flush_for(t, chain, 1);
  finish_condition(t, chain, t.emit(Op::Truth, {}, {t.pop().id}));
}

void pair_condition(Translator& t, Op op, bool negated) {
  Chain chain = follow_condition(t);
  chain.negated ^= negated;
  flush_for(t, chain, 2);
  Operand second = t.pop();
  Operand first = t.pop();
  finish_condition(t, chain, t.emit(op, {}, {first.id, second.id}));
}

}  // namespace

// `a or b` copies a, tests the copy and keeps a (3.12+): the test needs no reference of its own.
bool test_copied_top(Translator& t) {
  const Chain chain = follow_condition(t);
  if (!chain.jump) return false;
  t.flush();
  finish_condition(t, chain, t.emit(Op::Truth, {}, {t.emit(Op::LoadStack, {t.depth() - 1})}));
  return true;
}

void unary(Translator& t, const Instr& i) {
  if (i.arg == static_cast<int>(UnaryKind::Not)) return truth(t, true);
  Operand operand = t.pop();
  t.push_owned(t.wrapped(t.emit(Op::Unary, {i.arg}, {operand.id})));
}

void to_bool(Translator& t, const Instr&) { truth(t, false); }

void binary(Translator& t, const Instr& i) {
  Operand second = t.pop();
  Operand first = t.pop();
  t.push_owned(t.wrapped(t.emit(Op::Binary, {i.arg, i.arg2}, {first.id, second.id})));
}

void compare(Translator& t, const Instr& i) {
  const Chain chain = follow_condition(t);
  flush_for(t, chain, 2);
  Operand second = t.pop();
  Operand first = t.pop();
  if (chain.length == 0 && i.arg2 == 0) {
    t.push_owned(t.emit(Op::Compare, {i.arg}, {first.id, second.id}));
    return;
  }
  finish_condition(t, chain, t.emit(Op::CompareCond, {i.arg}, {first.id, second.id}));
}

void is_op(Translator& t, const Instr& i) { pair_condition(t, Op::Identical, i.arg == 1); }
void contains_op(Translator& t, const Instr& i) { pair_condition(t, Op::Contains, i.arg == 1); }

void subscr(Translator& t, const Instr&) {
  Operand key = t.pop();
  Operand container = t.pop();
  t.push_owned(t.emit(Op::Subscr, {}, {container.id, key.id}));
}

void store_subscr(Translator& t, const Instr&) {
  Operand key = t.pop();
  Operand container = t.pop();
  Operand value = t.pop();
  t.emit(Op::StoreSubscr, {}, {value.id, container.id, key.id});
}

}  // namespace jj::translate
