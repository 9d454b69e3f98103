// The pass `unbox`, operation by operation: slots, references, conditions, iteration, and what stays as it is.
#include <algorithm>
#include <utility>

#include "bytecode/instr.h"
#include "hir/verify_operands.h"
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Effects;
using hir::Instr;
using hir::Op;
using hir::ValueId;

void Unboxer::rewrite(const Instr& i) {
  site_ = i.site;
  if (inlined_calls(i) || generators(i) || slots(i) || references(i) || conditions(i) || iteration(i) || objects(i) ||
      attributes(i) || asserted(i) || feed(i) || lower_typed(*this, i))
    return;
  if (hir::info(i.op).effects == Effects::End) return terminate(i);
  generic(i);
}

// The operation as it is, on objects and a complete frame.
void Unboxer::generic(const Instr& i) {
  const hir::OpInfo& row = hir::info(i.op);
  const bool observed = row.effects == Effects::Raises || row.effects == Effects::RunsCode || i.state >= 0;
  if (observed && (inside_ || generating_ || !has_frame() || raised_ >= 0)) refuse_inlining();
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
    case Op::LoadSuperMethod:
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
    case Op::TakeStack:
      let_go(i.imm[0]);
      load(i, in_.nslots + i.imm[0], true);
      return true;
    case Op::TakeLocal:
      sync_copies_of(i.imm[0]);
      sync_borrowed();
      sync(i.imm[0]);
      load(i, i.imm[0], true);
      return true;
    case Op::StoreLocal: store_local(i); return true;
    case Op::StoreStack: store(i, in_.nslots + i.imm[0]); return true;
    case Op::CheckBound: return check_bound(i);
    default: return false;
  }
}

// What a place holds. `take`: a stack entry is dead then, a local unbound.
Value Unboxer::read(int32_t place, bool take) {
  Content& c = contents_[place];
  const bool local = place < in_.nslots;
  Value v;
  v.form = Value::Object;
  if (c.state == Content::Lazy) {
    if (take && c.shelved) return take_shelved(place);
    Content lazy = c;
    if (take) c = Content{};
    const bool kept = std::exchange(lazy.keeps, false);
    lazy.shelved = false;
    v.owned = v.fresh = take && kept;
    if (lazy.source_kind == Content::Local) return read(lazy.source, false);
    v.known = lazy;
    v.known.version = 0, v.known.headed = false;
    v.known.state = Content::Clean;
    v.source_kind = v.fresh ? Content::Nothing : lazy.source_kind;
    v.source = lazy.source;
    v.id = lazy.source_kind == Content::Object  ? lazy.source
           : lazy.source_kind == Content::Const ? emit(Op::LoadConst, {lazy.source})
                                                : emit(Op::LoadNull);
    return v;
  }
  if (!has_frame() && c.kind == Kind::Range) {  // a register or three
    v.form = Value::Number;
    v.known = c;
    v.id = c.value[0];
    if (take) c = Content{};
    return v;
  }
  if (c.kind == Kind::Range || (c.state == Content::Maybe && !c.valid)) sync(place);
  v.known = c;
  v.known.version = 0, v.known.headed = false;  // what other code does until it is used does not reach it here
  if (c.state != Content::Clean && c.kind != Kind::Range) {
    v.form = Value::Number;
    v.id = c.value[0];
  } else {
    v.known.state = Content::Clean;
    if (v.known.kind == Kind::Range) v.known.kind = Kind::None;
    v.id = emit(local ? (take ? Op::TakeLocal : Op::LoadLocal) : (take ? Op::TakeStack : Op::LoadStack),
                {local ? place : place - in_.nslots});
    v.owned = take;
  }
  if (!take) {
    v.place = place;
    if (local) v.source_kind = Content::Local, v.source = place;
    return v;
  }
  c = Content{};
  if (!local) return v;
  exits_ok_ = false;
  c.type = JJ_TYPE_NULL;
  c.inert = true;
  return v;
}

void Unboxer::load(const Instr& i, int32_t place, bool take) { values_[i.id] = read(place, take); }

