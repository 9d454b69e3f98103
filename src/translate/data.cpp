// Constants, fast locals and rearranging the stack.
#include <numeric>

#include "translate/handlers.h"

namespace jj::translate {

using bytecode::Instr;
using hir::Op;
using hir::ValueId;

void nothing(Translator&, const Instr&) {}

void load_const(Translator& t, const Instr& i) { t.push(Entry::constant(i.arg)); }

static void check_bound(Translator& t, int32_t slot) {
  if (!t.is_bound()) t.emit(Op::CheckBound, {slot}, {t.emit(Op::LoadLocal, {slot})});
}

void load_fast(Translator& t, const Instr& i) {
  check_bound(t, i.arg);
  t.push(Entry::local(i.arg));
}

// The slot holds a value, or a cell that stays there as long as the frame lives.
void load_fast_bound(Translator& t, const Instr& i) { t.push(Entry::local(i.arg)); }

void load_fast_and_clear(Translator& t, const Instr& i) {
  t.flush_local(i.arg, 0);
  t.push_owned(t.emit(Op::TakeLocal, {i.arg}), true);
}

void store_fast(Translator& t, const Instr& i) {
  t.flush_local(i.arg, 1);
  t.check_stored();
  t.emit(Op::StoreLocal, {i.arg}, {t.pop_owned()});
}

void delete_fast(Translator& t, const Instr& i) {
  t.flush_local(i.arg, 0);
  check_bound(t, i.arg);
  t.emit(Op::Release, {}, {t.emit(Op::TakeLocal, {i.arg})});
}

void pop_top(Translator& t, const Instr&) {
  if (t.top().kind == Entry::InSlot)
    t.release(t.pop());
  else
    t.drop(1);
}

void push_null(Translator& t, const Instr&) { t.push(Entry::null()); }

void copy(Translator& t, const Instr& i) {
  if (i.arg == 1 && test_copied_top(t)) return;
  const Entry entry = t.top(i.arg);
  if (entry.kind != Entry::InSlot) return t.push(entry);
  ValueId value = t.emit(Op::LoadStack, {t.depth() - i.arg});
  t.push_owned(t.emit(entry.maybe_null ? Op::RetainOrNull : Op::Retain, {}, {value}), entry.maybe_null);
}

void swap(Translator& t, const Instr& i) {
  std::vector<int32_t> sources(i.arg);
  std::iota(sources.begin(), sources.end(), 0);
  if (i.arg > 1) std::swap(sources.front(), sources.back());
  t.rearrange(sources);
}

void rot(Translator& t, const Instr& i) {
  std::vector<int32_t> sources(i.arg);
  std::iota(sources.begin(), sources.end(), -1);
  if (i.arg > 0) sources[0] = i.arg - 1;
  t.rearrange(sources);
}

}  // namespace jj::translate
