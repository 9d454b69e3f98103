// Type feedback: which types values have while baseline runs, for the optimised tier.
//
// Samples look at the frame's slots at function entry and at loop heads, whenever a counter of CodeData passes its limit;
// records look at results of operations, in code that was compiled for it. No reference to a type is kept: a type that
// can go away is known by its version tag alone.
#pragma once
#include "runtime/abi.h"

namespace jj {

constexpr uint64_t kSampleCalls = 64;        // entries between samples
constexpr uint64_t kSampleBackedges = 1024;  // back-edges between samples

// What was seen at one place: the function's entry (index -1) or the loop head at code unit `index`.
struct SamplePoint {
  int32_t index;
  uint32_t samples;
  int32_t nslots;
  JJTypes* slots;  // fast locals, then the stack entries that are there
  SamplePoint* next;
};

JJSeen type_of_value(PyObject* value);  // may be null
void add_type(JJTypes& types, PyObject* value);

// Looks at the fast locals of a frame at `index`, and at a loop head's stack entries. Never raises; without memory it does nothing.
void sample_types(Frame* fr, CodeData* cd, int index);
// At a function's entry, now and then.
void sample_call(Frame* fr, CodeData* cd);
void free_samples(CodeData* cd);

}  // namespace jj