// The object of a property, and an operator's operands, are put where the call of the method expects them: nobody could see
// that before the call begins.
void Unboxer::store(const Instr& i, int32_t place) {
  const bool exits_ok = exits_ok_;
  put(place, values_[i.args[0]]);
  if (contents_[place].state != Content::Lazy) return;
  size_t next = position_ + 1;
  const std::vector<Instr>& instrs = source_->instrs;
  while (next < instrs.size() && (instrs[next].op == Op::Retain || instrs[next].op == Op::StoreStack)) next++;
  if (next == instrs.size() || instrs[next].op != Op::EnterCallee) return;
  const hir::Inlined& site = in_.inlined[instrs[next].imm[0]];
  const int32_t d = place - in_.nslots;
  if (site.function < 0 && d >= site.d && d < site.d + site.entries) exits_ok_ = exits_ok;
}

// Writes a stack entry that is dead, or a fast local whose memory may become stale.
void Unboxer::put(int32_t place, Value& v) {
  if (is_virtual(place)) return put_virtual(place, v);
  exits_ok_ = false;
  const bool stands_for = v.form != Value::Absent && !v.owned && v.source_kind != Content::Nothing;
  if (place >= in_.nslots && stands_for) {
    contents_[place] = v.known;
    contents_[place].state = Content::Lazy;
    contents_[place].source_kind = v.source_kind;
    contents_[place].source = v.source;
    return;
  }
  if (v.form == Value::Number) {
    contents_[place] = v.known;
    contents_[place].state = Content::Behind;
    return;
  }
  const bool local = place < in_.nslots;
  emit(local ? Op::StoreLocal : Op::StoreStack, {local ? place : place - in_.nslots}, {as_object(v, true)});
  contents_[place] = v.known;
  expect_as_before(place);
}

// What nothing is known about is of the types that the local has had at loop heads.
void Unboxer::expect_as_before(int32_t place) {
  Content& c = contents_[place];
  if (c.type != kUnknownType || c.likely || place >= in_.nslots) return;
  for (const hir::SlotTypes& t : in_.facts.slots)
    if (t.slot == place && t.pc >= 0) c.likely |= bits_of(t.seen);
  c.likely &= ~bit(JJ_TYPE_NULL);
}

// A number whose object may still be in memory is copied with its object.
bool Unboxer::store_copy(int32_t place, const Value& v) {
  if (v.form != Value::Number || v.known.state != Content::Maybe) return false;
  const Content& from = contents_[v.place];
  if (v.place == place || from.state != Content::Maybe || from.value[0] != v.id) return false;
  emit(Op::CopyUnless, {v.place, place}, {from.condition});
  contents_[place] = from;
  return true;
}

void Unboxer::store_local(const Instr& i) {
  const int32_t place = i.imm[0];
  Value& v = values_[i.args[0]];
  sync_copies_of(place);
  if (!has_frame()) return put_virtual(place, v);
  if (contents_[place].inert) {  // what is given up there holds nothing that a stack entry may stand for
    if (store_copy(place, v)) return;
    if (v.form == Value::Number && v.known.state == Content::Maybe) as_object(v, true);
    store(i, place);
    contents_[place].inert = contents_[place].inert || is_inert_type(contents_[place].type);
    return;
  }
  // The old value's release may run code.
  sync_all();
  emit(i.op, {place}, {as_object(v, true)});
  contents_[place] = v.known;
  expect_as_before(place);
  contents_[place].inert = is_inert_type(v.known.type);
  after_code();
}

bool Unboxer::check_bound(const Instr& i) {
  Value& v = values_[i.args[0]];
  const bool bound = v.form == Value::Number || (v.known.type != kUnknownType && v.known.type != JJ_TYPE_NULL);
  if (bound) return true;
  if (v.known.type == JJ_TYPE_NULL) v.known.type = kUnknownType;  // whoever gets past the check finds an object
  Content& slot = contents_[i.imm[0]];
  if (slot.state == Content::Clean && slot.type == JJ_TYPE_NULL) slot.type = kUnknownType;
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
        known.constant = i.imm[0];
        known.inert = is_inert_type(known.type);
      }
      define_object(i, emit(i.op, {i.imm[0]}), known);
      Value& v = values_[i.id];
      const bool own = known.type == kUnknownType || !in_.facts.constants[i.imm[0]].object;
      v.source_kind = own ? Content::Const : Content::Object;
      v.source = own ? i.imm[0] : v.id;
      return true;
    }
    case Op::LoadNull: {
      Content null;
      null.type = JJ_TYPE_NULL;
      null.inert = true;
      define_object(i, emit(i.op), null);
      values_[i.id].source_kind = Content::Null;
      return true;
    }
    case Op::Retain:
    case Op::RetainOrNull: retain(i); return true;
    case Op::Release:
    case Op::ReleaseOrNull: {
      const Value& v = values_[i.args[0]];
      if (v.form != Value::Number && v.owned) {
        if (!is_quiet(v.known)) return false;
        emit(i.op, {}, {v.id});
      }
      return true;
    }
    default: return false;
  }
}

