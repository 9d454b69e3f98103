// Copies the feedback that crosses the C boundary.
#include "hir/facts.h"

#include <algorithm>

#include "hir/function.h"

namespace jj::hir {
namespace {

Seen copy(const JJTypes& types) {
  Seen seen;
  seen.types.assign(types.seen, types.seen + types.count);
  seen.megamorphic = types.megamorphic != 0;
  return seen;
}

}  // namespace

Result result_of_type(uint8_t type) {
  switch (type) {
    case JJ_TYPE_INT: return Result::Int;
    case JJ_TYPE_FLOAT: return Result::Float;
    case JJ_TYPE_BOOL: return Result::Cond;
    default: return Result::None;
  }
}

AttrRows rows_from(const Facts& facts, size_t first) {
  const auto begin = facts.attrs.begin() + static_cast<std::ptrdiff_t>(first);
  if (begin == facts.attrs.end()) return {};
  return {begin, std::find_if(begin, facts.attrs.end(), [&](const AttrSeen& row) { return row.pc != begin->pc; })};
}

AttrRows rows_at(const Facts& facts, int32_t pc) {
  const auto first =
      std::find_if(facts.attrs.begin(), facts.attrs.end(), [&](const AttrSeen& row) { return row.pc == pc; });
  return rows_from(facts, static_cast<size_t>(first - facts.attrs.begin()));
}

int32_t number_of(const Facts& facts, AttrRows rows) { return static_cast<int32_t>(rows.data() - facts.attrs.data()); }

void add_feedback(Facts& facts, const JJFeedback& feedback) {
  for (int32_t k = 0; k < feedback.nsites; k++)
    if (feedback.sites[k].pc < JJ_SITE_CALLEE)  // what is called there is among the callees, or nothing known
      facts.sites.push_back({feedback.sites[k].pc, copy(feedback.sites[k].types)});
  for (int32_t k = 0; k < feedback.nplaces; k++)
    for (int32_t slot = 0; slot < feedback.places[k].nslots; slot++)
      if (feedback.places[k].slots[slot].count)
        facts.slots.push_back({feedback.places[k].pc, slot, copy(feedback.places[k].slots[slot])});
  for (int32_t k = 0; k < feedback.nexits; k++)
    facts.exits.push_back({feedback.exits[k].pc, feedback.exits[k].kind, feedback.exits[k].count});
  for (int32_t k = 0; k < feedback.nattrs; k++) {
    const JJAttrSeen& seen = feedback.attrs[k];
    auto add = [&](const void* object) {
      if (!object) return -1;
      facts.objects.push_back(static_cast<int64_t>(reinterpret_cast<intptr_t>(object)));
      return static_cast<int32_t>(facts.objects.size()) - 1;
    };
    const int32_t object = add(seen.object), holder = add(seen.holder);
    facts.attrs.push_back({seen.pc, static_cast<JJAttrHow>(seen.how), static_cast<JJAttrLacks>(seen.lacks), seen.index,
                           seen.version, seen.offset, object, seen.builtin, seen.class_version, holder, seen.held_at,
                           seen.fills != 0});
  }
}

}  // namespace jj::hir
