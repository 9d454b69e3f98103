// The pass `unbox`: calls of classes, in whose place stands what __init__ does with a new instance.
//
// Until the call is over, nobody but the inlined callees has the instance; the reference that it came with is in a place
// of its own, then in what takes the call's result.
#include <algorithm>
#include <utility>

#include "passes/unboxer.h"

namespace jj::passes {

using hir::AttrSeen;
using hir::Inlined;
using hir::Instr;
using hir::Op;
using hir::ValueId;

// The __init__ that will be called, which has the code that was expected.
Value Unboxer::init_of(const Inlined& site) {
  const int32_t stack = in_.nslots;
  if (site.null >= 0) {
    const Content& null = contents_[stack + site.null];
    if (null.state != Content::Lazy || null.source_kind != Content::Null) refuse_inlining();
  }
  Value cls = borrow(stack + site.function);
  if (cls.form != Value::Object) refuse_inlining();
  if (contents_[stack + site.function].state == Content::Clean)
    emit_exit(Op::GuardBound, JJ_EXIT_IDENTITY, {}, {cls.id});
  Value init;
  init.form = Value::Object;
  init.source_kind = Content::Object;
  init.id = init.source = emit_exit(Op::InitPeek, JJ_EXIT_IDENTITY, {site.cache}, {cls.id});
  init.known.type = JJ_TYPE_FUNCTION;
  init.known.pinned = true;
  emit_exit(Op::GuardCode, JJ_EXIT_IDENTITY, {site.object}, {init.id});
  return init;
}

// The callee borrows it.
Value Unboxer::new_instance(const Inlined& site, ValueId init) {
  const Value cls = borrow(in_.nslots + site.function);
  Value v;
  v.form = Value::Object;
  v.id = v.source = emit_exit(Op::NewInstance, JJ_EXIT_POLL, {site.entries - 1 - (site.null >= 0)}, {cls.id, init});
  v.source_kind = Content::Object;
  v.known.pinned = true;
  filled_[v.id] = {};
  Content& place = contents_[in_.nslots + site.instance];
  place = v.known;
  place.state = Content::Lazy;
  place.source_kind = Content::Object;
  place.source = v.id;
  place.keeps = true;
  return v;
}

// __init__ must answer None.
Value Unboxer::take_instance(const Inlined& site, const Value& result) {
  if (result.form != Value::Object || result.known.type != JJ_TYPE_NONE) refuse_inlining();
  Value v = read(in_.nslots + site.instance, true);
  if (!v.fresh) refuse_inlining();
  return v;
}

void Unboxer::adopt(Value& v) {
  filled_.erase(v.id);
  v.id = emit(Op::Adopt, {}, {v.id});
  v.fresh = false;
}

// What a place owns cannot be given up in the middle of an inlined call, where that could run code.
void Unboxer::drop_place(int32_t place) {
  if (!contents_[place].keeps) return;
  if (!contents_[place].shelved || !is_quiet(contents_[place])) refuse_inlining();
  release(take_shelved(place));
}

// -- attributes of instances that nobody else knows

// What tells the attribute from others of the instance: an offset, the number of a value, or a name.
Unboxer::Where Unboxer::where(const Instr& i, const AttrSeen& seen) const {
  if (seen.how == JJ_ATTR_SLOT) return {seen.how, seen.offset};
  if (seen.how == JJ_ATTR_VALUES) return {seen.how, seen.index};
  const hir::CacheSite& cache = in_.caches[static_cast<size_t>(i.imm[1])];
  return {seen.how, cache.name_object ? cache.name_object : cache.name};
}

// Nobody tells whether a value and an item of the dict are the same attribute.
bool Unboxer::is_empty(const Instr& i, const AttrSeen& seen) const {
  const auto known = filled_.find(values_[i.args[1]].id);
  if (known == filled_.end()) return false;
  return std::none_of(known->second.begin(), known->second.end(), [&](const Where& w) {
    return w == where(i, seen) || (w.first != seen.how && w.first != JJ_ATTR_SLOT && seen.how != JJ_ATTR_SLOT);
  });
}

bool Unboxer::init_attr(const Instr& i, const AttrSeen& seen) {
  Value &v = values_[i.args[0]], &o = values_[i.args[1]];
  if (v.form != Value::Object && v.form != Value::Number) return false;
  if (v.form == Value::Object && v.known.type == JJ_TYPE_NULL) return false;
  if (seen.how == JJ_ATTR_VALUES) emit_exit(Op::GuardValues, JJ_EXIT_TYPE, {seen.offset}, {o.id});
  if (seen.how == JJ_ATTR_DICT) emit_exit(Op::GuardUncollected, JJ_EXIT_POLL);
  std::set<Where> filled = filled_[o.id];
  const ValueId object = kept_object(v, seen.how != JJ_ATTR_DICT);
  filled_.erase(v.id);  // who has the instance may have this
  if (seen.how == JJ_ATTR_SLOT)
    emit(Op::SlotInit, {seen.offset}, {object, o.id});
  else if (seen.how == JJ_ATTR_VALUES)
    emit(Op::ValueInit, {seen.index}, {object, o.id});
  else
    emit_exit(Op::DictInit, JJ_EXIT_POLL, {i.imm[0], i.imm[1]}, {object, o.id});
  if (seen.how == JJ_ATTR_DICT && v.owned) emit(Op::Release, {}, {v.id});  // not the last reference
  filled.insert(where(i, seen));
  if (filled_.count(o.id)) filled_[o.id] = filled;
  exits_ok_ = false;
  return true;
}

// Where ways meet, what any of them has filled is filled; what one has lost sight of, nobody knows any more.
void Unboxer::meet_instances(int32_t block) {
  filled_.clear();
  if (in_.blocks[block].inlined < 0) return;
  bool first = true;
  for (const hir::Block& b : in_.blocks) {
    if (b.succ[0] != block && b.succ[1] != block) continue;
    const Instances& way = filled_at_end_[b.id];
    if (std::exchange(first, false)) {
      filled_ = way;
      continue;
    }
    for (auto known = filled_.begin(); known != filled_.end();) {
      const auto there = way.find(known->first);
      if (there != way.end()) known->second.insert(there->second.begin(), there->second.end());
      known = there == way.end() ? filled_.erase(known) : std::next(known);
    }
  }
}

}  // namespace jj::passes
