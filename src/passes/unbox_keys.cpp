// The pass `unbox`: keys of dicts and sets, and items of lists and tuples. Looking up ints, strs and tuples of such among such runs no code; where it could,
// what the operations call finds out and leaves, before anything was done.
#include <algorithm>

#include "passes/unboxer.h"

namespace jj::passes {

using hir::Instr;
using hir::Op;
using hir::ValueId;

namespace {

constexpr TypeSet kKeyTypes =
    kNumberTypes | kTextTypes | bit(JJ_TYPE_BIG_INT) | bit(JJ_TYPE_TUPLE) | bit(JJ_TYPE_NONE) | bit(JJ_TYPE_BYTES);

bool can_be_container(const Value& v, uint8_t type) {
  return v.form == Value::Object && !v.owned && (v.known.type == type || v.known.likely == bit(type));
}

}  // namespace

// An object that is likely to be of a type for which the look-up does not have to leave.
bool Unboxer::can_be_key(const Value& v) const {
  if (v.form == Value::Number) return has_object(v) || v.known.kind == Kind::Int;
  if (v.form != Value::Object) return false;
  return v.known.type != kUnknownType ? (bit(v.known.type) & kKeyTypes) != 0 : (v.known.likely & ~kKeyTypes) == 0;
}

// Whether it is looked for as the number that it is, or is taken for.
bool Unboxer::is_number_key(const Value& v) const {
  const bool likely = v.known.type == kUnknownType && v.known.likely == bit(JJ_TYPE_INT);
  return kind_of(v) == Kind::Int && (v.form == Value::Number || v.known.type == JJ_TYPE_INT || likely);
}

// The object to look for. That it is a str is worth knowing: nothing is run when a local gives it up.
ValueId Unboxer::key_object(Value& key) {
  if ((key.known.likely & kTextTypes) && can_be_text(key)) be_text(key);
  return as_object(key, false);
}

bool Unboxer::dict_item(const Instr& i) {
  Value &container = values_[i.args[0]], &key = values_[i.args[1]];
  if (!may_exit() || !can_be_container(container, JJ_TYPE_DICT) || !can_be_key(key)) return false;
  be_type(container, JJ_TYPE_DICT);
  Content known;
  known.likely = likely_at(i.pc);
  const bool is_number = is_number_key(key);
  const ValueId what = is_number ? number(key, Kind::Int) : key_object(key);
  const Op op = is_number ? Op::DictGetInt : Op::DictGet;
  define_borrowed(i, emit_exit(op, JJ_EXIT_RANGE, {}, {container.id, what}), known);
  release(key);  // what was looked up runs no code when it goes
  return true;
}

// Whether the stack entry stands for what neither the call nor other code gives up.
bool Unboxer::lasts(int32_t place) const {
  const Content& c = contents_[place];
  if (c.state == Content::Behind) return shared_.count(c.value[0]) || is_canonical(c.kind);
  if (c.state != Content::Lazy || c.shelved) return false;
  return c.source_kind == Content::Const || (c.source_kind == Content::Object && (c.pinned || c.constant >= 0));
}

// dict.get(), whose answer the dict keeps, or what the default comes from.
bool Unboxer::item_or_default(const Instr& i, int32_t self, int32_t nargs) {
  const bool is_lent = contents_[self].state == Content::Lazy && !contents_[self].shelved;
  if (!is_lent || nargs < 1 || nargs > 2 || contents_[self + 1].shelved) return false;
  if (nargs == 2 && !lasts(self + 2)) return false;
  Value dict = read(self, false), key = read(self + 1, false);
  const bool is_number = is_number_key(key);
  if (!is_number && !(has_object(key) && can_be_key(key))) return false;
  Value other;
  const ValueId otherwise = nargs == 2 ? as_object(other = read(self + 2, false), false) : emit(Op::NoneObject);
  const ValueId what = is_number ? number(key, Kind::Int) : key_object(key);
  const Op op = is_number ? Op::DictGetIntOr : Op::DictGetOr;
  Content known;
  known.likely = likely_at(i.pc);
  const ValueId item = emit_exit(op, JJ_EXIT_OTHER, {}, {dict.id, what, otherwise});
  release(other);                                     // of which there is another reference for ever
  if (contents_[self + 1].state == Content::Clean) {  // runs no code when it goes, if it was looked up
    emit(Op::Release, {}, {emit(Op::TakeStack, {self + 1 - in_.nslots})});
    exits_ok_ = false;
  }
  forget_stack(i.imm[0]);
  define_borrowed(i, item, known);
  return true;
}

bool Unboxer::contains_key(const Instr& i) {
  Value &key = values_[i.args[0]], &container = values_[i.args[1]];
  if (!may_exit() || !can_be_key(key)) return false;
  constexpr std::array<uint8_t, 4> kTypes{JJ_TYPE_DICT, JJ_TYPE_SET, JJ_TYPE_LIST, JJ_TYPE_TUPLE};
  const auto* type =
      std::find_if(kTypes.begin(), kTypes.end(), [&](uint8_t t) { return can_be_container(container, t); });
  if (type == kTypes.end()) return false;
  be_type(container, *type);
  const bool is_number = is_number_key(key);
  const ValueId what = is_number ? number(key, Kind::Int) : key_object(key);
  const Op op = is_number ? Op::IntIn : Op::KeyIn;
  define_number(i, Kind::Bool, emit_exit(op, JJ_EXIT_OTHER, {}, {container.id, what}));
  release(key);
  return true;
}

// Only where the old item is of a type whose release runs no code.
bool Unboxer::store_dict_item(const Instr& i) {
  Value &v = values_[i.args[0]], &container = values_[i.args[1]], &key = values_[i.args[2]];
  if (!may_exit() || !can_be_container(container, JJ_TYPE_DICT) || !can_be_key(key)) return false;
  const bool plain_int = v.form == Value::Number && v.known.kind == Kind::Int && slot_of(v) < 0;
  if (!plain_int && !has_object(v)) return false;
  be_type(container, JJ_TYPE_DICT);
  sync_borrowed();
  const ValueId what = key_object(key);
  if (plain_int) {
    emit_exit(Op::DictPutInt, JJ_EXIT_OTHER, {}, {v.id, container.id, what});
  } else {
    const ValueId object = as_object(v, false);
    emit_exit(Op::DictPut, JJ_EXIT_OTHER, {}, {object, container.id, what});
    release(v);  // the dict has it
  }
  release(key);
  exits_ok_ = false;
  return true;
}

}  // namespace jj::passes
