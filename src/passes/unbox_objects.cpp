// The pass `unbox`: items of lists and tuples, their iterators, and calls of builtins, with operands in registers.
#include "bytecode/instr.h"
#include "hir/stack_helpers.h"
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Instr;
using hir::Op;
using hir::ValueId;

bool Unboxer::objects(const Instr& i) {
  switch (i.op) {
    case Op::Subscr: return subscr(i) || load_element(i) || dict_item(i);
    case Op::StoreSubscr: return store_subscr(i) || store_element(i) || store_dict_item(i);
    case Op::Call: return call(i);
    case Op::Misses: return misses(i);
    case Op::Contains: return contains_char(i) || contains_key(i);
    case Op::LoadAttr:
    case Op::LoadMethod: return math_function(i);
    case Op::StackOp: return unpack(i) || append_item(i) || make_tuple(i);
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

// The address of the items, and how many there are.
void Unboxer::load_header(Content& c, ValueId object) {
  c.header = {emit(Op::SeqItems, {c.type == JJ_TYPE_TUPLE}, {object}), emit(Op::SeqLen, {}, {object})};
  c.headed = true;
}

std::array<ValueId, 2> Unboxer::header_of(const Value& v) {
  Content once = v.known;
  const bool stays = v.place >= 0 && contents_[v.place].state == Content::Clean && contents_[v.place].type == once.type;
  Content& c = stays ? contents_[v.place] : once;
  if (!stays || !c.headed) load_header(c, v.id);
  return c.header;
}

// The item is borrowed until something could take it out of its container.
bool Unboxer::subscr(const Instr& i) {
  Value &container = values_[i.args[0]], &key = values_[i.args[1]];
  uint8_t type = 0;
  if (!may_exit() || kind_of(key) != Kind::Int) return false;
  if (is_text(container)) return char_at(i, container, key);
  if (container.owned || !is_sequence(container, type)) return false;
  be_type(container, type);
  const ValueId index = number(key, Kind::Int);
  const auto [items, length] = header_of(container);
  const ValueId position = emit_exit(Op::ItemIndex, JJ_EXIT_RANGE, {}, {index, length});
  Content known;
  known.likely = likely_at(i.pc);
  define_borrowed(i, emit(Op::ItemPeek, {}, {items, position}), known);
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
  const auto [items, length] = header_of(container);
  const ValueId position = emit_exit(Op::ItemIndex, JJ_EXIT_RANGE, {}, {index, length});
  const uint8_t stored = is_text(v)                ? uint8_t{JJ_TYPE_STR}
                         : v.form == Value::Number ? type_of_kind(v.known.kind)
                                                   : v.known.type;
  emit_exit(Op::GuardQuiet, JJ_EXIT_TYPE, {stored}, {emit(Op::ItemPeek, {}, {items, position})});
  const bool is_bool = stored == JJ_TYPE_BOOL && (v.known.kind == Kind::Bool || v.known.constant >= 0);
  if (is_bool) {
    const ValueId yes = number(v, Kind::Bool);
    sync_borrowed(true);
    emit(Op::ItemPutBool, {}, {yes, items, position});
  } else if (v.form == Value::Number && is_arithmetic(v.known.kind) && !is_canonical(v.known.kind) &&
             slot_of(v) < 0) {  // nobody will see another object
    sync_borrowed(true);
    emit(v.known.kind == Kind::Int ? Op::ItemPutInt : Op::ItemPutFloat, {}, {v.id, items, position});
  } else {
    const ValueId object = as_object(v, true);
    sync_borrowed(true);
    emit(Op::ItemStore, {}, {object, items, position});
  }
  release(key);
  exits_ok_ = false;
  return true;
}

// The items of a tuple or list become stack entries. Each object gets its reference first: then the release of what held
// it runs no code.
bool Unboxer::unpack(const Instr& i) {
  static const int helper = hir::stack_helper_named("jj_op_unpack_sequence");
  const int32_t d = i.imm[1] - 1, count = i.imm[2];
  if (i.imm[0] != helper || !may_exit() || is_virtual(in_.nslots + d)) return false;
  Value container = read(in_.nslots + d, false);
  uint8_t type = 0;
  if (!is_sequence(container, type)) return false;
  const bool in_memory = contents_[in_.nslots + d].state == Content::Clean;
  be_type(container, type);
  emit_exit(Op::GuardLength, JJ_EXIT_RANGE, {count}, {container.id});
  const ValueId first = emit(Op::SeqItems, {type == JJ_TYPE_TUPLE}, {container.id});
  std::vector<Value> items;
  for (int32_t k = 0; k < count; k++) {
    Value item;
    item.form = Value::Object;
    item.id = emit(Op::ItemPeek, {}, {first, int_const(k)});
    item.source_kind = Content::Object;
    item.source = item.id;
    item.known.likely = likely_result(i.pc, k);
    take_number(item, *source_, d + count - 1 - k);
    items.push_back(item);
  }
  for (Value& item : items)
    if (in_memory && item.form == Value::Object) as_object(item, true);
  if (in_memory) emit(Op::Release, {}, {emit(Op::TakeStack, {d})});
  for (int32_t k = 0; k < count; k++) put(in_.nslots + d + count - 1 - k, items[static_cast<size_t>(k)]);
  exits_ok_ = false;
  return true;
}

// Making one runs no code, but where it would run the collector (up to 3.11).
bool Unboxer::make_tuple(const Instr& i) {
  static const int helper = hir::stack_helper_named("jj_op_build_tuple");
  const int32_t count = i.imm[2], d = i.imm[1] - count;
  if (i.imm[0] != helper || count == 0 || !may_exit() || is_virtual(in_.nslots + d)) return false;
  Value tuple;
  tuple.known.quiet = true;
  for (int32_t k = 0; k < count; k++) {
    sync(in_.nslots + d + k);
    tuple.known.quiet = tuple.known.quiet && is_quiet(contents_[in_.nslots + d + k]);
  }
  tuple.form = Value::Object;
  tuple.owned = true;
  tuple.known.type = JJ_TYPE_TUPLE;
  tuple.id = emit_exit(Op::MakeTuple, JJ_EXIT_POLL, {d, count});
  for (int32_t k = 0; k < count; k++) contents_[in_.nslots + d + k] = Content{};
  put(in_.nslots + d, tuple);
  exits_ok_ = false;
  return true;
}

// The iterators of lists and tuples stay in memory; only the look at the next item is inline.
bool Unboxer::next_item(const Instr& i) {
  if (step_iterator(i)) return true;
  const Content& c = contents_[in_.nslots + i.imm[0]];
  if (c.likely == bit(JJ_TYPE_STR_ITERATOR) && c.state == Content::Clean && may_exit()) return next_char(i);
  const bool list = c.likely == bit(JJ_TYPE_LIST_ITERATOR), tuple = c.likely == bit(JJ_TYPE_TUPLE_ITERATOR);
  if ((!list && !tuple) || c.state != Content::Clean || !may_exit()) return false;
  Content known;
  known.likely = likely_at(i.pc);
  define_object(i, emit_exit(Op::SeqNext, JJ_EXIT_TYPE, {i.imm[0], tuple}), known);
  return true;
}

}  // namespace jj::passes
