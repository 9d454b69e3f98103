// Generators that interpreted loops resume: by native code, or by the interpreter, which does so within its own loop
// (3.12+) and is quicker where little happens between two items.
#pragma once
#include "runtime/abi.h"

namespace jj::vm {

// CodeData::resumed_by
enum ResumedBy : uint8_t { kNotJudged, kByNative, kByLoops };

// How many resumes of a generator's code pass before two dozen of either kind are timed; 0: never. `handicap_ns` is waited
// within every timed native resume, or, if it is negative, within every interpreted one (testing).
void set_loop_trials(uint64_t after_resumes, int64_t handicap_ns);

// One resume of code that is not `kByNative`.
struct JudgedResume {
  bool interpreted = false, timed = false;
  uint64_t begin = 0;
};
JudgedResume begin_resume(PyThreadState* ts, CodeData* cd);
void end_resume(const JudgedResume& resume, CodeData* cd);  // of a timed one; null: its code is gone

void forget_loop_trial(CodeData* cd);  // it is being freed

}  // namespace jj::vm
