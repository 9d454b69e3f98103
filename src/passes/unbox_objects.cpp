// The pass `unbox`: items of lists and tuples, their iterators, and calls of builtins, with operands in registers.
#include "bytecode/instr.h"
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Instr;
using hir::Op;
using hir::ValueId;

bool Unboxer::objects(const Instr& i) {
  switch (i.op) {
    case Op::Subscr: return subscr(i);
    case Op::StoreSubscr: return store_subscr(i);
    case Op::Call: return call(i);
    default: return false;
  }
}

// -- containers

bool Unboxer::is_sequence(const Value& v, uint8_t& type) const {
  if (v.form != Value::Object) return false;
  for (uint8_t one : {JJ_TYPE_LIST, JJ_TYPE_TUPLE})
    if (v.known.type == one || (v.known.type == kUnknownType && v.known.likely == bit(one))) {
      type = one;
      return true;
    }
  return false;
}

// Makes sure, with a guard if need be.
bool Unboxer::be_type(Value& v, uint8_t type) {
  if (v.known.type == type) return true;
  emit_exit(Op::GuardType, JJ_EXIT_TYPE, {type}, {v.id});
  v.known.type = type;
  if (v.place >= 0 && contents_[v.place].state == Content::Clean) contents_[v.place].type = type;
  return true;
}

// The item is borrowed until something could take it out of its container.
bool Unboxer::subscr(const Instr& i) {
  Value &container = values_[i.args[0]], &key = values_[i.args[1]];
  uint8_t type = 0;
  if (!may_exit() || container.owned || kind_of(key) != Kind::Int || !is_sequence(container, type)) return false;
  be_type(container, type);
  const ValueId index = number(key, Kind::Int);
  Value item;
  item.form = Value::Object;
  item.id = emit_exit(type == JJ_TYPE_LIST ? Op::ListPeek : Op::TuplePeek, JJ_EXIT_RANGE, {}, {container.id, index});
  item.source_kind = Content::Object;
  item.source = item.id;
  item.known.likely = likely_at(i.pc);
  define(i, item);
  release(key);
  return true;
}

// Only where the old item is of a type whose release runs no code.
bool Unboxer::store_subscr(const Instr& i) {
  Value &v = values_[i.args[0]], &container = values_[i.args[1]], &key = values_[i.args[2]];
  uint8_t type = 0;
  if (!may_exit() || container.owned || kind_of(key) != Kind::Int) return false;
  if (!is_sequence(container, type) || type != JJ_TYPE_LIST) return false;
  be_type(container, type);
  const ValueId index = number(key, Kind::Int);
  emit_exit(Op::GuardItem, JJ_EXIT_TYPE, {}, {container.id, index});
  const ValueId object = as_object(v, true);
  sync_borrowed();
  emit(Op::ListStore, {}, {object, container.id, index});
  release(key);
  exits_ok_ = false;
  return true;
}

// The iterators of lists and tuples stay in memory; only the look at the next item is inline.
bool Unboxer::next_item(const Instr& i) {
  const Content& c = contents_[in_.nslots + i.imm[0]];
  const bool list = c.likely == bit(JJ_TYPE_LIST_ITERATOR), tuple = c.likely == bit(JJ_TYPE_TUPLE_ITERATOR);
  if ((!list && !tuple) || c.state != Content::Clean || !may_exit()) return false;
  Content known;
  known.likely = likely_at(i.pc);
  define_object(i, emit_exit(Op::SeqNext, JJ_EXIT_TYPE, {i.imm[0], tuple}), known);
  return true;
}

// -- builtins

// A call of a builtin whose stack entries all only stand for something: nothing has to be released.
bool Unboxer::call(const Instr& i) {
  const int32_t base = in_.nslots + i.imm[0], nargs = i.imm[1], layout = i.imm[2];
  const int32_t callee = base + (layout == 1), first = base + 1 + (layout != 0);
  const Content& c = contents_[callee];
  if (!may_exit() || c.state != Content::Lazy || c.builtin < 0) return false;
  const int32_t null = layout == 0 ? callee : layout == 1 ? base : base + 1;
  if (null != callee && contents_[null].source_kind != Content::Null) return false;
  for (int32_t place = first; place < first + nargs; place++) {
    const Content& arg = contents_[place];
    if (arg.state == Content::Clean || arg.kind == Kind::Range) return false;
  }
  const int32_t builtin = c.builtin;
  std::vector<Value> args;
  for (int32_t place = first; place < first + nargs; place++) args.push_back(read(place, false));
  if (!call_builtin(i, builtin, args)) return false;
  forget_stack(i.imm[0]);
  return true;
}

bool Unboxer::call_builtin(const Instr& i, int32_t builtin, std::vector<Value>& args) {
  const Kind kind = args.empty() ? Kind::None : kind_of(args[0]);
  const bool one = args.size() == 1;
  uint8_t type = 0;
  switch (builtin) {
    case JJ_BUILTIN_LEN:
      if (!one || !is_sequence(args[0], type)) return false;
      be_type(args[0], type);
      define_number(i, Kind::Int, emit(Op::SeqLen, {}, {args[0].id}));
      return true;
    case JJ_BUILTIN_ABS:
      if (!one || kind == Kind::None) return false;
      if (kind == Kind::Float)
        define_number(i, kind, emit(Op::FloatAbs, {}, {number(args[0], kind)}));
      else
        define_number(i, Kind::Int, emit_exit(Op::IntAbs, JJ_EXIT_OVERFLOW, {}, {as_int(args[0])}));
      return true;
    case JJ_BUILTIN_FLOAT:
      if (!one || kind == Kind::None || kind == Kind::Float) return false;  // float(f) is f
      define_number(i, Kind::Float, emit(Op::IntToFloat, {}, {as_int(args[0])}));
      return true;
    case JJ_BUILTIN_INT:
      if (!one || kind != Kind::Float) return false;
      define_number(i, Kind::Int, emit_exit(Op::FloatToInt, JJ_EXIT_RANGE, {}, {number(args[0], kind)}));
      return true;
    case JJ_BUILTIN_MIN: return extremum(i, args, 0);  // Py_LT
    case JJ_BUILTIN_MAX: return extremum(i, args, 4);  // Py_GT
    default: return false;
  }
}

// min(a, b) is b if b < a, else a; max likewise. The result is one of the two objects, if they are objects.
bool Unboxer::extremum(const Instr& i, std::vector<Value>& args, int order) {
  if (args.size() != 2) return false;
  Value &a = args[0], &b = args[1];
  const Kind kind = kind_of(a);
  if ((kind != Kind::Int && kind != Kind::Float) || kind != kind_of(b) || a.form != b.form) return false;
  // Of numbers, only those that no slot holds: the result would have to be the same object as that slot's.
  if (a.form == Value::Number && (a.place >= 0 || b.place >= 0)) return false;
  const bool ints = kind == Kind::Int;
  const ValueId x = number(a, kind), y = number(b, kind);
  const ValueId second = emit(ints ? Op::IntCompare : Op::FloatCompare, {order}, {y, x});
  const ValueId result = emit(ints ? Op::SelectInt : Op::SelectFloat, {}, {second, y, x});
  define_number(i, kind, result);
  if (a.form == Value::Number) return true;
  Value& v = values_[i.id];
  v.form = Value::Object;
  v.known.state = Content::Clean;
  v.id = emit(Op::SelectObject, {}, {second, b.id, a.id});
  v.source_kind = Content::Object;
  v.source = v.id;
  return true;
}

}  // namespace jj::passes
