// The pass `unbox`, operation by operation: slots, references, conditions, iteration, and what stays as it is.
#include "bytecode/instr.h"
#include "hir/verify_values.h"
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Effects;
using hir::Instr;
using hir::Op;
using hir::ValueId;

void Unboxer::rewrite(const Instr& i) {
  if (slots(i) || references(i) || conditions(i) || iteration(i) || lower_typed(*this, i)) return;
  if (hir::info(i.op).effects == Effects::End) return terminate(i);
  generic(i);
}

// The operation as it is, on objects and a complete frame.
void Unboxer::generic(const Instr& i) {
  const hir::OpInfo& row = hir::info(i.op);
  const bool observed = row.effects == Effects::Raises || row.effects == Effects::RunsCode || i.state >= 0;
  if (observed) sync_all();
  const bool takes_owned = i.op == Op::Return || i.op == Op::Suspend || i.op == Op::StoreLocal ||
                           i.op == Op::StoreStack || i.op == Op::Release || i.op == Op::ReleaseOrNull;
  Instr copy = i;
  for (int n = 0; n < row.operands; n++) {
    Value& v = values_[i.args[n]];
    copy.args[n] = hir::operand_type(i.op, n) != hir::Result::None ? v.id : as_object(v, takes_owned);
  }
  if (i.id >= 0) copy.id = out_.nvalues++;
  out_.blocks[block_].instrs.push_back(copy);
  if (observed) after_code();
  switch (i.op) {
    case Op::Call: forget_stack(i.imm[0]); break;
    case Op::LoadMethod: forget_stack(i.imm[2]); break;
    case Op::StackOp:
    case Op::StackCond: forget_stack(in_.states[i.state].error_depth); break;
    default: break;
  }
  if (i.id < 0) return;
  if (row.result == hir::Result::Cond) return define_number(i, Kind::Bool, copy.id);
  Content known;
  known.likely = likely_at(i.pc);
  define_object(i, copy.id, known);
}

// -- slots

bool Unboxer::slots(const Instr& i) {
  switch (i.op) {
    case Op::LoadLocal: load(i, i.imm[0], false); return true;
    case Op::LoadStack: load(i, in_.nslots + i.imm[0], false); return true;
    case Op::TakeStack: load(i, in_.nslots + i.imm[0], true); return true;
    case Op::TakeLocal: sync(i.imm[0]), load(i, i.imm[0], true); return true;
    case Op::StoreLocal: store_local(i); return true;
    case Op::StoreStack: store(i, in_.nslots + i.imm[0]); return true;
    case Op::CheckBound: return check_bound(i);
    default: return false;
  }
}

void Unboxer::load(const Instr& i, int32_t place, bool take) {
  Content& c = contents_[place];
  if (c.kind == Kind::Range || (c.state == Content::Maybe && !c.valid)) sync(place);
  if (c.state != Content::Clean && c.kind != Kind::Range) {
    define_number(i, c.kind, c.value[0]);
    values_[i.id].known.state = c.state;
    if (take)
      c = Content{};
    else
      values_[i.id].place = place;
    return;
  }
  Content known = c;
  known.state = Content::Clean;
  if (known.kind == Kind::Range) known.kind = Kind::None;
  define_object(i, emit(i.op, {i.imm[0]}), known);
  if (!take) {
    values_[i.id].place = place;
    return;
  }
  c = Content{};
  if (place >= in_.nslots) return;
  exits_ok_ = false;
  c.type = JJ_TYPE_NULL;
  c.inert = true;
}

void Unboxer::store(const Instr& i, int32_t place) {
  exits_ok_ = false;
  Value& v = values_[i.args[0]];
  if (v.form == Value::Number) {
    contents_[place] = v.known;
    contents_[place].state = Content::Behind;
    return;
  }
  emit(i.op, {i.imm[0]}, {as_object(v, true)});
  contents_[place] = v.known;
}

void Unboxer::store_local(const Instr& i) {
  const int32_t place = i.imm[0];
  Value& v = values_[i.args[0]];
  if (contents_[place].inert) {
    store(i, place);
    contents_[place].inert = contents_[place].inert || is_inert_type(contents_[place].type);
    return;
  }
  // The old value's release may run code.
  sync_all();
  emit(i.op, {place}, {as_object(v, true)});
  contents_[place] = v.known;
  contents_[place].inert = is_inert_type(v.known.type);
  after_code();
}

