// Collects what records, samples and exits of one code object know.
#include "compiler/feedback.h"

#include <algorithm>

#include "runtime/builtins.h"
#include "runtime/caches.h"
#include "runtime/class_versions.h"
#include "runtime/compat/objects.h"
#include "runtime/feedback.h"
#include "runtime/operators.h"
#include "vm/code_slot.h"
#include "vm/vm.h"

#include <structmember.h>  // 3.10, 3.11: PyMemberDef

namespace jj::compiler {
namespace {

JJTypes ordered(JJTypes types) {
  std::stable_sort(types.seen, types.seen + types.count,
                   [](const JJSeen& a, const JJSeen& b) { return a.count > b.count; });
  return types;
}

// An instruction that is translated more than once has a Record in each copy.
void merge(JJTypes& into, const JJTypes& from) {
  into.megamorphic |= from.megamorphic;
  for (int i = 0; i < from.count; ++i) {
    JJSeen* end = into.seen + into.count;
    JJSeen* same = std::find_if(
        into.seen, end, [&](const JJSeen& s) { return s.kind == from.seen[i].kind && s.id == from.seen[i].id; });
    if (same != end)
      same->count += from.seen[i].count;
    else if (into.count < 4)
      into.seen[into.count++] = from.seen[i];
    else
      into.megamorphic = 1;
  }
}

}  // namespace

void FeedbackData::gather_sites(const CodeData* cd) {
  for (int n = 0; cd->records && n < cd->compiled->nrecords; ++n)
    if (cd->records[n].count) sites_.push_back({cd->compiled->records[n], cd->records[n]});
  std::stable_sort(sites_.begin(), sites_.end(), [](const auto& a, const auto& b) { return a.pc < b.pc; });
  size_t kept = 0;
  for (size_t i = 0; i < sites_.size(); ++i) {
    if (kept && sites_[kept - 1].pc == sites_[i].pc)
      merge(sites_[kept - 1].types, sites_[i].types);
    else
      sites_[kept++] = sites_[i];
  }
  sites_.resize(kept);
  for (JJSiteTypes& site : sites_) site.types = ordered(site.types);
}

void FeedbackData::gather_places(const CodeData* cd) {
  for (const SamplePoint* p = cd->samples; p; p = p->next) {
    slots_.emplace_back();
    for (int slot = 0; slot < p->nslots; ++slot) slots_.back().push_back(ordered(p->slots[slot]));
    places_.push_back({p->index, p->nslots, slots_.back().data()});
  }
  std::sort(places_.begin(), places_.end(), [](const auto& a, const auto& b) { return a.pc < b.pc; });
}

void FeedbackData::add_exits(const ExitCount* exits, int n) {
  for (int i = 0; i < n; ++i) {
    const ExitCount& e = exits[i];
    if (e.reason < kGuardReasons) continue;
    auto kind = static_cast<uint8_t>(e.reason - kGuardReasons);
    auto same = std::find_if(exits_.begin(), exits_.end(),
                             [&](const JJExitFeedback& x) { return x.pc == e.index && x.kind == kind; });
    if (same != exits_.end())
      same->count += e.count;
    else
      exits_.push_back({e.index, kind, e.count});
  }
}

void FeedbackData::gather_exits(const CodeData* cd) {
  for (const CodeData* other = vm::code_data(cd->code); other; other = other->retired) {
    if (other->baseline) add_exits(other->exits, other->nexits);
    add_exits(other->raised, other->nraised);
  }
  std::sort(exits_.begin(), exits_.end(), [](const auto& a, const auto& b) { return a.pc < b.pc; });
}

namespace {

// What was found on a class, of which the object is an instance, or which it is. Classes of values may change; those of
// the interpreter's own do not.
void see_on_class(const AttrEntry& e, JJAttrSeen& seen) {
  const bool of_class = e.how == How::ClassObject || e.how == How::ClassStatic || e.how == How::ClassClassMethod;
  const bool wrapped = e.how != How::ClassObject && e.how != How::Constant;
  const bool bound = e.how == How::ClassMethod || e.how == How::ClassClassMethod;
  const bool getter = e.how == How::Property;
  if (!of_class && !bound && !getter && e.how != How::Constant && e.how != How::StaticMethod) return;
  if (!of_class && !getter && e.lacks == Lacks::SharedValue) return;
  if (of_class && !is_current(static_cast<uint32_t>(e.offset))) return;
  const size_t held_at = getter ? offsetof(PropertyHead, getter) : offsetof(MethodWrapperHead, callable);
  PyObject* value = wrapped ? *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(e.value) + held_at) : e.value;
  if (!value || Py_TYPE(value)->tp_flags & Py_TPFLAGS_HEAPTYPE) return;
  if ((bound || getter) && !vm::is_function(value)) return;
  seen.how = getter ? JJ_ATTR_GETTER : bound ? JJ_ATTR_BOUND : JJ_ATTR_STATIC;
  seen.object = value;
  if (of_class) {
    seen.class_version = static_cast<uint32_t>(e.offset);
    seen.offset = 0;
  }
  if (!wrapped) return;
  seen.holder = e.value;
  seen.held_at = static_cast<int32_t>(held_at);
}

// Whether it is the descriptor of real (0) or imag (1); -1: of something else.
int part_of_complex(PyObject* descriptor) {
  if (!Py_IS_TYPE(descriptor, &PyMemberDescr_Type)) return -1;
  auto* member = reinterpret_cast<PyMemberDescrObject*>(descriptor);
  if (member->d_common.d_type != &PyComplex_Type) return -1;
  return member->d_member->offset == offsetof(PyComplexObject, cval.imag);
}

// How optimised code can have the attribute; JJ_ATTR_NONE: only as baseline does.
JJAttrSeen seen_by(const AttrEntry& e, int32_t pc) {
  JJAttrSeen seen{};
  seen.pc = pc, seen.index = e.index, seen.version = e.version, seen.offset = static_cast<int32_t>(e.offset);
  seen.builtin = -1;
  switch (e.how) {
    case How::Slot:
    case How::StoreSlot: seen.how = JJ_ATTR_SLOT; break;
    case How::Values:
    case How::StoreValues: seen.how = JJ_ATTR_VALUES; break;
    case How::Dict:
    case How::StoreDict: seen.how = JJ_ATTR_DICT; break;
    case How::Function:
      if (e.lacks == Lacks::SharedValue) break;
      seen.how = JJ_ATTR_METHOD;
      seen.object = e.value;
      seen.builtin = method_id(e.value);
      break;
    case How::TupleField: seen.how = JJ_ATTR_FIELD, seen.index = static_cast<uint16_t>(e.offset); break;
    case How::Descriptor:
      if (const int part = part_of_complex(e.value); part >= 0)
        seen.how = JJ_ATTR_PART, seen.index = static_cast<uint16_t>(part);
      break;
    default: see_on_class(e, seen); break;
  }
  if (seen.object && !seen.class_version && seen.how != JJ_ATTR_GETTER)  // a property comes before the instance's own
    seen.lacks = e.lacks == Lacks::NoDict       ? JJ_LACKS_ALWAYS
                 : e.lacks == Lacks::SharedKeys ? JJ_LACKS_KEYS
                                                : JJ_LACKS_LOOKUP;
  return seen;
}

// Instances that keep their attributes in dicts which share the keys of their class have them at places that all of them
// share, as long as nothing is added that only some have.
void see_shared_keys(PyObject* name, JJAttrSeen& seen) {
  PyTypeObject* type = class_of(seen.version);
  const bool lacks = seen.lacks == JJ_LACKS_LOOKUP, fills = seen.fills != 0;
  if ((seen.how != JJ_ATTR_DICT && !lacks) || fills || !type || !pin_shared_keys(type)) return;
  const int index = shared_key_index(type, name);
  if ((index < 0) != lacks) return;
  if (lacks)
    seen.lacks = JJ_LACKS_KEYS;
  else
    seen.how = JJ_ATTR_VALUES;
  seen.index = static_cast<uint16_t>(lacks ? shared_key_count(type) : index);
  seen.offset = dict_offset(type);
}

bool is_attribute(const Cache* c) {
  return c->kind == JJ_CACHE_ATTR || c->kind == JJ_CACHE_STORE_ATTR || c->kind == JJ_CACHE_METHOD;
}

// Whether optimised code can tell these classes apart, and do what it does for one of them for any, or for each in a copy.
bool can_be_used(const JJAttrSeen* rows, ptrdiff_t n) {
  if (n > JJ_MOST_CLASSES) return false;
  for (const JJAttrSeen* row = rows; row < rows + n; ++row) {
    if (row->how == JJ_ATTR_NONE || (row->object != nullptr) != (rows->object != nullptr)) return false;
    const bool methods = row->how == JJ_ATTR_METHOD && rows->how == JJ_ATTR_METHOD && row->builtin < 0;
    if (!methods && (row->object != rows->object || row->holder != rows->holder)) return false;
    for (const JJAttrSeen* other = rows; other < row; ++other)
      if (other->version == row->version) return false;  // classes as objects
  }
  return true;
}

}  // namespace

