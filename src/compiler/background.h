// The compile thread. It never takes the GIL: whoever next asks for a function's code publishes what is finished.
#pragma once
#include <memory>

#include "compiler/job.h"

namespace jj::compiler {

void set_background(bool on);
void read_background_environment();  // JUSTJIT_BACKGROUND
bool in_background();

// Everything below needs the GIL.
// Compiles later. False when there is no thread: the job is the caller's still.
bool hand_over(std::unique_ptr<Job>& job);
bool is_pending(PyCodeObject* code);
void collect();                           // publishes what is finished
void finish_pending(PyCodeObject* code);  // waits for this code's job, if there is one, and publishes
void forget_job(PyCodeObject* code);      // it is going away

}  // namespace jj::compiler
