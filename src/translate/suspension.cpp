// Yielding, delegating to other generators, and the ends of both.
#include "translate/handlers.h"

namespace jj::translate {
namespace {

using bytecode::Instr;
using hir::Op;
using hir::ValueId;

constexpr int kAsyncGenerator = 0x200;  // co_flags

// receiver result -> result
void drop_receiver(Translator& t) {
  ValueId result = t.pop_owned();
  t.release(t.pop());
  t.push_owned(result);
}

// receiver value -> receiver result. Gives the condition "the receiver has returned"; `next` is where that leads.
ValueId send_to_receiver(Translator& t, int32_t next) {
  t.flush();
  return t.emit(Op::StackCond, {helper_of(bytecode::Op::Send), t.depth(), 0, next});
}

}  // namespace

// 3.10 wraps what an asynchronous generator yields without an instruction of its own.
void yield_value(Translator& t, const Instr&) {
  const bool wraps = t.code().input.python == 310 && t.code().input.flags & kAsyncGenerator;
  t.flush(wraps ? 0 : 1);
  if (wraps) t.emit(Op::StackOp, {helper_of(bytecode::Op::AsyncGenWrap), t.depth(), 0, 0});
  ValueId value = t.pop_owned();
  t.suspend(value, false, true);
}

void send(Translator& t, const Instr& i) {
  ValueId returned = send_to_receiver(t, i.target);
  int finished = t.block_at(i.target);
  if (i.arg == 1) finished = t.edge_block(finished, [&] { drop_receiver(t); });
  t.end_block(Op::Branch, {returned}, finished, t.next_block());
}

// 3.10: what the receiver yields goes straight to the consumer, and the same instruction runs again with what is sent.
void yield_from(Translator& t, const Instr& i) {
  ValueId returned = send_to_receiver(t, i.next);
  const int finished = t.edge_block(t.next_block(), [&] { drop_receiver(t); });
  const int yielded = t.edge_block(-1, [&] { t.suspend(t.pop_owned(), true, false); });
  t.end_block(Op::Branch, {returned}, finished, yielded);
}

void end_send(Translator& t, const Instr&) { drop_receiver(t); }

}  // namespace jj::translate
