// Native runs of generators: suspending, finishing as the interpreter does, and the steps that native code asks for.
#include "vm/generators.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/signature.h"
#include "vm/entry.h"
#include "vm/gen_inl.h"
#include "vm/internal.h"
#include "vm/traced_calls.h"

extern "C" void jj_interpreted_resume(PyCodeObject* code);  // by whoever decides what becomes native

namespace jj::vm {

FirstResume first_resume = nullptr;
PyInterpreterState* home_interpreter = nullptr;

ResumePlace* make_resume_places(const CodeData* cd) {
  auto units = static_cast<size_t>(cd->ncode_units) + 1;
  auto* places = static_cast<ResumePlace*>(std::malloc(sizeof(ResumePlace) * units));
  if (!places) return nullptr;
  std::fill_n(places, units, ResumePlace{-1, -1, kHasBlocks});
  for (int k = cd->nentries; k-- > 0;) {
    ResumePlace& place = places[cd->entries[k].index];
    place.entry = k;
    const JJState* yield = kHasBlocks && k > 0 ? state_at(cd, cd->entries[k].index - 1) : nullptr;
    if (yield && yield->region < 0) place.in_blocks = false;
  }
  return places;
}

bool find_entry_slowly(PyThreadState* ts, PyGenObject* gen, CodeData* cd, ResumePoint* at) {
  if (!cd || !cd->body) {
    if (!first_resume || !gen_is_new(gen)) return false;
    cd = first_resume(gen_code(gen));
    return cd && cd->body && find_entry(ts, gen, at);
  }
  if (gen_is_new(gen)) {
    if (recursion_room(ts)) ++fallback_calls;
    if (is_traced(ts, cd)) ++traced_calls;
  }
  return false;
}

namespace {

#if PY_VERSION_HEX < 0x030C0000
// What a generator must not raise becomes a RuntimeError; later versions do this in the bytecode.
void convert_stop(int flags) {
  const char* kind = flags & CO_ASYNC_GENERATOR ? "async generator" : flags & CO_COROUTINE ? "coroutine" : "generator";
  if (PyErr_ExceptionMatches(PyExc_StopIteration))
    _PyErr_FormatFromCause(PyExc_RuntimeError, "%s raised StopIteration", kind);
  else if ((flags & CO_ASYNC_GENERATOR) && PyErr_ExceptionMatches(PyExc_StopAsyncIteration))
    _PyErr_FormatFromCause(PyExc_RuntimeError, "%s raised StopAsyncIteration", kind);
}
#else
void convert_stop(int) {}
#endif

#if PY_VERSION_HEX < 0x030B0000

void end_native_run(PyThreadState* ts, PyGenObject* gen, Frame* fr, int) {
  fr->f_stackdepth = 0;
  fr->f_state = exception_pending(ts) ? FRAME_RAISED : FRAME_RETURNED;
  gen_leave(ts, gen, fr);
  gen_unlink(fr);
}
void release_generator(PyGenObject* gen, Frame* fr) {
  _PyErr_ClearExcState(&gen->gi_exc_state);
  fr->f_gen = nullptr;
  gen->gi_frame = nullptr;
  Py_DECREF(fr);
}

#else

// Releases what the frame owns; the code object as well on 3.11, where the generator has a reference of its own.
void release_frame(Frame* fr, int count) {
#if PY_VERSION_HEX >= 0x030C0000
  PyCodeObject* code = frame_code(fr);
  Py_INCREF(code);  // for a frame object that takes over
#endif
  if (!fr->frame_obj || !outlived_by_object(fr, count)) {
    release_slots(fr, count);
    frame_release_specials(fr);
  }
}

#if PY_VERSION_HEX < 0x030C0000
void end_native_run(PyThreadState* ts, PyGenObject* gen, Frame* fr, int nslots) {
  fr->stacktop = nslots;
  gen->gi_frame_state = FRAME_COMPLETED;
  gen_leave(ts, gen, fr);
  gen_unlink(fr);
}
void release_generator(PyGenObject* gen, Frame* fr) {
  _PyErr_ClearExcState(&gen->gi_exc_state);
  gen->gi_frame_state = FRAME_CLEARED;
  release_frame(fr, fr->stacktop);
}
#else
void end_native_run(PyThreadState* ts, PyGenObject* gen, Frame* fr, int nslots) {
  gen->gi_frame_state = FRAME_CLEARED;
  gen_leave(ts, gen, fr);
  release_frame(fr, nslots);
  gen_unlink(fr);
}
void release_generator(PyGenObject* gen, Frame*) { _PyErr_ClearExcState(&gen->gi_exc_state); }
#endif

#endif

}  // namespace

PySendResult finish_run(PyThreadState* ts, PyGenObject* gen, Frame* fr, CodeData* cd, PyObject* value, PyObject* arg,
                        PyObject** result) {
  int flags = cd->flags;
  if (run_goes_on(gen, fr)) {
    if (forced_exits_on) forget_frame(fr);
    --cd->left;
    end_native_run(ts, gen, fr, cd->nslots);
  }
  if (!value) convert_stop(flags);
  if (value == Py_None && !arg && !(flags & CO_ASYNC_GENERATOR)) Py_CLEAR(value);
  release_generator(gen, fr);
  *result = value;
  return value ? PYGEN_RETURN : PYGEN_ERROR;
}

void count_interpreted_resume(PyGenObject* gen) {
  if (!gen_waits(gen)) return;
  PyCodeObject* code = gen_code(gen);
  const CodeData* cd = code_data(code);
  if (!cd || !cd->body) jj_interpreted_resume(code);
}

// Native code steps a generator that only the interpreter can step: nesting costs C-recursion units (3.12+) that the
// interpreter would not have spent.
[[gnu::noinline]] static PySendResult interpret_step(PyThreadState* ts, PyObject* gen, PyObject* arg,
                                                     PyObject** result) {
  count_interpreted_resume(reinterpret_cast<PyGenObject*>(gen));
  c_recursion_give_back(ts, kUnitsOfLoop);
  PySendResult outcome = send_interpreted(ts, gen, arg, result);
  c_recursion_give_back(ts, -kUnitsOfLoop);
  return outcome;
}

PySendResult resume_generator(PyThreadState* ts, PyObject* self, PyObject* arg, PyObject** result, Feeding* feeding) {
  auto* gen = reinterpret_cast<PyGenObject*>(self);
  ResumePoint at;
  if (!can_step(ts, gen, arg) || !find_entry(ts, gen, &at)) [[unlikely]]
    return interpret_step(ts, self, arg, result);
  at.consumer = consumer_word(feeding);
  return run_step(ts, gen, at, arg, result);
}

namespace {

// What a step of a for loop is that has not simply led to the next item.
PyObject* item_of(PyThreadState* ts, PySendResult outcome, PyObject* value) {
  if (outcome == PYGEN_NEXT) return value;
  if (outcome == PYGEN_RETURN) Py_XDECREF(value);
  return outcome == PYGEN_ERROR && exception_pending(ts) ? kIterationFailed : nullptr;
}
[[gnu::noinline]] PyObject* next_slowly(PyThreadState* ts, PyGenObject* gen) {
  PyObject* value = nullptr;
  const PySendResult outcome = resume_generator(ts, reinterpret_cast<PyObject*>(gen), nullptr, &value);
  return item_of(ts, outcome, value);
}
[[gnu::noinline]] PyObject* end_iteration(PyGenObject* gen, CodeData* cd, PyObject* value) {
  PyThreadState* ts = thread_state();
  PyObject* returned = nullptr;
  const PySendResult outcome = finish_run(ts, gen, gen_frame(gen), cd, value, nullptr, &returned);
  return item_of(ts, outcome, returned);
}

}  // namespace

PyObject* item_of_run(PyObject* self, CodeData* cd, PyObject* value) {
  auto* gen = reinterpret_cast<PyGenObject*>(self);
  return run_suspended(gen, gen_frame(gen)) ? value : end_iteration(gen, cd, value);
}

PyObject* generator_item(PyThreadState* ts, PyObject* self) {
  auto* gen = reinterpret_cast<PyGenObject*>(self);
  CodeData* cd = gen_waits(gen) ? code_data(gen_code(gen)) : nullptr;
  const int32_t entry = usual_entry(ts, gen, cd);
  if (entry <= 0) return next_slowly(ts, gen);
  return item_of_run(self, cd, run_from(ts, gen, cd, entry));
}

bool watched(const Feeding& feeding) {
  for (const Passer* passer = feeding.passers; passer; passer = passer->outer)
    if (is_traced(feeding.ts, passer->cd)) return true;
  return false;
}

// Nests as C code that resumes does.
PySendResult feed_generator(PyThreadState* ts, PyObject* self, Feeding* consumer, PyObject** result) {
  auto* gen = reinterpret_cast<PyGenObject*>(self);
  ResumePoint at;
  if (!can_step_from_c(ts, gen, nullptr) || !find_entry(ts, gen, &at)) [[unlikely]]
    return send_interpreted(ts, self, nullptr, result);
  at.consumer = consumer_word(consumer);
  return run_step_from_c(ts, gen, at, nullptr, result);
}

}  // namespace jj::vm

