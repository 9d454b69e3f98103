// Functions that win little by themselves are tried together: all of them interpreted against all of them native.
//
// A trial of one function compares the two while the functions around it are native, and calls between native and
// interpreted code are dear. Where a program's time is spread over many functions that do little but call each other and
// the runtime, each of them seems to win, although all of them would be quicker in the interpreter, whose code is smaller.
// So one of them is timed, with all that it calls, while the group is native and while it is paused: nobody enters its
// native code. Where the interpreter wins, it gets all of the group that was called meanwhile.
#pragma once
#include <string>

#include "runtime/abi.h"

namespace jj::compiler {

constexpr uint8_t kMostLed = 4;  // trials that one function leads

// Native calls of `cd` take so long, interpreted ones so long. Whether it wins so little, and takes long enough, to lead a
// trial.
bool join_group(CodeData* cd, double native_ns, double interpreted_ns);

bool begin_group_trial(CodeData* leader);  // false: not now, another goes on
bool leads_group_trial(const CodeData* cd);
void pause_group();
void resume_group();
void time_group(bool running);  // a call that the leader's trial times begins, or is over
bool group_is_timed();
void end_group_trial();  // the group is native
// The same for those that were not called; the others are interpreted. False: not yet, some are about to be optimised.
bool give_group_back(const std::string& reason);
void end_trial_led_by(const CodeData* leader);
void forget_member(const PyCodeObject* code);  // it is being freed

// How long a call takes at least (nanoseconds) that leads a trial, and what is waited within every native call of one, or,
// if that is negative, within every interpreted one (testing).
void set_group_trials(double least_ns, int64_t handicap_ns);
int64_t group_handicap_ns();

}  // namespace jj::compiler

// A function was called, or made, whose native code is paused. If its leader is being timed it is the interpreter's from
// now on until that is over; its entry stays else, and its calls are interpreted.
extern "C" void jj_set_aside(PyFunctionObject* func, jj::CodeData* paused);
