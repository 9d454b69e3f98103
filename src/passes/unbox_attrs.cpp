// The pass `unbox`: globals, and attributes of instances whose classes are those that feedback names.
#include <algorithm>

#include "passes/unboxer.h"

namespace jj::passes {

using hir::AttrRows;
using hir::AttrSeen;
using hir::Instr;
using hir::Op;
using hir::ValueId;

bool Unboxer::attributes(const Instr& i) {
  switch (i.op) {
    case Op::LoadGlobal:
    case Op::LoadGlobalOf: return load_global(i);
    case Op::LoadDeref:
    case Op::LoadFreeOf: return load_free(i);
    case Op::LoadAttr: return load_attr(i);
    case Op::StoreAttr: return store_attr(i);
    case Op::LoadMethod: return load_method(i);
    case Op::LoadSuperMethod: return load_super_method(i);
    case Op::HasVersion: return has_version(i);
    case Op::ExpectVersion: expect_version(i); return true;
    default: return false;
  }
}

// -- globals

// The object is borrowed until something could take it from where it was found.
void Unboxer::define_borrowed(const Instr& i, ValueId id, const Content& known) {
  Value v;
  v.form = Value::Object;
  v.id = id;
  v.source_kind = Content::Object;
  v.source = id;
  v.known = known;
  define(i, v);
}

// What the operation has always resulted in, or null. Inlined code has a place of its own in the feedback.
const JJSeen* Unboxer::only_seen(const Instr& i) const {
  for (const hir::SiteTypes& site : in_.facts.sites)
    if (site.pc == (i.site >= 0 ? i.site : i.pc) && site.seen.types.size() == 1 && !site.seen.megamorphic)
      return &site.seen.types[0];
  return nullptr;
}

bool Unboxer::load_global(const Instr& i) {
  if (!may_exit()) return false;
  const JJSeen* only = only_seen(i);
  const bool known_function = only && only->kind == JJ_TYPE_BUILTIN;
  const bool builtin = known_function && only->id < JJ_BUILTIN_COUNT;
  const bool own = i.op == Op::LoadGlobal;
  const ValueId function = own ? function_ : values_[i.args[0]].id;
  const ValueId found = emit_exit(function < 0 ? Op::GlobalPeek : Op::GlobalPeekOf, JJ_EXIT_UNBOUND,
                                  {i.imm[0], i.imm[1], builtin}, {function});
  Content known;
  known.likely = likely_at(i.pc);
  if (known_function) {
    known.type = JJ_TYPE_BUILTIN;
    known.builtin = static_cast<int32_t>(only->id);
  }
  if (known_function && !builtin) emit_exit(Op::GuardMath, JJ_EXIT_IDENTITY, {known.builtin}, {found});
  if (builtin) {
    const ValueId expected = emit(Op::LoadBuiltin, {known.builtin});
    emit_exit(Op::GuardIs, JJ_EXIT_IDENTITY, {}, {found, expected});
  }
  define_borrowed(i, found, known);
  return true;
}

// Of a function without a frame, or one that has one: its own variable; of an inlined one: that of its function. Only what
// runs other code can put another object there.
bool Unboxer::load_free(const Instr& i) {
  if (!may_exit() || (i.op == Op::LoadDeref && !has_frame())) return false;
  Content known;
  known.likely = likely_at(i.pc);
  known.pinned = true;  // the cell has it
  const ValueId found = i.op == Op::LoadFreeOf
                            ? emit_exit(Op::FreePeek, JJ_EXIT_UNBOUND, {i.imm[0]}, {values_[i.args[0]].id})
                            : emit_exit(Op::CellPeek, JJ_EXIT_UNBOUND, {}, {emit(Op::LoadLocal, {i.imm[0]})});
  define_borrowed(i, found, known);
  return true;
}

// -- attributes

ValueId Unboxer::peek(AttrRows rows, const Instr& i, ValueId object, bool writable) {
  const AttrSeen& seen = rows[0];
  if (!at_one_place(rows))
    return emit_exit(Op::PolyPeek, JJ_EXIT_UNBOUND,
                     {hir::number_of(in_.facts, rows), static_cast<int32_t>(rows.size()), i.imm[1], writable},
                     {object});
  switch (seen.how) {
    case JJ_ATTR_FIELD: {
      const ValueId items = emit(Op::SeqItems, {1}, {object}), length = emit(Op::SeqLen, {}, {object});
      const ValueId position = emit_exit(Op::ItemIndex, JJ_EXIT_RANGE, {}, {int_const(seen.index), length});
      return emit(Op::ItemPeek, {}, {items, position});
    }
    case JJ_ATTR_SLOT: return emit_exit(Op::SlotPeek, JJ_EXIT_UNBOUND, {seen.offset}, {object});
    case JJ_ATTR_VALUES:
      return emit_exit(Op::ValuePeek, JJ_EXIT_UNBOUND, {seen.index, seen.offset, writable}, {object});
    default: return emit_exit(Op::DictPeek, JJ_EXIT_UNBOUND, {seen.index, i.imm[0], i.imm[1]}, {object});
  }
}

// What the class has, where the instance has nothing of that name.
ValueId Unboxer::found_on_class(AttrRows rows, const Instr& i, ValueId object) {
  const AttrSeen& seen = rows[0];
  if (seen.class_version)
    emit_exit(Op::GuardClass, JJ_EXIT_TYPE, {static_cast<int32_t>(seen.class_version)}, {object});
  else
    guard_lacks(rows, i, object);
  const ValueId value = emit(Op::LoadObject, {seen.object});
  if (seen.holder >= 0) {
    const ValueId held =
        emit_exit(Op::SlotPeek, JJ_EXIT_UNBOUND, {seen.held_at}, {emit(Op::LoadObject, {seen.holder})});
    emit_exit(Op::GuardIs, JJ_EXIT_IDENTITY, {}, {held, value});
  }
  return value;
}

bool Unboxer::load_attr(const Instr& i) {
  Value& o = values_[i.args[0]];
  const AttrRows rows = classes_at(i, o);
  const AttrSeen* seen = rows.empty() ? nullptr : rows.data();
  if (seen && seen->how == JJ_ATTR_PART) return complex_part(i, seen->index);
  const bool plain = seen && (seen->object < 0 || seen->how == JJ_ATTR_STATIC);
  if (!plain || !can_guard(o, rows.size())) return false;
  guard_class(o, rows);
  const ValueId found = seen->how == JJ_ATTR_STATIC ? found_on_class(rows, i, o.id) : peek(rows, i, o.id, false);
  Content known;
  known.likely = likely_at(i.pc);
  if (!o.owned) {
    define_borrowed(i, found, known);
    return true;
  }
  // The object may take its attribute with it.
  define_object(i, emit(Op::Retain, {}, {found}), known);
  values_[i.id].owned = true;
  sync_all();
  emit(Op::Release, {}, {o.id});
  after_code();
  return true;
}

// Only where the old object's release runs no code; a number is expected to replace a number.
bool Unboxer::store_attr(const Instr& i) {
  Value &v = values_[i.args[0]], &o = values_[i.args[1]];
  const AttrRows rows = classes_at(i, o);
  const AttrSeen* seen = rows.empty() ? nullptr : rows.data();
  const bool number = kind_of(v) != Kind::None;
  if (!seen || seen->object >= 0 || seen->how == JJ_ATTR_PART || seen->how == JJ_ATTR_FIELD || o.owned ||
      !can_guard(o, rows.size()))
    return false;
  const bool empty = rows.size() == 1 && is_empty(i, *seen);
  const bool fills = std::any_of(rows.begin(), rows.end(), [](const AttrSeen& row) { return row.fills; });
  if (fills && !empty) return false;
  guard_class(o, rows);
  if (empty) return init_attr(i, *seen);
  const ValueId old = peek(rows, i, o.id, true);
  if (number)
    emit_exit(Op::GuardQuiet, JJ_EXIT_TYPE, {type_of_kind(kind_of(v))}, {old});
  else
    emit_exit(Op::GuardKept, JJ_EXIT_TYPE, {}, {old});
  sync_borrowed(number);
  const ValueId object = kept_object(v, true);
  if (!at_one_place(rows))
    emit(Op::PolyStore, {hir::number_of(in_.facts, rows), static_cast<int32_t>(rows.size()), i.imm[1]}, {object, o.id});
  else if (seen->how == JJ_ATTR_SLOT)
    emit(Op::SlotStore, {seen->offset}, {object, o.id});
  else if (seen->how == JJ_ATTR_VALUES)
    emit(Op::ValueStore, {seen->index, seen->offset}, {object, o.id});
  else
    emit(Op::DictStore, {i.imm[0], i.imm[1]}, {object, o.id});
  exits_ok_ = false;
  return true;
}

// The function and the instance that it is called with stay where they are until they are needed on the stack.
bool Unboxer::load_method(const Instr& i) {
  Value& o = values_[i.args[0]];
  const AttrRows rows = classes_at(i, o);
  const AttrSeen* seen = rows.empty() ? nullptr : rows.data();
  if (!seen || seen->object < 0 || seen->how == JJ_ATTR_GETTER || seen->how == JJ_ATTR_SUPER) return false;
  if (seen->builtin >= 0 && known_method(i, *seen, o)) return true;
  if (!can_guard(o, rows.size()) || (o.owned && seen->how == JJ_ATTR_STATIC)) return false;
  if (seen->how == JJ_ATTR_BOUND && !seen->class_version) return false;
  guard_class(o, rows);
  const int32_t place = in_.nslots + i.imm[2];
  const bool swapped = seen->how == JJ_ATTR_STATIC && i.imm[3] == 0;  // null first
  Content function, null;
  function.state = null.state = Content::Lazy;
  function.source_kind = Content::Object;
  function.source = found_on_class(rows, i, o.id);
  function.type = seen->how == JJ_ATTR_STATIC ? kUnknownType : JJ_TYPE_FUNCTION;
  null.source_kind = Content::Null;
  null.type = JJ_TYPE_NULL;
  null.inert = true;
  contents_[place] = swapped ? null : function;
  if (seen->how == JJ_ATTR_STATIC)
    contents_[place + 1] = swapped ? function : null;
  else
    put(place + 1, o);
  return true;
}

// What super() finds depends on the object's class alone, as long as it begins behind the same class.
bool Unboxer::load_super_method(const Instr& i) {
  const AttrSeen* seen = attribute_of(i);
  const int32_t place = in_.nslots + i.imm[2];
  if (!seen || seen->how != JJ_ATTR_SUPER || contents_[place].builtin != int32_t{JJ_BUILTIN_SUPER}) return false;
  for (int32_t k = 0; k < 3; k++)
    if (contents_[place + k].state != Content::Lazy || contents_[place + k].keeps) return false;
  const Value after = read(place + 1, false);
  Value object = read(place + 2, false);
  if (after.form != Value::Object || !can_guard(object)) return false;
  put_super_method(*seen, after.id, object, i.imm[2]);
  return true;
}

// What stands from entry `d` on is replaced.
void Unboxer::put_super_method(const AttrSeen& seen, ValueId after, Value& object, int32_t d) {
  emit_exit(Op::GuardIs, JJ_EXIT_IDENTITY, {}, {after, emit(Op::LoadObject, {seen.holder})});
  guard_class(object, {&seen, 1});
  Content function;
  function.state = Content::Lazy;
  function.source_kind = Content::Object;
  function.source = emit(Op::LoadObject, {seen.object});
  function.type = JJ_TYPE_FUNCTION;
  forget_stack(d);
  contents_[in_.nslots + d] = function;
  put(in_.nslots + d + 1, object);
}

// The class that super() without arguments begins behind in an inlined callee (-1: outside all of them), or -1.
ValueId Unboxer::class_of_super(int32_t callee) {
  if (callee < 0) {
    if (!in_.class_cell || !has_frame()) return -1;
    return emit_exit(Op::CellPeek, JJ_EXIT_UNBOUND, {}, {emit(Op::LoadLocal, {in_.class_cell})});
  }
  const hir::Inlined& site = in_.inlined[callee];
  if (site.class_cell < 0) return -1;
  return emit_exit(Op::FreePeek, JJ_EXIT_UNBOUND, {site.class_cell}, {read(in_.nslots + site.base, false).id});
}

// `super().method`, which is two instructions before 3.12: nothing can see the object between them.
bool Unboxer::call_super(const Instr& i) {
  const Instr* stored = ahead(1, Op::StoreStack, i.id);
  const Instr* taken = stored ? ahead(2, Op::TakeStack, -1) : nullptr;
  const Instr* method = taken && taken->imm[0] == stored->imm[0] ? ahead(3, Op::LoadMethod, taken->id) : nullptr;
  if (!method || method->imm[2] != i.imm[0]) return false;
  const AttrSeen* seen = attribute_of(*method);
  if (!seen || seen->how != JJ_ATTR_SUPER) return false;
  const int32_t callee = in_.states[i.state].inlined;
  Value object = read(callee < 0 ? 0 : in_.nslots + in_.inlined[callee].base + 1, false);
  if (!can_guard(object)) return false;
  const ValueId after = class_of_super(callee);
  if (after < 0) return false;
  if (object.known.type == kUnknownType && !object.known.version)
    emit_exit(Op::GuardBound, JJ_EXIT_UNBOUND, {}, {object.id});
  put_super_method(*seen, after, object, i.imm[0]);
  position_ += 3;
  exits_ok_ = false;
  return true;
}

}  // namespace jj::passes
