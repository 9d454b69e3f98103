// Hot native code is tried against the interpreter, and given back to it where
// it does not win.
#pragma once
#include "runtime/abi.h"

namespace jj::compiler {

constexpr uint64_t kTrialAfterCalls = 3000;  // of the code on trial

// After how many calls code is tried; 0: never. `handicap_ns` is waited within
// every native call of a trial, or, if it is negative, within every interpreted
// one; `inline_ns` is added to what the interpreter saves where it runs calls
// inline (testing).
void set_trials(uint64_t after_calls, int64_t handicap_ns, int64_t inline_ns);
void read_trial_environment();  // JUSTJIT_GIVE_BACK

void forget_trial(CodeData* cd);  // it is being freed

}  // namespace jj::compiler

// A call of `func` (null: not known) in `cd` is being looked at.
extern "C" void jj_consider_trial(PyFunctionObject* func, jj::CodeData* cd);
