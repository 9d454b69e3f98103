// Generators and coroutines that are resumed through C: by native code, or by the interpreter. It resumes within its own
// loop what its for loops iterate (3.12+), and what those generators delegate to, and is quicker where little happens
// between two suspensions.
#pragma once
#include "runtime/abi.h"

namespace jj::vm {

enum ResumedBy : uint8_t { kNotJudged, kByNative, kByInterpreter };

// Who asks for a resume: an interpreted for loop that could do it itself, or anybody else: C code, send(), next().
enum class Resumer : uint8_t { Loop, Other };

// CodeData::resumed_by has the verdict on each.
inline int verdict_shift(Resumer who) { return who == Resumer::Loop ? 0 : 4; }
inline ResumedBy resumed_by(const CodeData* cd, Resumer who) {
  return static_cast<ResumedBy>(cd->resumed_by >> verdict_shift(who) & 15);
}

// How many resumes of a generator's code pass before some of either kind are timed; 0: never. `handicap_ns` is waited
// within every timed native resume, or, if it is negative, within every interpreted one (testing).
void set_loop_trials(uint64_t after_resumes, int64_t handicap_ns);

// One resume of code on which the verdict is not `kByNative`.
struct JudgedResume {
  bool interpreted = false, timed = false;
  uint64_t begin = 0;
};
JudgedResume begin_resume(CodeData* cd, Resumer who);
void end_resume(const JudgedResume& resume, CodeData* cd);  // of a timed one; null: its code is gone

void forget_loop_trial(CodeData* cd);  // it is being freed

}  // namespace jj::vm
