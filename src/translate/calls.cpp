// Calls and iterators.
#include "core/api.h"
#include "translate/handlers.h"

namespace jj::translate {

using bytecode::Instr;
using hir::Op;
using hir::ValueId;

void get_iter(Translator& t, const Instr&) {
  Operand iterable = t.pop();
  t.push_owned(t.emit(Op::GetIter, {}, {iterable.id}));
}

void call(Translator& t, const Instr& i) {
  const int32_t layout = i.op == bytecode::Op::CallPlain ? 0 : i.op == bytecode::Op::CallNullFirst ? 1 : 2;
  t.flush();
  const int32_t base = t.depth() - op_pops(i);
  ValueId result = t.emit(Op::Call, {base, i.arg, layout, t.new_cache(JJ_CACHE_CALL + layout, -1)});
  t.drop(op_pops(i));
  t.push_owned(result);
}

}  // namespace jj::translate
