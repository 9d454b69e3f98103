// The pass `unbox`: which classes an object can be of, where feedback has met up to four of them.
//
// What a guard made sure of an object's class holds until other code runs, which alone could change the class.
#include <algorithm>

#include "passes/passes.h"
#include "passes/unboxer.h"

namespace jj::passes {

using hir::AttrRows;
using hir::AttrSeen;
using hir::Instr;
using hir::Op;
using hir::ValueId;

namespace {

// In Content::version: not one version, but those of the rows of Facts::attrs that begin at this number.
constexpr uint32_t kClassSet = 1U << 31;

std::vector<uint32_t> versions_of(AttrRows rows) {
  std::vector<uint32_t> versions;
  for (const AttrSeen& row : rows) versions.push_back(row.version);
  std::sort(versions.begin(), versions.end());
  return versions;
}

bool includes(const std::vector<uint32_t>& all, const std::vector<uint32_t>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

// Whether code for both classes can be the same, but for where the instance has it and the proof that it does not.
bool alike(const hir::Facts& facts, const AttrSeen& a, const AttrSeen& b) {
  auto same_object = [&](int32_t x, int32_t y) {
    return x < 0 || y < 0 ? x == y : facts.objects[static_cast<size_t>(x)] == facts.objects[static_cast<size_t>(y)];
  };
  for (const AttrSeen* row : {&a, &b})
    if (row->how == JJ_ATTR_PART || row->how == JJ_ATTR_FIELD) return false;
  if (a.object < 0 && b.object < 0) return true;
  return a.how == b.how && a.builtin == b.builtin && a.class_version == b.class_version &&
         same_object(a.object, b.object) && same_object(a.holder, b.holder) && a.held_at == b.held_at &&
         (a.lacks == JJ_LACKS_LOOKUP) == (b.lacks == JJ_LACKS_LOOKUP);
}

// The same classes are always named by the first rows that have them.
uint32_t name_of(const hir::Facts& facts, AttrRows rows) {
  if (rows.size() == 1) return rows[0].version;
  const std::vector<uint32_t> wanted = versions_of(rows);
  for (size_t k = 0; k < facts.attrs.size();) {
    const AttrRows other = hir::rows_from(facts, k);
    if (other.size() > 1 && versions_of(other) == wanted) return kClassSet | static_cast<uint32_t>(k);
    k += other.size();
  }
  return 0;
}

std::vector<uint32_t> versions_named(const hir::Facts& facts, uint32_t name) {
  if (!name) return {};
  return name & kClassSet ? versions_of(hir::rows_from(facts, name & ~kClassSet)) : std::vector<uint32_t>{name};
}

}  // namespace

uint32_t Unboxer::known_classes(const Value& v) const {
  if (v.place >= 0) return contents_[v.place].version;
  const auto known = versions_.find(v.id);
  return known == versions_.end() ? 0 : known->second;
}

// Rows that can be used for the object: those of all classes that were met there, or that of the class that it is known to have.
AttrRows Unboxer::classes_at(int32_t site, const Value& o) const {
  const AttrRows rows = hir::rows_at(in_.facts, site);
  if (rows.size() <= 1) return rows;
  const std::vector<uint32_t> known = versions_named(in_.facts, known_classes(o));
  for (size_t k = 0; k < rows.size(); k++) {
    if (known.size() == 1 && rows[k].version == known[0]) return rows.subspan(k, 1);
    if (known.size() != 1 && !alike(in_.facts, rows[0], rows[k])) return {};
  }
  return known.size() == 1 ? AttrRows{} : rows;
}
AttrRows Unboxer::classes_at(const Instr& i, const Value& o) const {
  return classes_at(i.site >= 0 ? i.site : i.pc, o);
}

// The only row; of super() and the like, which know no others.
const AttrSeen* Unboxer::attribute_of(const Instr& i) const {
  const AttrRows rows = classes_at(i, {});
  return rows.empty() ? nullptr : rows.data();
}

// Where objects of other classes made code leave that knew fewer, it may be tried once more for each.
bool Unboxer::can_guard(const Value& v, size_t classes) const {
  if (v.form != Value::Object || v.known.type == JJ_TYPE_NULL) return false;
  if (may_exit()) return true;
  return exits_ok_ && classes > 1 && !has_exited(pc_, JJ_EXIT_TYPE) &&
         exits_at(pc_, JJ_EXIT_TYPE, /*only=*/true) < kExitsOfOneRound * classes;
}

// `wanted`: as Content::version has it.
void Unboxer::guard_classes(const Value& v, uint32_t wanted) {
  if (known_classes(v) == wanted) return;
  if (wanted & kClassSet) {
    const auto first = static_cast<int32_t>(wanted & ~kClassSet);
    const AttrRows rows = hir::rows_from(in_.facts, static_cast<size_t>(first));
    emit_exit(Op::GuardVersions, JJ_EXIT_TYPE, {first, static_cast<int32_t>(rows.size())}, {v.id});
  } else {
    emit_exit(Op::GuardVersion, JJ_EXIT_TYPE, {static_cast<int32_t>(wanted)}, {v.id});
  }
  (v.place >= 0 ? contents_[v.place].version : versions_[v.id]) = wanted;
}

// Of a copy for objects of one class (split_classes): whether it is that of this one, and that it is, as far as it is worth it.
bool Unboxer::has_version(const Instr& i) {
  const uint32_t known = known_classes(values_[i.args[0]]);
  if (!known || known & kClassSet) return false;
  define_number(i, Kind::Bool, emit(Op::CondConst, {known == static_cast<uint32_t>(i.imm[0])}));
  return true;
}

void Unboxer::expect_version(const Instr& i) {
  const Value& v = values_[i.args[0]];
  const uint32_t known = known_classes(v);
  const bool open = !known || known & kClassSet;
  if (open && can_guard(v, JJ_MOST_CLASSES)) guard_classes(v, static_cast<uint32_t>(i.imm[0]));
}

void Unboxer::guard_class(const Value& v, AttrRows rows) {
  const std::vector<uint32_t> known = versions_named(in_.facts, known_classes(v));
  if (known.empty() || !includes(versions_of(rows), known)) guard_classes(v, name_of(in_.facts, rows));
}

// That the instance itself does not have the attribute.
void Unboxer::guard_lacks(AttrRows rows, const Instr& i, ValueId object) {
  const AttrSeen& seen = rows[0];
  if (seen.lacks == JJ_LACKS_LOOKUP) {
    emit_exit(Op::GuardAbsent, JJ_EXIT_TYPE, {i.imm[0], i.imm[1]}, {object});
  } else if (rows.size() > 1) {
    const bool any =
        std::any_of(rows.begin(), rows.end(), [](const AttrSeen& row) { return row.lacks == JJ_LACKS_KEYS; });
    const auto count = static_cast<int32_t>(rows.size());
    if (any) emit_exit(Op::GuardLacksOf, JJ_EXIT_TYPE, {hir::number_of(in_.facts, rows), count}, {object});
  } else if (seen.lacks == JJ_LACKS_KEYS) {
    emit_exit(Op::GuardLacks, JJ_EXIT_TYPE, {seen.index, seen.offset}, {object});
  }
}

// Whether instances of all of them have the attribute at the same place.
bool Unboxer::at_one_place(AttrRows rows) const {
  const AttrSeen& a = rows[0];
  return std::all_of(rows.begin(), rows.end(), [&](const AttrSeen& b) {
    return a.how == b.how && (a.index == b.index || a.how == JJ_ATTR_SLOT) && a.offset == b.offset;
  });
}

void Unboxer::forget_versions() {
  for (Content& c : contents_) c.version = 0, c.headed = false;
  versions_.clear();
  filled_.clear();
}

}  // namespace jj::passes