bool Unboxer::check_bound(const Instr& i) {
  Value& v = values_[i.args[0]];
  const bool bound = v.form == Value::Number || (v.known.type != kUnknownType && v.known.type != JJ_TYPE_NULL);
  if (bound) return true;
  if (!may_exit()) return false;
  emit_exit(Op::GuardBound, JJ_EXIT_UNBOUND, {}, {v.id});
  return true;
}

// -- references

bool Unboxer::references(const Instr& i) {
  switch (i.op) {
    case Op::LoadConst: {
      Content known;
      if (i.imm[0] < static_cast<int32_t>(in_.facts.constants.size())) {
        known.type = in_.facts.constants[i.imm[0]].kind;
        if (is_inert_type(known.type)) known.constant = i.imm[0];
        known.inert = is_inert_type(known.type);
      }
      define_object(i, emit(i.op, {i.imm[0]}), known);
      return true;
    }
    case Op::LoadNull: {
      Content null;
      null.type = JJ_TYPE_NULL;
      null.inert = true;
      define_object(i, emit(i.op), null);
      return true;
    }
    case Op::Retain:
    case Op::RetainOrNull: retain(i); return true;
    case Op::Release:
    case Op::ReleaseOrNull: {
      const Value& v = values_[i.args[0]];
      if (v.form != Value::Number) {
        if (!is_quiet_type(v.known.type)) return false;
        emit(i.op, {}, {v.id});
      }
      return true;
    }
    default: return false;
  }
}

// A number whose object may still be in memory is copied with its object.
void Unboxer::retain(const Instr& i) {
  Value& v = values_[i.args[0]];
  if (v.form == Value::Number && v.known.state == Content::Maybe) as_object(v, false);
  if (v.form == Value::Number) {
    values_[i.id] = v;
    return;
  }
  define_object(i, emit(i.op, {}, {v.id}), v.known);
}

// -- conditions

bool Unboxer::conditions(const Instr& i) {
  switch (i.op) {
    case Op::BoolObject: {
      const ValueId id = values_[i.args[0]].id;
      define_number(i, Kind::Bool, id);
      return true;
    }
    case Op::NotCond: define_number(i, Kind::Bool, emit(i.op, {}, {values_[i.args[0]].id})); return true;
    case Op::IsNone: {
      Value& v = values_[i.args[0]];
      const uint8_t type = v.known.type;
      const bool decided = type != kUnknownType && type != JJ_TYPE_NULL;
      const bool released = v.form == Value::Object && v.owned;
      if (released && !is_quiet_type(type)) return false;
      define_number(i, Kind::Bool, decided ? emit(Op::CondConst, {type == JJ_TYPE_NONE}) : emit(i.op, {}, {v.id}));
      if (decided && released) emit(Op::Release, {}, {v.id});
      return true;
    }
    default: return false;
  }
}

// -- iteration

bool Unboxer::iteration(const Instr& i) {
  if (i.op != Op::IterNext) return false;
  const int32_t place = in_.nslots + i.imm[0];
  Content& c = contents_[place];
  if (c.kind != Kind::Range) {
    const bool is_range = c.likely == bit(JJ_TYPE_RANGE_ITERATOR) && c.state == Content::Clean;
    if (!is_range || !may_exit()) return false;
    take_range(place);
  }
  Value& v = values_[i.id];
  v = {};
  v.form = Value::Item;
  v.place = place;
  v.known = behind(Kind::Int, c.value[0]);
  v.id = emit(Op::IntCompare, {4}, {c.value[1], int_const(0)});  // Py_GT
  v.advanced = {emit(Op::IntAddWrap, {}, {c.value[0], c.value[2]}),
                emit(Op::IntAddWrap, {}, {c.value[1], int_const(-1)}), c.value[2]};
  return true;
}

void Unboxer::terminate(const Instr& i) {
  Instr copy = i;
  if (i.op == Op::BranchNext && values_[i.args[0]].form == Value::Item) {
    const Value& v = values_[i.args[0]];
    leaving[0] = leaving[1] = contents_;
    leaving[0][v.place].value = v.advanced;
    leaving[0][in_.nslots + i.imm[0]] = v.known;
    emit(Op::Branch, {}, {v.id});
    return;
  }
  if (i.op == Op::Return) {  // locals that are behind die with the frame
    copy.args[0] = as_object(values_[i.args[0]], true);
    out_.blocks[block_].instrs.push_back(copy);
    return;
  }
  generic(i);
  leaving[0] = leaving[1] = contents_;
  if (i.op != Op::BranchNext) return;
  Content& item = leaving[0][in_.nslots + i.imm[0]];
  item = {};
  item.likely = likely_at(i.pc);
}

}  // namespace jj::passes
