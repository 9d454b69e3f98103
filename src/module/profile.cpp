// type_profile(): the sampled types of a function's locals, as Python objects.
#include "module/arguments.h"

#include <nanobind/stl/string.h>

#include "runtime/feedback.h"
#include "vm/code_slot.h"

namespace jj::module {
namespace {

std::string type_text(const SeenType& seen) {
  switch (seen.kind) {
    case SeenType::Null: return "unbound";
    case SeenType::Static: return seen.type->tp_name;
    default: return "class version " + std::to_string(seen.version);
  }
}

}  // namespace

nb::list type_profile(nb::handle func) {
  nb::list points;
  const CodeData* cd = vm::code_data(function_of(func));
  for (const SamplePoint* p = cd ? cd->samples : nullptr; p; p = p->next) {
    nb::list slots;
    for (int i = 0; i < cd->nslots; ++i) {
      nb::list types;
      for (int k = 0; k < p->slots[i].count; ++k) types.append(type_text(p->slots[i].types[k]));
      if (p->slots[i].megamorphic) types.append("more");
      slots.append(types);
    }
    nb::dict point;
    point["index"] = p->index;
    point["samples"] = p->samples;
    point["slots"] = slots;
    points.append(point);
  }
  return points;
}

}  // namespace jj::module
