// The pass `unbox`: globals, and attributes of instances whose class is the one that feedback names.
//
// What a guard made sure of an object's class holds until other code runs, which alone could change the class.
#include "passes/unboxer.h"

namespace jj::passes {

using hir::AttrSeen;
using hir::Instr;
using hir::Op;
using hir::ValueId;

bool Unboxer::attributes(const Instr& i) {
  switch (i.op) {
    case Op::LoadGlobal:
    case Op::LoadGlobalOf: return load_global(i);
    case Op::LoadAttr: return load_attr(i);
    case Op::StoreAttr: return store_attr(i);
    case Op::LoadMethod: return load_method(i);
    default: return false;
  }
}

// -- globals

// The object is borrowed until something could take it out of its namespace.
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

// -- the class of an object

const AttrSeen* Unboxer::attribute_at(int32_t pc) const {
  if (site_ >= 0) pc = site_;
  for (const AttrSeen& seen : in_.facts.attrs)
    if (seen.pc == pc) return &seen;
  return nullptr;
}

bool Unboxer::can_guard(const Value& v) const {
  return may_exit() && v.form == Value::Object && v.known.type != JJ_TYPE_NULL;
}

void Unboxer::guard_version(const Value& v, uint32_t version) {
  uint32_t& known = v.place >= 0 ? contents_[v.place].version : versions_[v.id];
  if (known == version) return;
  emit_exit(Op::GuardVersion, JJ_EXIT_TYPE, {static_cast<int32_t>(version)}, {v.id});
  known = version;
}

void Unboxer::forget_versions() {
  for (Content& c : contents_) c.version = 0, c.headed = false;
  versions_.clear();
}

// -- attributes

ValueId Unboxer::peek(const AttrSeen& seen, const Instr& i, ValueId object, bool writable) {
  switch (seen.how) {
    case JJ_ATTR_SLOT: return emit_exit(Op::SlotPeek, JJ_EXIT_UNBOUND, {seen.offset}, {object});
    case JJ_ATTR_VALUES:
      return emit_exit(Op::ValuePeek, JJ_EXIT_UNBOUND, {seen.index, seen.offset, writable}, {object});
    default: return emit_exit(Op::DictPeek, JJ_EXIT_UNBOUND, {seen.index, i.imm[0], i.imm[1]}, {object});
  }
}

bool Unboxer::load_attr(const Instr& i) {
  Value& o = values_[i.args[0]];
  const AttrSeen* seen = attribute_at(i.pc);
  if (!seen || seen->how == JJ_ATTR_METHOD || !can_guard(o)) return false;
  guard_version(o, seen->version);
  const ValueId found = peek(*seen, i, o.id, false);
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

// Only where the old object is of a type whose release runs no code; the new one's type tells what to expect.
bool Unboxer::store_attr(const Instr& i) {
  Value &v = values_[i.args[0]], &o = values_[i.args[1]];
  const AttrSeen* seen = attribute_at(i.pc);
  const bool quiet = v.known.type == JJ_TYPE_NONE || kind_of(v) != Kind::None;
  if (!seen || seen->how == JJ_ATTR_METHOD || !quiet || o.owned || !can_guard(o)) return false;
  guard_version(o, seen->version);
  emit_exit(Op::GuardQuiet, JJ_EXIT_TYPE, {kind_of(v) == Kind::None ? JJ_TYPE_NONE : type_of_kind(kind_of(v))},
            {peek(*seen, i, o.id, true)});
  const ValueId object = as_object(v, true);
  sync_borrowed(true);
  if (seen->how == JJ_ATTR_SLOT)
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
  const AttrSeen* seen = attribute_at(i.pc);
  if (!seen || seen->how != JJ_ATTR_METHOD) return false;
  if (seen->builtin >= 0 && known_method(i, *seen, o)) return true;
  if (!can_guard(o)) return false;
  guard_version(o, seen->version);
  if (seen->lacks == JJ_LACKS_KEYS)
    emit_exit(Op::GuardLacks, JJ_EXIT_TYPE, {seen->index, seen->offset}, {o.id});
  else if (seen->lacks == JJ_LACKS_LOOKUP)
    emit_exit(Op::GuardAbsent, JJ_EXIT_TYPE, {i.imm[0], i.imm[1]}, {o.id});
  const int32_t place = in_.nslots + i.imm[2];
  Content& function = contents_[place];
  function = Content{};
  function.state = Content::Lazy;
  function.source_kind = Content::Object;
  function.source = emit(Op::LoadObject, {seen->object});
  function.type = JJ_TYPE_FUNCTION;
  put(place + 1, o);
  return true;
}

}  // namespace jj::passes