using namespace jj;

// Where somebody watches, or more has to be kept than where the code goes on.
[[gnu::noinline]] static PyObject* suspend_slowly(PyThreadState* ts, Frame* fr, CodeData* cd, PyObject* value,
                                                  uint32_t site, int32_t depth) {
  PyGenObject* gen = running_generator(fr);
  bool delegating = site & 1;
  if (vm::is_traced(ts, cd)) [[unlikely]]
    return vm::suspend_traced(ts, fr, cd, value, {site_index(site), depth, delegating});
  if (vm::forced_exits_on) [[unlikely]]
    vm::forget_frame(fr);
  if (delegating) cd->places[site_index(site)].send = get_ip(fr);
  vm::suspend_blocks(fr, cd, site_index(site), delegating);
  gen_leave(ts, gen, fr);
  gen_unlink(fr);
  gen_set_suspended(gen, fr, cd->instr_base, cd->nslots, site_index(site), depth, delegating);
  return value;
}

extern "C" PyObject* jj_suspend(PyThreadState* ts, Frame* fr, CodeData* cd, PyObject* value, uint32_t site,
                                int32_t depth) {
  const bool in_blocks = vm::kHasBlocks && (!cd->places || cd->places[site_index(site)].in_blocks);
  if (in_blocks || site & 1 || vm::forced_exits_on || !vm::is_quiet(ts, cd)) [[unlikely]]
    return suspend_slowly(ts, fr, cd, value, site, depth);
  PyGenObject* gen = running_generator(fr);
  gen_leave(ts, gen, fr);
  gen_unlink(fr);
  vm::forget_blocks(fr);
  gen_set_suspended(gen, fr, cd->instr_base, cd->nslots, site_index(site), depth, false);
  return value;
}

JJ_CHECK_HELPER(jj_suspend);
