// The pass `unbox`: what a handler does for an error that was not raised (Block::raised).
//
// All exits of such a block begin the instruction anew that would have raised, with everything as it was before it. So
// what cannot be taken back comes behind the last one, and nothing is done that anybody could observe.
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Effects;
using hir::Instr;
using hir::Op;

namespace {

// Operations that may leave, and that have done something when they do not.
bool has_effect(Op op) {
  switch (op) {
    case Op::CallMethod0:
    case Op::CallMethod1:
    case Op::CallMethod2:
    case Op::KeyMethod:
    case Op::DictPut:
    case Op::DictPutInt:
    case Op::DictInit:
    case Op::IterHas:
    case Op::DictEntry:
    case Op::SeqNext:
    case Op::StrNext:
    case Op::ListRoom: return true;
    default: return false;
  }
}

}  // namespace

void Unboxer::begin_raised(int32_t pc) {
  pc_ = here_ = pc;
  template_ = state_at_.at(pc);
  raised_ = pc;
  committed_ = false;
  remember();
}

void Unboxer::commit(Op op) {
  const hir::OpInfo& row = hir::info(op);
  if (op == Op::PollPending || op == Op::Poll || row.effects == Effects::Raises) refuse_inlining();
  const bool makes = row.result == hir::Result::Owned && op != Op::TakeStack;
  const bool writes = row.effects == Effects::WriteFrame || row.effects == Effects::RunsCode;
  committed_ = committed_ || makes || writes || has_effect(op);
}

// Asks before container[key] whether it is going to fail; where that is not known, it will do so by itself.
bool Unboxer::misses(const Instr& i) {
  Value &container = values_[i.args[0]], &key = values_[i.args[1]];
  const bool number = key.form == Value::Number && key.known.kind == Kind::Int;
  hir::ValueId answer = -1;
  if (container.form != Value::Object || !(number || has_object(key)))
    answer = emit(Op::CondConst, {0});
  else if (number)
    answer = emit(Op::MissesInt, {i.imm[0]}, {container.id, key.id});
  else
    answer = emit(Op::Misses, {i.imm[0]}, {container.id, as_object(key, false)});
  define_number(i, Kind::Bool, answer);
  return true;
}

}  // namespace jj::passes
