// Type feedback: which types the frame's slots hold at function entry and at loop back-edges, sampled while baseline runs.
//
// Inline caches already remember receivers of attributes, methods and calls. What an optimiser cannot see there is the
// types of locals and operands; they are looked at every kSampleEvery back-edges and kSampleCalls entries, which costs
// nothing in between. No reference to a type is kept: a type that can go away is known by its version tag alone.
#pragma once
#include "runtime/abi.h"

namespace jj {

constexpr int kSampleCalls = 64;  // entries between samples; back-edges: lower/emitter.cpp, kSampleEvery
constexpr int kTypesPerSlot = 4;  // more than four: megamorphic

// One type: a static type by address, a heap type by version tag, unbound slots as Null.
struct SeenType {
  enum Kind : uint32_t { Null, Static, Version } kind;
  uint32_t version;    // Version
  PyTypeObject* type;  // Static
  bool operator==(const SeenType&) const = default;
};

struct SlotTypes {
  uint8_t count = 0;
  bool megamorphic = false;
  SeenType types[kTypesPerSlot] = {};
};

// What was seen at one place: the function's entry (index -1) or the back-edge at code unit `index`.
struct SamplePoint {
  int32_t index;
  uint32_t samples;
  SlotTypes* slots;  // one per fast local
  SamplePoint* next;
};

// Looks at the fast locals of a frame at `index`. Never raises; without memory it does nothing.
void sample_types(Frame* fr, CodeData* cd, int index);
void free_samples(CodeData* cd);

}  // namespace jj

extern "C" void jj_sample(jj::Frame* fr, jj::CodeData* cd, int idx);
