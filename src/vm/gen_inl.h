// The fixed cost of every native resume, inline: finding the entry, linking the frame, telling how the run ended.
#pragma once
#include "runtime/compat/gens.h"
#include "vm/code_slot.h"
#include "vm/frame_inl.h"
#include "vm/generators.h"
#include "vm/run_inl.h"

namespace jj::vm {

// The interpreter's own slots.
extern sendfunc original_send;  // of all three types
// One step by the interpreter's own slot, however little C stack is left.
PySendResult send_interpreted(PyThreadState* ts, PyObject* gen, PyObject* arg, PyObject** result);

// Native code resumes a generator that may have no native code, but will where that happens often.
void count_interpreted_resume(PyGenObject* gen);

// One native step of an asend() object: a `yield` ends it with PYGEN_RETURN. False: nothing was done, the interpreter's
// slot has to do it.
bool step_async_gen(PyThreadState* ts, AsyncGenSend* step, PyObject* arg, PySendResult* outcome, PyObject** result);

// Where a generator goes on natively.
struct ResumePoint {
  Frame* fr;
  CodeData* cd;
  int index;
  ResumePlace place;
  int64_t consumer;  // see JJ_CONSUMER_SHIFT
};

inline int64_t consumer_word(Feeding* consumer) { return reinterpret_cast<int64_t>(consumer) << JJ_CONSUMER_SHIFT; }
inline Feeding* consumer_of(int64_t word) { return reinterpret_cast<Feeding*>(word >> JJ_CONSUMER_SHIFT); }

// No native code, no entry, tracing, no room: true when the cold path still found a way to go on natively.
bool find_entry_slowly(PyThreadState* ts, PyGenObject* gen, CodeData* cd, ResumePoint* at);

// True when `gen`, which waits, goes on natively.
[[gnu::always_inline]] inline bool find_entry(PyThreadState* ts, PyGenObject* gen, ResumePoint* at) {
  CodeData* cd = code_data(gen_code(gen));
  at->fr = gen_frame(gen);
  at->consumer = 0;
  if (!cd || !cd->body || !may_enter(ts, cd) || stack_low()) [[unlikely]]
    return find_entry_slowly(ts, gen, cd, at);
  at->cd = cd;
  at->index = resume_index(at->fr, cd->instr_base);
  if (!cd->places || at->index >= cd->ncode_units) [[unlikely]]
    return false;
  at->place = cd->places[at->index];
  return at->place.entry >= 0;
}

// `gen` is of this interpreter, waits, and takes `arg` without an error.
inline bool can_step(PyThreadState* ts, PyGenObject* gen, PyObject* arg) {
  return gen_waits(gen) && ts->interp == home_interpreter && (!arg || arg == Py_None || !gen_is_new(gen));
}

// A run that did not end at a suspension: the generator is finished, natively or by the interpreter.
PySendResult finish_run(PyThreadState* ts, PyGenObject* gen, Frame* fr, CodeData* cd, PyObject* value, PyObject* arg,
                        PyObject** result);

// Counts the first native run of a generator: the code to run now, of the same code object.
inline CodeData* count_start(Frame* fr, CodeData* cd) {
  ++cd->left;  // until it ends natively
  if (++cd->native_calls >= cd->call_limit) [[unlikely]]
    return look_at_call(fr, cd, nullptr);
  return cd;
}

// Runs the body of a generator whose frame is the current one and has what is sent on its stack.
inline PyObject* run_generator(PyThreadState* ts, Frame* fr, CodeData* cd, int64_t consumer, int entry) {
  if (entry == 0) cd = count_start(fr, cd);
  return cd->body(ts, fr, cd, consumer | entry);
}

// run_step for a generator in a `yield from` or `await`.
PySendResult run_delegating(PyThreadState* ts, PyGenObject* gen, CodeData* cd, ResumePlace place, PyObject* arg,
                            PyObject** result, int64_t consumer);

[[gnu::always_inline]] inline PySendResult run_step(PyThreadState* ts, PyGenObject* gen, const ResumePoint& at,
                                                    PyObject* arg, PyObject** result) {
  if (at.place.send >= 0) return run_delegating(ts, gen, at.cd, at.place, arg, result, at.consumer);
  gen_enter(ts, gen, at.fr, new_ref(arg ? arg : Py_None));
  PyObject* value = run_generator(ts, at.fr, at.cd, at.consumer, at.place.entry);
  if (run_suspended(gen, at.fr)) [[likely]] {
    *result = value;
    return PYGEN_NEXT;
  }
  return finish_run(ts, gen, at.fr, at.cd, value, arg, result);
}

// Where the generator, which waits and has the code `cd` (or null), goes on when a for loop asks for its next item; 0 or
// less: something is not as it usually is. With run_from a few dozen instructions of which each counts: what is unusual is
// somewhere else, and nothing but the generator and its code has to be kept across the run.
[[gnu::always_inline]] inline int32_t usual_entry(PyThreadState* ts, PyGenObject* gen, CodeData* cd) {
  if (!cd || !cd->body || !cd->places || !recursion_room(ts) || !is_quiet(ts, cd) || evaluated_elsewhere(ts) ||
      stack_low()) [[unlikely]]
    return 0;
  const int index = resume_index(gen_frame(gen), cd->instr_base);
  if (index >= cd->ncode_units) [[unlikely]]
    return 0;
  const ResumePlace place = cd->places[index];
  return place.send >= 0 ? 0 : place.entry;
}
[[gnu::always_inline]] inline PyObject* run_from(PyThreadState* ts, PyGenObject* gen, CodeData* cd, int32_t entry) {
  Frame* fr = gen_frame(gen);
  gen_enter(ts, gen, fr, new_ref(Py_None));
  return cd->body(ts, fr, cd, entry);
}

// The same for C code that resumes: nesting of C code counts, as when the interpreter runs the step.
inline bool can_step_from_c(PyThreadState* ts, PyGenObject* gen, PyObject* arg) {
  return can_step(ts, gen, arg) && c_recursion_allows(ts, kUnitsOfLoop);
}
[[gnu::always_inline]] inline PySendResult run_step_from_c(PyThreadState* ts, PyGenObject* gen, const ResumePoint& at,
                                                           PyObject* arg, PyObject** result) {
  c_recursion_give_back(ts, -kUnitsOfLoop);
  PySendResult outcome = run_step(ts, gen, at, arg, result);
  c_recursion_give_back(ts, kUnitsOfLoop);
  return outcome;
}

}  // namespace jj::vm