// What inline caches have met; an instruction that is translated more than once has a cache in each copy.
void FeedbackData::gather_cached(CodeData* cd) {
  for (int n = 0; n < cd->compiled->ncaches; ++n) {
    Cache* c = code_caches(cd) + n;
    if (!is_attribute(c)) continue;
    const int32_t pc = cd->compiled->caches[n].index;
    AttrCache& cache = attr_cache(c);
    for (int k = 0, count = cache.count(); k < count; ++k) {
      const AttrEntry& e = cache.at(k);
      if (!e.version || e.version > INT32_MAX) continue;  // the optimiser has a use for the highest bit
      if (e.value && !is_current(e.version)) continue;    // nobody knows what was found on it
      JJAttrSeen seen = seen_by(e, pc);
      seen.fills = c->kind == JJ_CACHE_STORE_ATTR && has_filled(c);
      if (kSplitDicts) see_shared_keys(c->name, seen);
      const bool again = std::any_of(attrs_.begin(), attrs_.end(), [&](const JJAttrSeen& a) {
        return a.pc == pc && a.version == seen.version && a.class_version == seen.class_version;
      });
      if (!again) attrs_.push_back(seen);
    }
  }
}

// The rows of one instruction side by side, as they were found.
void FeedbackData::sort_attributes() {
  std::stable_sort(attrs_.begin(), attrs_.end(), [](const auto& a, const auto& b) { return a.pc < b.pc; });
}

