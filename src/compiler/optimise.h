// When native code is replaced by better code, and when that is taken back.
#pragma once
#include "compiler/compile.h"

namespace jj::compiler {

// A function's way: baseline code; profiled baseline code for a while; then optimised code. Optimised code that exits often
// makes way for baseline code again, to be profiled and optimised once more, a few times at most.
//
// Baseline code is profiled when optimised code would by now have saved what it takes to make it: more than that can never
// be lost, whatever the function does next (docs/performance.md has the figures behind the estimate).
struct TierLimits {
  int max_tier = 2;
  bool everything = false;                             // is optimised, whether or not it pays (testing)
  uint64_t first = 0;                                  // then: calls or back-edges before code is profiled
  uint64_t learn_calls = 200, learn_backedges = 2048;  // of profiled code, before it is optimised
  uint32_t exits = 32;                                 // that one round of optimised code may take
  uint8_t rounds = 4;
};
extern TierLimits tier_limits;

// Everything happens after `threshold` calls or back-edges each (testing); 0: the defaults.
void set_tier_threshold(uint64_t threshold);
// Optimised code compiled from now on leaves at random (testing); 0: off.
void set_deopt_stress(uint64_t seed);
void read_tier_environment();  // JUSTJIT_TIER, JUSTJIT_TIER_THRESHOLD, JUSTJIT_DEOPT_STRESS

// Baseline code is compiled with profiling from the start.
bool profile_at_once();
// What was made to replace `from` is published; null: it could not be made.
void code_risen(CodeData* from, CodeData* better);
// Baseline code has lost its trial. Whether it is not to be judged yet, because better code is being made, or will be now.
bool optimised_sooner(CodeData* cd);
bool gains_little(const CodeData* cd);  // baseline code that is to be optimised only once little pays
// New code begins to count towards its next tier.
void start_counting(CodeData* cd);

}  // namespace jj::compiler
