// The pass `unbox`: numbers in registers and objects, and the ways from one to the other.
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Instr;
using hir::Op;
using hir::ValueId;

namespace {

Op unbox_op(Kind kind) {
  switch (kind) {
    case Kind::Float: return Op::UnboxFloat;
    case Kind::Bool: return Op::UnboxBool;
    case Kind::Char: return Op::UnboxChar;
    case Kind::Uint: return Op::UnboxUint;
    case Kind::Complex: return Op::UnboxComplex;
    default: return Op::UnboxInt;
  }
}
Op box_op(Kind kind) {
  switch (kind) {
    case Kind::Int: return Op::BoxInt;
    case Kind::Uint: return Op::BoxUint;
    case Kind::Complex: return Op::BoxComplex;
    default: return Op::BoxFloat;
  }
}

}  // namespace

ValueId Unboxer::int_const(int64_t value) {
  return emit(Op::IntConst, {static_cast<int32_t>(value), static_cast<int32_t>(value >> 32)});
}
ValueId Unboxer::float_const(int64_t bits) {
  return emit(Op::FloatConst, {static_cast<int32_t>(bits), static_cast<int32_t>(bits >> 32)});
}
ValueId Unboxer::constant(Kind kind, const hir::Constant& c) {
  if (kind == Kind::Float) return float_const(c.word);
  if (kind == Kind::Complex)
    return complex_of(float_const(static_cast<int64_t>(c.chars[0])), float_const(static_cast<int64_t>(c.chars[1])));
  return kind == Kind::Bool ? emit(Op::CondConst, {c.word != 0}) : int_const(c.word);
}
ValueId Unboxer::zero(Kind kind) { return constant(kind, {}); }

void Unboxer::define_number(const Instr& i, Kind kind, ValueId id) {
  Value& v = values_[i.id];
  v = {};
  v.form = Value::Number;
  v.id = id;
  v.known = behind(kind, id);
}

void Unboxer::define_object(const Instr& i, ValueId id, const Content& known) {
  Value& v = values_[i.id];
  v = {};
  v.form = Value::Object;
  v.id = id;
  v.owned = hir::info(i.op).result != hir::Result::Borrowed;
  v.known = known;
}

Kind Unboxer::kind_of(const Value& v) const {
  Kind kind = v.known.kind;
  if (kind == Kind::None && v.known.type != kUnknownType) kind = kind_of_type(v.known.type);
  if (kind == Kind::None && v.known.type == kUnknownType)
    for (uint8_t type : {JJ_TYPE_INT, JJ_TYPE_FLOAT, JJ_TYPE_BOOL, JJ_TYPE_CHAR})
      if (v.known.likely == bit(type)) kind = kind_of_type(type);
  return is_arithmetic(kind) || kind == Kind::Char ? kind : Kind::None;
}

ValueId Unboxer::number(Value& v, Kind kind) {
  if (v.form == Value::Number) return v.id;
  if (v.place >= 0 && contents_[v.place].state == Content::Clean && contents_[v.place].kind == kind)
    v.known = contents_[v.place];  // unboxed since it was loaded
  if (v.known.kind == kind) return v.known.value[0];
  ValueId id = -1;
  if (v.known.constant >= 0) {
    id = constant(kind, in_.facts.constants[v.known.constant]);
  } else {
    id = emit_exit(unbox_op(kind), kind == Kind::Uint ? JJ_EXIT_RANGE : JJ_EXIT_TYPE, {}, {v.id});
  }
  auto learn = [&](Content& c) {
    c.kind = kind;
    c.type = type_of_kind(kind);
    c.inert = true;
    c.value[0] = id;
  };
  learn(v.known);
  // A constant's value is made anew in each block rather than kept in a register.
  if (v.place >= 0 && v.known.constant < 0 && contents_[v.place].state == Content::Clean) learn(contents_[v.place]);
  return id;
}

ValueId Unboxer::as_int(Value& v) {
  const Kind kind = kind_of(v);
  const ValueId id = number(v, kind);
  return kind == Kind::Bool ? emit(Op::CondToInt, {}, {id}) : id;
}

ValueId Unboxer::as_float(Value& v) {
  if (kind_of(v) == Kind::Float) return number(v, Kind::Float);
  return emit(Op::IntToFloat, {}, {as_int(v)});
}

// A number: its release runs no code.
void Unboxer::release(const Value& v) {
  if (v.form == Value::Object && v.owned) emit(Op::Release, {}, {v.id});
}

// The same for something that keeps it. Where only places of inlined code have had the number, it gets its object now, which
// they stand for from then on.
ValueId Unboxer::kept_object(Value& v, bool owned) {
  const ValueId number = v.id;
  const bool made = v.form == Value::Number && !is_canonical(v.known.kind) && !shared_.count(number);
  const int32_t place = made ? slot_of(v) : -1;
  if (place < 0 || !is_virtual(place)) return as_object(v, owned);
  const Kind kind = v.known.kind;
  v.id = emit(box_op(kind), {}, {number});
  v.owned = true;
  v.form = Value::Object;
  v.known.state = Content::Clean;
  const ValueId lent = emit(Op::Lend, {}, {v.id});
  for (Content& c : contents_) {
    if (c.kind != kind || c.value[0] != number || c.state != Content::Behind) continue;
    c.state = Content::Lazy;
    c.source_kind = Content::Object;
    c.source = lent;
  }
  return v.id;
}

// A place that holds the same object as this number has or will have, or -1.
int32_t Unboxer::slot_of(const Value& v) const {
  for (int32_t place = 0; place < static_cast<int32_t>(contents_.size()); place++) {
    const Content& c = contents_[place];
    if (c.kind == v.known.kind && c.value[0] == v.id && c.state != Content::Lazy) return place;
  }
  return -1;
}

ValueId Unboxer::as_object(Value& v, bool owned) {
  if (v.form == Value::Number) {
    const Kind kind = v.known.kind;
    if (is_canonical(kind)) {
      v.id = emit(kind == Kind::Bool ? Op::BoolObject : Op::CharObject, {}, {v.id});
      v.owned = false;
    } else if (const int32_t place = shared_.count(v.id) ? -1 : slot_of(v); place >= 0) {
      sync(place);
      const bool local = place < in_.nslots;
      v.id = emit(local ? Op::LoadLocal : Op::LoadStack, {local ? place : place - in_.nslots});
      v.owned = false;
    } else {
      v.id = emit(box_op(kind), {}, {v.id});
      v.owned = true;
    }
    v.known.state = Content::Clean;
    v.form = Value::Object;
  }
  if (v.fresh) adopt(v);
  if (!owned || v.owned || v.known.type == JJ_TYPE_NULL) return v.id;
  filled_.erase(v.id);
  v.owned = true;
  v.source_kind = Content::Nothing;
  return v.id = emit(Op::Retain, {}, {v.id});
}

}  // namespace jj::passes
