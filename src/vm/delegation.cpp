// Chains of `yield from` and `await`: the innermost native generator is resumed directly.
//
// A generator that delegates does nothing when it is resumed but resume its receiver, and yields what that yields. So its
// frame is linked, as it is seen by whoever looks, but its native code runs only when the receiver has returned or raised.
#include "vm/gen_inl.h"
#include "vm/internal.h"

namespace jj::vm {

Delegated delegated;

namespace {

constexpr int kLevels = 16;  // longer chains nest

struct Level {
  PyGenObject* gen;
  ResumePoint at;
};

int depth_below_sent(const ResumePoint& at) { return at.cd->entries[at.place.entry].depth - 1; }

// The generator runs, called by the frame and with the exception state that are given. Its stack stays as it is.
inline void link(const Level& level, Frame* previous, _PyErr_StackItem* outer) {
  gen_link(level.gen, level.at.fr, previous);
  level.gen->gi_exc_state.previous_item = outer;
  if (level.at.place.send >= 0) set_ip(level.at.fr, level.at.place.send);
}

// Finds the native generator that `level` delegates to; `units` recursion units are taken, but not yet from the thread.
inline bool find_receiver(PyThreadState* ts, const Level& level, PyObject* sent, int units, Level* receiver) {
  PyObject* object = waiting_top(level.at.fr);
  if (!PyGen_CheckExact(object) && !PyCoro_CheckExact(object)) return false;
  auto* gen = reinterpret_cast<PyGenObject*>(object);
  if (!can_step(ts, gen, sent) || recursion_units_left(ts) <= units) return false;
  PyCodeObject* code = gen_code(gen);
  CodeData* cd = level.at.cd;
  if (code != cd->code) {  // recursive generators are common
    cd = code_data(code);
    if (!cd || !cd->body || !cd->places || is_traced(ts, cd)) return false;
  }
  receiver->gen = gen;
  receiver->at.fr = gen_frame(gen);
  receiver->at.cd = cd;
  int index = resume_index(receiver->at.fr, cd->instr_base);
  if (index >= cd->ncode_units) return false;
  receiver->at.index = index;
  receiver->at.place = cd->places[index];
  return receiver->at.place.entry > 0;
}

// Runs the code of a linked generator.
PyObject* run(PyThreadState* ts, const Level& level, PyObject* sent) {
  gen_push_sent(level.at.fr, new_ref(sent));
  return run_generator(ts, level.at);
}

inline void suspend_again(const Level& level) {
  gen_unlink(level.at.fr);
  gen_set_suspended(level.gen, level.at.fr, level.at.cd->instr_base, level.at.cd->nslots, level.at.index,
                    depth_below_sent(level.at), true);
}

// The receiver of the innermost of n linked generators has yielded `value`, and so do they all, unless somebody watches:
// then only the innermost. What its body would return; n of what is left.
PyObject* yield_on(PyThreadState* ts, const Level* levels, int* n, PyObject* value) {
  const Level& inner = levels[*n - 1];
  bool watched = false;
  for (int i = 0; i < *n; ++i) watched |= is_traced(ts, levels[i].at.cd);
  if (watched) [[unlikely]]
    return suspend_traced(ts, inner.at.fr, inner.at.cd, value, {inner.at.index, depth_below_sent(inner.at), true});
  ts->exc_info = levels[0].gen->gi_exc_state.previous_item;
  set_current_frame(ts, frame_previous(levels[0].at.fr));
  recursion_units_spend(ts, -*n);
  for (int i = *n; i-- > 0;) {
    levels[i].gen->gi_exc_state.previous_item = nullptr;
    suspend_again(levels[i]);
  }
  *n = 1;
  return value;
}

}  // namespace

PySendResult run_delegating(PyThreadState* ts, PyGenObject* gen, const ResumePoint& at, PyObject* arg,
                            PyObject** result) {
  PyObject* sent = arg ? arg : Py_None;
  Level levels[kLevels];
  levels[0] = {gen, at};
  link(levels[0], current_frame(ts), ts->exc_info);
  int n = 1;
  bool goes_on = !forced_exits_on;
  while (goes_on && n < kLevels && levels[n - 1].at.place.send >= 0 &&
         find_receiver(ts, levels[n - 1], sent, n, &levels[n])) {
    link(levels[n], levels[n - 1].at.fr, &levels[n - 1].gen->gi_exc_state);
    ++n;
  }
  set_current_frame(ts, levels[n - 1].at.fr);
  ts->exc_info = &levels[n - 1].gen->gi_exc_state;
  recursion_units_spend(ts, n);
  PyObject* value = run(ts, levels[n - 1], sent);
  while (true) {  // the run of the innermost of n levels has ended
    const Level& done = levels[--n];
    if (run_suspended(done.gen, done.at.fr)) {
      if (n > 0) {
        value = yield_on(ts, levels, &n, value);
        continue;
      }
      *result = value;
      return PYGEN_NEXT;
    }
    PySendResult outcome = finish_run(ts, done.gen, done.at, value, n == 0 ? arg : Py_None, result);
    if (n == 0) return outcome;
    delegated = {levels[n - 1].at.fr, outcome, *result};
    value = run(ts, levels[n - 1], Py_None);
  }
}

}  // namespace jj::vm
