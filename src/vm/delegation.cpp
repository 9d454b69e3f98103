// Chains of `yield from` and `await`: the innermost native generator is resumed directly.
//
// A generator that delegates does nothing when it is resumed but resume its receiver, and yields what that yields. So its
// frame is linked, as it is seen by whoever looks, but its native code runs only when the receiver has returned or raised.
#include <algorithm>

#include "vm/gen_inl.h"
#include "vm/internal.h"

namespace jj::vm {

Delegated delegated;

namespace {

constexpr int kLevels = 16;  // longer chains nest

struct Level {
  PyGenObject* gen;
  Frame* fr;
  CodeData* cd;
  RestingPlace rests;  // where the frame stands when it waits again
  int index;           // the same, as a code unit
  ResumePlace place;
};

int depth_below_sent(const Level& level) { return level.cd->entries[level.place.entry].depth - 1; }

// The generator runs, called by the frame and with the exception state that are given. Its stack stays as it is.
inline void link(const Level& level, Frame* previous, _PyErr_StackItem* outer) {
  gen_link(level.gen, level.fr, previous);
  level.gen->gi_exc_state.previous_item = outer;
  if (level.place.send >= 0) set_ip(level.fr, level.place.send);
}

// Finds the native generator that `level` delegates to.
[[gnu::always_inline]] inline bool find_receiver(PyThreadState* ts, const Level& level, Level* receiver) {
  PyObject* object = waiting_top(level.fr);
  if (!PyGen_CheckExact(object) && !PyCoro_CheckExact(object)) return false;
  auto* gen = reinterpret_cast<PyGenObject*>(object);
  if (!gen_waits(gen)) return false;
  Frame* fr = gen_frame(gen);
  PyCodeObject* code = gen_code(gen);
  CodeData* cd = level.cd;
  if (code != cd->code) {  // recursive generators are common
    cd = code_data(code);
    if (!cd || !cd->body || !cd->places || is_traced(ts, cd)) return false;
  }
  const int index = resume_index(fr, cd->instr_base);
  if (index >= cd->ncode_units) return false;
  const ResumePlace place = cd->places[index];
  if (place.entry <= 0) return false;
  *receiver = {gen, fr, cd, resting_place(fr), index, place};
  return true;
}

// Runs the code of a linked generator.
PyObject* run(PyThreadState* ts, const Level& level, int64_t consumer, PyObject* sent) {
  gen_push_sent(level.fr, new_ref(sent));
  return run_generator(ts, level.fr, level.cd, consumer, level.place.entry);
}

bool watched(PyThreadState* ts, const Level* outermost, const Level* innermost) {
  const CodeData* quiet = nullptr;
  for (const Level* level = outermost; level <= innermost; ++level) {
    if (level->cd == quiet) continue;
    if (is_traced(ts, level->cd)) return true;
    quiet = level->cd;
  }
  return false;
}

// Passers of what the innermost one hands to a consumer.
class Passers {
 public:
  Passers(int64_t consumer, const Level* outermost, const Level* innermost)
      : feeding_(consumer_of(consumer)), before_(feeding_->passers) {
    Passer* next = passers_;
    for (const Level* level = outermost; level < innermost; ++level) {
      if (next > passers_ && next[-1].cd == level->cd) continue;
      *next = {level->cd, feeding_->passers};
      feeding_->passers = next++;
    }
  }
  ~Passers() { feeding_->passers = before_; }
  Passers(const Passers&) = delete;
  Passers& operator=(const Passers&) = delete;

 private:
  Feeding* feeding_;
  const Passer* before_;
  Passer passers_[kLevels];
};

// All wait again. Their stacks are what they were: what was sent has gone to the innermost.
inline void suspend_all(PyThreadState* ts, const Level* outermost, const Level* innermost) {
  ts->exc_info = outermost->gen->gi_exc_state.previous_item;
  set_current_frame(ts, frame_previous(outermost->fr));
  recursion_units_spend(ts, -static_cast<int>(innermost - outermost + 1));
  for (const Level* level = innermost; level >= outermost; --level) {
    level->gen->gi_exc_state.previous_item = nullptr;
    gen_unlink(level->fr);
    gen_rest(level->gen, level->fr, level->rests);
  }
}

// Runs the innermost of linked generators, and whichever has to go on because its receiver has ended.
PySendResult run_chain(PyThreadState* ts, const Level* outermost, const Level* inner, PyObject* arg, PyObject** result,
                       int64_t consumer) {
  PyObject* value = run(ts, *inner, consumer, arg ? arg : Py_None);
  while (true) {  // the run of `inner` has ended
    if (run_suspended(inner->gen, inner->fr)) [[likely]] {
      if (inner == outermost) break;
      --inner;
      if (!watched(ts, outermost, inner)) [[likely]] {
        suspend_all(ts, outermost, inner);
        break;
      }
      // Somebody watches: one after the other yields, as its body would.
      value = suspend_traced(ts, inner->fr, inner->cd, value, {inner->index, depth_below_sent(*inner), true});
      continue;
    }
    const bool last = inner == outermost;
    PySendResult outcome = finish_run(ts, inner->gen, inner->fr, inner->cd, value, last ? arg : Py_None, result);
    if (last) return outcome;
    --inner;
    delegated = {inner->fr, outcome, *result};
    value = run(ts, *inner, consumer, Py_None);
  }
  *result = value;
  return PYGEN_NEXT;
}

}  // namespace

PySendResult run_delegating(PyThreadState* ts, PyGenObject* gen, CodeData* cd, ResumePlace place, PyObject* arg,
                            PyObject** result, int64_t consumer) {
  Level levels[kLevels];
  Level* inner = levels;
  Frame* fr = gen_frame(gen);
  levels[0] = {gen, fr, cd, resting_place(fr), resume_index(fr, cd->instr_base), place};
  link(levels[0], current_frame(ts), ts->exc_info);
  if (!forced_exits_on) [[likely]] {
    const Level* last = levels + std::min(kLevels, recursion_units_left(ts)) - 1;
    while (inner < last && inner->place.send >= 0 && find_receiver(ts, *inner, inner + 1)) {
      link(inner[1], inner->fr, &inner->gen->gi_exc_state);
      ++inner;
    }
  }
  set_current_frame(ts, inner->fr);
  ts->exc_info = &inner->gen->gi_exc_state;
  recursion_units_spend(ts, static_cast<int>(inner - levels + 1));
  if (!consumer) [[likely]]
    return run_chain(ts, levels, inner, arg, result, 0);
  const Passers passers(consumer, levels, inner);
  return run_chain(ts, levels, inner, arg, result, consumer);
}

}  // namespace jj::vm