// The copy of a number needs no reference; that of an object only where it is stored.
void Unboxer::retain(const Instr& i) {
  Value& v = values_[i.args[0]];
  if (v.form == Value::Number || v.source_kind != Content::Nothing) {
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
      if (released && !is_quiet(v.known)) return false;
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
    // A range that was found to go by another step than 1 is one nevertheless.
    const bool may_take = exits_ok_ && !has_exited(pc_, JJ_EXIT_RANGE);
    if (!is_range || !may_take || is_kept_in_local(i.imm[0])) return next_item(i);
    take_range(place);
    if (may_be_unit(pc_)) take_unit_range(place);
  }
  Value& v = values_[i.id];
  v = {};
  v.form = Value::Item;
  v.place = place;
  v.known = behind(Kind::Int, c.value[0]);
  v.id = emit(Op::IntCompare, {4}, {c.value[1], int_const(0)});  // Py_GT
  v.advanced = {emit(Op::IntAddWrap, {c.unit}, {c.value[0], c.value[2]}),
                emit(Op::IntAddWrap, {c.unit}, {c.value[1], int_const(-1)}), c.value[2]};
  for (int n = 0; n < 2 && c.unit; n++) v.advanced[n] = emit(Op::IntKnown, {0, INT32_MAX}, {v.advanced[n]});
  return true;
}

int32_t Unboxer::entry_ahead(const Instr& poll) const {
  if (inside_ || generating_ || position_ + 2 != source_->instrs.size() || source_->instrs.back().op != Op::Jump)
    return 0;
  const hir::Block& head = in_.blocks[source_->succ[0]];
  const bool same = template_ >= 0 && in_.states[template_].pc == poll.pc && in_.states[template_].depth == head.depth;
  return same && !head.resume && !head.handler ? std::max(head.entry, 0) : 0;
}

void Unboxer::terminate(const Instr& i) {
  Instr copy = i;
  if (i.op == Op::Return && !has_frame()) return return_number(i);
  const bool stays = i.op == Op::Return || inside_ || !has_frame();
  for (int32_t place = in_.nslots; place < static_cast<int32_t>(contents_.size()) && !stays; place++) {
    const Content& c = contents_[place];
    if (c.state != Content::Lazy) continue;
    const bool number = c.source_kind == Content::Local && contents_[c.source].state == Content::Behind;
    if (generating_ && number)  // what is yielded stays in a register
      contents_[place] = contents_[c.source];
    else
      sync(place);
  }
  if (i.op == Op::BranchNext && values_[i.args[0]].form == Value::Item) {
    const Value& v = values_[i.args[0]];
    leaving[0] = leaving[1] = contents_;
    if (v.place >= 0) leaving[0][v.place].value = v.advanced;
    leaving[0][in_.nslots + i.imm[0]] = v.known;
    emit(Op::Branch, {}, {v.id});
    return;
  }
  if (i.op == Op::BranchNext && values_[i.args[0]].form == Value::Step) {
    leaving[0] = leaving[1] = contents_;
    Content& item = leaving[0][in_.nslots + i.imm[0]];
    item = {};
    item.state = Content::Lazy;
    item.source_kind = Content::Step;
    item.source = values_[i.args[0]].place;
    item.value[0] = values_[i.args[0]].advanced[0];
    emit(Op::Branch, {}, {values_[i.args[0]].id});
    return;
  }
  if (i.op == Op::Return) {  // locals that are behind die with the frame, unless somebody keeps that
    copy.args[0] = as_object(values_[i.args[0]], true);
    sync_if_seen();
    out_.blocks[block_].instrs.push_back(copy);
    return;
  }
  if (inside_ && i.op == Op::Jump) forget_callee(in_.blocks[in_.blocks[block_].succ[0]]);
  generic(i);
  leaving[0] = leaving[1] = contents_;
  if (i.op != Op::BranchNext) return;
  Content& item = leaving[0][in_.nslots + i.imm[0]];
  item = {};
  item.likely = likely_at(i.pc);
}

}  // namespace jj::passes
