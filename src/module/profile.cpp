// The sampled types of a function's locals, the recorded types of its results, and where it left: as Python objects.
#include "module/arguments.h"

#include <nanobind/stl/string.h>

#include "runtime/feedback.h"
#include "vm/code_slot.h"

namespace jj::module {
namespace {

std::string type_text(const JJSeen& seen) {
  static constexpr const char* kNames[] = {
#define TYPE_KIND(kind, text, name) name,
#include "core/types.def"
#undef TYPE_KIND
  };
  std::string name = kNames[seen.kind];
  return seen.kind == JJ_TYPE_BUILTIN || seen.kind == JJ_TYPE_HEAP ? name + " " + std::to_string(seen.id) : name;
}

nb::list type_texts(const JJTypes& types) {
  nb::list texts;
  for (int k = 0; k < types.count; ++k) texts.append(type_text(types.seen[k]));
  if (types.megamorphic) texts.append("more");
  return texts;
}

nb::dict point_dict(const CodeData* cd, const SamplePoint* p) {
  nb::list slots;
  for (int i = 0; i < cd->nslots; ++i) slots.append(type_texts(p->slots[i]));
  nb::dict point;
  point["index"] = p->index;
  point["samples"] = p->samples;
  point["slots"] = slots;
  return point;
}

}  // namespace

nb::list type_profile(nb::handle func) {
  nb::list points;
  for (const CodeData* cd = vm::code_data(function_of(func)); cd; cd = cd->retired)
    for (const SamplePoint* p = cd->samples; p; p = p->next) points.append(point_dict(cd, p));
  return points;
}

// What the Records of profiled code saw: a list of (code unit, types).
nb::list site_profile(nb::handle func) {
  nb::list sites;
  for (const CodeData* cd = vm::code_data(function_of(func)); cd; cd = cd->retired)
    for (int n = 0; cd->records && n < cd->compiled->nrecords; ++n)
      sites.append(nb::make_tuple(cd->compiled->records[n], type_texts(cd->records[n])));
  return sites;
}

// All native code of the function's code object, what calls enter first: (kind, calls, back-edges). Waits for nothing.
nb::list native_codes(nb::handle func) {
  nb::list codes;
  for (const CodeData* cd = vm::code_data(function_of(func)); cd; cd = cd->retired)
    if (cd->body)
      codes.append(nb::make_tuple(cd->baseline   ? "optimised"
                                  : cd->profiled ? "profiled"
                                                 : "baseline",
                                  cd->native_calls, cd->backedges));
  return codes;
}

// Of optimised code that leaves at random, one list for each time that the function was compiled: for every place where
// it can leave the code unit, the reason, whether the place was reached and whether it was left at.
nb::list exit_sites(nb::handle func) {
  nb::list codes;
  for (const CodeData* cd = vm::code_data(function_of(func)); cd; cd = cd->retired) {
    if (!cd->exits_taken) continue;
    nb::list sites;
    for (int s = 0; s < cd->compiled->nstates; ++s) {
      const JJState& state = cd->states[s];
      if (state.exit_kind == JJ_EXIT_NONE || state.resume < 0) continue;
      const uint64_t bits = cd->exits_taken[s / 32] >> (2 * (s % 32));
      sites.append(nb::make_tuple(state.index, exit_reason_name(kGuardReasons + state.exit_kind), (bits & 1) != 0,
                                  (bits & 2) != 0));
    }
    codes.append(sites);
  }
  return codes;
}

}  // namespace jj::module