// Where classes that the profile does not know made optimised code leave, all count that baseline code has ever met: they may
// come in turns.
void FeedbackData::gather_attributes(CodeData* cd) {
  gather_cached(cd);
  const bool others = std::any_of(exits_.begin(), exits_.end(), [](const auto& e) { return e.kind == JJ_EXIT_TYPE; });
  for (CodeData* other = vm::code_data(cd->code); others && other; other = other->retired)
    if (other != cd && other->body && !other->baseline) gather_cached(other);
  sort_attributes();
  std::vector<JJAttrSeen> used;
  for (auto from = attrs_.begin(); from != attrs_.end();) {
    const auto to = std::find_if(from, attrs_.end(), [&](const JJAttrSeen& a) { return a.pc != from->pc; });
    if (can_be_used(&*from, to - from)) used.insert(used.end(), from, to);
    from = to;
  }
  attrs_ = std::move(used);
  gather_supers(cd);
  gather_operators(cd->code);
  sort_attributes();
}

namespace {

SuperCache super_seen(Cache* c) {
  if (c->kind == JJ_CACHE_SUPER) return super_cache(c);
  if (c->kind != JJ_CACHE_METHOD || !attr_cache(c).super()) return {};
  const AttrEntry* entries = attr_cache(c).entry;
  return {entries[0].offset, entries[0].index != 0, entries[1].value, entries[0].value};
}

}  // namespace

// Functions that super() has found for objects of one class only.
void FeedbackData::gather_supers(CodeData* cd) {
  for (int n = 0; n < cd->compiled->ncaches; ++n) {
    const SuperCache super = super_seen(code_caches(cd) + n);
    const int32_t pc = cd->compiled->caches[n].index;
    if (!super.version || super.version > INT32_MAX || super.others || !is_current(super.version) ||
        !vm::is_function(super.method))
      continue;
    if (std::any_of(attrs_.begin(), attrs_.end(), [&](const JJAttrSeen& a) { return a.pc == pc; })) continue;
    JJAttrSeen seen{};
    seen.pc = pc, seen.how = JJ_ATTR_SUPER, seen.version = super.version, seen.builtin = -1;
    seen.object = super.method, seen.holder = super.after;
    attrs_.push_back(seen);
  }
}

// Calls of classes that have always led to the same native __init__.
void FeedbackData::gather_classes(CodeData* cd) {
  for (int n = 0; n < cd->compiled->ncaches; ++n) {
    Cache* c = code_caches(cd) + n;
    if (c->kind < JJ_CACHE_CALL) continue;
    const CallCache& call = call_cache(c);
    if (c->version && call.init_code && !call.other_inits)
      inits_.emplace_back(cd->compiled->caches[n].index, static_cast<uint32_t>(call.init_code));
  }
}

// Where an operator has met one class on its left, whose method is a Python function.
void FeedbackData::gather_operators(PyCodeObject* code) {
  std::vector<const OperatorSeen*> all;
  for (const CodeData* cd = vm::code_data(code); cd; cd = cd->retired)
    for (const OperatorSeen* seen = cd->operators; seen; seen = seen->next) all.push_back(seen);
  for (const OperatorSeen* seen : all) {
    const bool differs = std::any_of(all.begin(), all.end(), [&](const OperatorSeen* other) {
      const bool same =
          other->version == seen->version && other->other == seen->other && other->operation == seen->operation;
      return other->index == seen->index && (!same || other->others);
    });
    const bool known = std::any_of(attrs_.begin(), attrs_.end(), [&](const auto& a) { return a.pc == seen->index; });
    if (differs || known || !is_current(seen->version)) continue;
    JJAttrSeen row{};
    row.pc = seen->index, row.how = JJ_ATTR_OPERATOR, row.version = seen->version, row.object = seen->function;
    row.index = static_cast<uint16_t>(seen->operation);
    row.builtin = seen->other, row.fills = seen->right_first;
    attrs_.push_back(row);
  }
}

void FeedbackData::gather_own(CodeData* cd) {
  gather_sites(cd);
  gather_places(cd);
  gather_exits(cd);
  gather_attributes(cd);
  gather_classes(cd);
}

void FeedbackData::fill_view() {
  auto count = [](const auto& items) { return static_cast<int32_t>(items.size()); };
  view_ = {sites_.data(),
           count(sites_),
           places_.data(),
           count(places_),
           exits_.data(),
           count(exits_),
           attrs_.data(),
           count(attrs_),
           calls_.data(),
           count(calls_),
           callees_.data(),
           count(callees_),
           self_.code ? &self_ : nullptr};
}

}  // namespace jj::compiler
