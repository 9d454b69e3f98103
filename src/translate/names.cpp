// Globals, cells and attributes.
#include "core/api.h"
#include "translate/handlers.h"

namespace jj::translate {

using bytecode::Instr;
using hir::Op;

void load_deref(Translator& t, const Instr& i) { t.push_owned(t.emit(Op::LoadDeref, {i.arg})); }

void store_deref(Translator& t, const Instr& i) {
  t.flush();
  t.check_stored();
  stack_op(t, i);
}

void load_global(Translator& t, const Instr& i) {
  t.push_owned(t.emit(Op::LoadGlobal, {i.arg, t.new_cache(JJ_CACHE_GLOBAL, i.arg)}));
}

void load_attr(Translator& t, const Instr& i) {
  Operand object = t.pop();
  t.push_owned(t.emit(Op::LoadAttr, {i.arg, t.new_cache(JJ_CACHE_ATTR, i.arg)}, {object.id}));
}

void store_attr(Translator& t, const Instr& i) {
  Operand object = t.pop();
  Operand value = t.pop();
  t.emit(Op::StoreAttr, {i.arg, t.new_cache(JJ_CACHE_STORE_ATTR, i.arg)}, {value.id, object.id});
}

void load_method(Translator& t, const Instr& i) {
  const bool self_second = i.op == bytecode::Op::LoadMethodSelfSecond;
  Operand object = t.pop();
  t.emit(Op::LoadMethod, {i.arg, t.new_cache(JJ_CACHE_METHOD, i.arg), t.depth(), self_second}, {object.id});
  t.push_stored(2, true);
}

// One of the two entries of a call pair may be null.
void load_super_method(Translator& t, const Instr& i) {
  const bool self_second = i.op == bytecode::Op::LoadSuperMethodSelfSecond;
  t.flush();
  t.emit(Op::LoadSuperMethod, {i.arg, t.new_cache(JJ_CACHE_SUPER, i.arg), t.depth() - 3, self_second | i.arg2 << 1});
  t.drop(3);
  t.push_stored(2, true);
}

}  // namespace jj::translate
