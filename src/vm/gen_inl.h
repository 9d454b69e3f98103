// The fixed cost of every native resume, inline: finding the entry, linking the frame, telling how the run ended.
#pragma once
#include "runtime/compat/gens.h"
#include "runtime/feedback.h"
#include "vm/code_slot.h"
#include "vm/frame_inl.h"
#include "vm/generators.h"

namespace jj::vm {

// The interpreter's own slots.
extern sendfunc original_send;                // of all three types
extern PyInterpreterState* home_interpreter;  // whose code objects may have native code
// One step by the interpreter's own slot, however little C stack is left.
PySendResult send_interpreted(PyThreadState* ts, PyObject* gen, PyObject* arg, PyObject** result);

// One native step of an asend() object: a `yield` ends it with PYGEN_RETURN. False: nothing was done, the interpreter's
// slot has to do it.
bool step_async_gen(PyThreadState* ts, AsyncGenSend* step, PyObject* arg, PySendResult* outcome, PyObject** result);

constexpr int kUnitsOfStep = 2;  // C-recursion units (3.12+) of one interpreter loop

// Where a generator goes on natively.
struct ResumePoint {
  Frame* fr;
  CodeData* cd;
  int entry;
};

// No native code, no entry, tracing, no room: true when the cold path still found a way to go on natively.
bool find_entry_slowly(PyThreadState* ts, PyGenObject* gen, CodeData* cd, ResumePoint* at);

// True when `gen`, which waits, goes on natively.
inline bool find_entry(PyThreadState* ts, PyGenObject* gen, ResumePoint* at) {
  CodeData* cd = code_data(gen_code(gen));
  at->fr = gen_frame(gen);
  if (!cd || !cd->body || !may_enter(ts, cd) || stack_low()) [[unlikely]]
    return find_entry_slowly(ts, gen, cd, at);
  at->cd = cd;
  int index = resume_index(at->fr, cd->instr_base);
  at->entry = cd->entry_of && index < cd->ncode_units ? cd->entry_of[index] : -1;
  return at->entry >= 0;
}

// `gen` is of this interpreter, waits, and takes `arg` without an error.
inline bool can_step(PyThreadState* ts, PyGenObject* gen, PyObject* arg) {
  return gen_waits(gen) && ts->interp == home_interpreter && (!arg || arg == Py_None || !gen_is_new(gen));
}

// A run that did not end at a suspension: the generator is finished, natively or by the interpreter.
PySendResult finish_run(PyThreadState* ts, PyGenObject* gen, const ResumePoint& at, PyObject* value, PyObject* arg,
                        PyObject** result);

inline PySendResult run_step(PyThreadState* ts, PyGenObject* gen, const ResumePoint& at, PyObject* arg,
                             PyObject** result) {
  CodeData* cd = at.cd;
  gen_enter(ts, gen, at.fr, new_ref(arg ? arg : Py_None));
  if (at.entry == 0) {
    ++cd->left;  // until it ends natively
    if (++cd->native_calls % kSampleCalls == 1) [[unlikely]]
      sample_types(at.fr, cd, -1);
  }
  PyObject* value = cd->body(ts, at.fr, cd, at.entry);
  if (run_suspended(gen, at.fr)) [[likely]] {
    *result = value;
    return PYGEN_NEXT;
  }
  return finish_run(ts, gen, at, value, arg, result);
}

// The same for C code that resumes: nesting of C code counts, as when the interpreter runs the step.
inline bool can_step_from_c(PyThreadState* ts, PyGenObject* gen, PyObject* arg) {
  return can_step(ts, gen, arg) && c_recursion_allows(ts, kUnitsOfStep);
}
inline PySendResult run_step_from_c(PyThreadState* ts, PyGenObject* gen, const ResumePoint& at, PyObject* arg,
                                    PyObject** result) {
  c_recursion_give_back(ts, -kUnitsOfStep);
  PySendResult outcome = run_step(ts, gen, at, arg, result);
  c_recursion_give_back(ts, kUnitsOfStep);
  return outcome;
}

}  // namespace jj::vm
