// Samples the types of a frame's locals.
#include "runtime/feedback.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "runtime/signature.h"

namespace jj {
namespace {

SeenType describe(PyObject* value) {
  if (!value) return {SeenType::Null, 0, nullptr};
  PyTypeObject* type = Py_TYPE(value);
  if (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) return {SeenType::Version, type->tp_version_tag, nullptr};
  return {SeenType::Static, 0, type};
}

void add(SlotTypes& seen, SeenType type) {
  SeenType* end = seen.types + seen.count;
  if (seen.megamorphic || std::find(seen.types, end, type) != end) return;
  if (seen.count == kTypesPerSlot) {
    seen.megamorphic = true;
    return;
  }
  *end = type;
  ++seen.count;
}

SamplePoint* point_at(CodeData* cd, int index) {
  for (SamplePoint* p = cd->samples; p; p = p->next)
    if (p->index == index) return p;
  auto* slots = new (std::nothrow) SlotTypes[static_cast<size_t>(std::max(cd->nslots, 1))];
  auto* point = slots ? new (std::nothrow) SamplePoint{index, 0, slots, cd->samples} : nullptr;
  if (!point) {
    delete[] slots;
    return nullptr;
  }
  cd->samples = point;
  return point;
}

}  // namespace

void sample_types(Frame* fr, CodeData* cd, int index) {
  SamplePoint* point = point_at(cd, index);
  if (!point) return;
  ++point->samples;
  PyObject** slots = frame_slots(fr);
  for (int i = 0; i < cd->nslots; ++i) add(point->slots[i], describe(slots[i]));
}

void free_samples(CodeData* cd) {
  while (SamplePoint* point = cd->samples) {
    cd->samples = point->next;
    delete[] point->slots;
    delete point;
  }
}

}  // namespace jj

extern "C" void jj_sample(jj::Frame* fr, jj::CodeData* cd, int idx) { jj::sample_types(fr, cd, idx); }

JJ_CHECK_HELPER(jj_sample);
