// Copies the feedback that crosses the C boundary.
#include "hir/facts.h"

namespace jj::hir {
namespace {

Seen copy(const JJTypes& types) {
  Seen seen;
  seen.types.assign(types.seen, types.seen + types.count);
  seen.megamorphic = types.megamorphic != 0;
  return seen;
}

}  // namespace

void add_feedback(Facts& facts, const JJFeedback& feedback) {
  for (int32_t k = 0; k < feedback.nsites; k++)
    facts.sites.push_back({feedback.sites[k].pc, copy(feedback.sites[k].types)});
  for (int32_t k = 0; k < feedback.nplaces; k++)
    for (int32_t slot = 0; slot < feedback.places[k].nslots; slot++)
      if (feedback.places[k].slots[slot].count)
        facts.slots.push_back({feedback.places[k].pc, slot, copy(feedback.places[k].slots[slot])});
  for (int32_t k = 0; k < feedback.nexits; k++)
    facts.exits.push_back({feedback.exits[k].pc, feedback.exits[k].kind, feedback.exits[k].count});
  for (int32_t k = 0; k < feedback.nattrs; k++) {
    const JJAttrSeen& seen = feedback.attrs[k];
    int32_t object = -1;
    if (seen.object) {
      object = static_cast<int32_t>(facts.objects.size());
      facts.objects.push_back(static_cast<int64_t>(reinterpret_cast<intptr_t>(seen.object)));
    }
    facts.attrs.push_back({seen.pc, static_cast<JJAttrHow>(seen.how), static_cast<JJAttrLacks>(seen.lacks), seen.index,
                           seen.version, seen.offset, object, seen.builtin});
  }
}

}  // namespace jj::hir
