// Leaving optimised code: values come out of registers into the frame, and the call goes on in baseline code or in the
// interpreter. Also the way in: from baseline's counters to better code.
#include "runtime/boxes.h"
#include "runtime/compat/objects.h"
#include "runtime/feedback.h"
#include "runtime/signature.h"
#include "vm/leaving.h"
#include "vm/run_inl.h"

#include <alloca.h>

// By whoever decides what is compiled when. Neither raises.
extern "C" jj::CodeData* jj_hot_call(jj::CodeData* cd);                       // code to run this call in
extern "C" jj::CodeData* jj_hot_loop(jj::CodeData* cd);                       // code to go on in, or null
extern "C" void jj_guard_failed(jj::CodeData* cd);                            // an exit was counted
extern "C" void jj_unseen_loop(jj::CodeData* cd);                             // an exit in front of one
extern "C" void jj_consider_trial(PyFunctionObject* func, jj::CodeData* cd);  // the call is of func, or null

namespace jj::vm {

uint64_t stress_state = 0;

namespace {

bool stress_exit = false;                 // the exit that comes next is one that the stress switch asked for
constexpr uint64_t kStressInterval = 13;  // one in so many leaves
constexpr uint64_t kNewInterval = 3;  // where none has left: every place gets its turn, in code that seldom runs, too

enum ExitBit : int32_t { kReached, kLeft };
uint64_t exit_bit(int32_t state, ExitBit which) { return uint64_t{1} << (2 * (state % 32) + which); }

void note_exit(CodeData* cd, int32_t state, ExitBit which) {
  if (cd->exits_taken) cd->exits_taken[state / 32] |= exit_bit(state, which);
}
bool exit_noted(const CodeData* cd, int32_t state, ExitBit which) {
  return cd->exits_taken && cd->exits_taken[state / 32] & exit_bit(state, which);
}

// After a poll the values go on in registers; stack entries are dead memory again.
void forget_stack_values(const Places& places, const JJState* state, const int64_t* buffer) {
  const JJPending* all = places.cd->pendings + state->pending;
  for (int i = 0; i < state->npending; ++i) {
    const JJPending& p = all[i];
    if (places.is_local(p.slot) || p.kind == JJ_PENDING_RANGE || !applies(p, buffer)) continue;
    if (p.kind == JJ_PENDING_OWNED) continue;  // still the register's
    Py_XDECREF(*places.at(p.slot));
  }
}

int entry_for(const CodeData* cd, const JJEntryPoint& head) {
  for (int k = 1; k < cd->nentries; ++k)
    if (cd->entries[k].index == head.index && cd->entries[k].depth == head.depth) return k;
  return -1;
}

}  // namespace

CodeData* look_at_call(Frame* fr, CodeData* cd, PyFunctionObject* func) {
  sample_call(fr, cd);
  cd->call_limit = cd->native_calls + kSampleCalls;
  if (!cd->tried) jj_consider_trial(func, cd);
  return cd->baseline ? cd : jj_hot_call(cd);
}

void set_deopt_stress(uint64_t seed) { stress_state = seed; }

}  // namespace jj::vm

using namespace jj;

// Goes on in the frame's own call: an exit is an event of the code, not of the call.
extern "C" PyObject* jj_exit(PyThreadState* ts, Frame* fr, CodeData* cd, int32_t number, void* buffer) {
  const JJState* state = &cd->states[number];
  auto* inner = static_cast<PyObject**>(alloca(vm::inner_size(cd, state)));
  vm::make_real({fr, cd, inner}, state, static_cast<const int64_t*>(buffer));
  vm::make_deferred_real({fr, cd, inner}, state);
  set_ip(fr, state->index);
  auto reason = static_cast<ExitReason>(kGuardReasons + state->exit_kind);
  vm::note_exit(cd, number, vm::kReached);
  vm::note_exit(cd, number, vm::kLeft);
  if (vm::stress_exit) {
    reason = ExitReason::Forced;
    vm::stress_exit = false;
  } else if (state->exit_kind != JJ_EXIT_POLL && state->exit_kind != JJ_EXIT_OVER) {
    ++cd->guard_exits;
    state->exit_kind == JJ_EXIT_UNSEEN ? jj_unseen_loop(cd) : jj_guard_failed(cd);
  }
  fill_box_reserve();
  if (state->inside >= 0) return vm::leave_inlined(ts, {fr, cd, inner}, state, reason);
  return vm::go_on(ts, fr, cd, {state->index, state->resume, state->depth, false}, state->region, reason);
}

// The frame is complete behind this, and stays so.
extern "C" int32_t jj_poll_again(PyThreadState* ts, Frame* fr, CodeData* cd, int32_t number, void* words) {
  const JJState* state = &cd->states[number];
  vm::make_real({fr, cd, nullptr}, state, static_cast<const int64_t*>(words));
  set_ip(fr, state->index);
  int result = vm::handle_pending(ts, cd);
  if (result == 0 && PY_VERSION_HEX >= 0x030D0000 && frame_object_exists(fr)) result = 2;  // locals may differ now
  if (result != 2) return result;
  ExitReason reason = vm::tracing_active(ts, cd) ? ExitReason::Tracing : ExitReason::Poll;
  vm::set_left_result(vm::frame_leave(ts, fr, cd, state, false, reason));
  return 2;
}

extern "C" int32_t jj_poll_pending(PyThreadState* ts, Frame* fr, CodeData* cd, int32_t number, void* words) {
  int32_t result = jj_poll_again(ts, fr, cd, number, words);
  if (result == 0) vm::forget_stack_values({fr, cd, nullptr}, &cd->states[number], static_cast<const int64_t*>(words));
  return result;
}

extern "C" int64_t jj_stack_mark() {
  static_cast<void>(vm::stack_low());  // asks for it
  return static_cast<int64_t>(vm::stack_mark);
}

extern "C" int32_t jj_watched(PyThreadState* ts, CodeData* cd) { return vm::tracing_active(ts, cd); }

// A counter of its own decides: the same seed leaves at the same places. Code without a frame has no states: -1.
extern "C" int32_t jj_deopt_stress(CodeData* cd, int32_t state) {
  uint64_t& s = vm::stress_state;
  if (!s || (state >= 0 && cd->states[state].resume < 0)) return 0;
  s ^= s << 13;
  s ^= s >> 7;
  s ^= s << 17;
  if (state >= 0) vm::note_exit(cd, state, vm::kReached);
  const bool known = state < 0 || vm::exit_noted(cd, state, vm::kLeft);
  if (vm::leaving_where_new() ? known : s % (known ? vm::kStressInterval : vm::kNewInterval) != 0) return 0;
  if (!known) vm::add_new_exit();
  vm::stress_exit = state >= 0;
  return 1;
}

// Counted before the poll that follows: the frame is complete, and execution stands before the jump or at its target.
extern "C" int32_t jj_backedge(PyThreadState* ts, Frame* fr, CodeData* cd, int32_t idx, int32_t entry) {
  int place = entry > 0 ? cd->entries[entry].index : idx;
  if (!cd->is_landing) sample_types(fr, cd, place);
  cd->backedge_limit = cd->backedges + kSampleBackedges;
  if (entry <= 0 || cd->baseline) return 0;
  CodeData* better = jj_hot_loop(cd);
  if (cd->is_landing && better) cd->backedge_limit = 0;  // the next call that lands here leaves at once, too
  int there = better ? vm::entry_for(better, cd->entries[entry]) : -1;
  if (there < 0 || vm::stack_low() || vm::tracing_active(ts, cd)) return 0;
  vm::set_left_result(better->body(ts, fr, better, there));
  return 2;
}

JJ_CHECK_HELPER(jj_exit);
JJ_CHECK_HELPER(jj_watched);
JJ_CHECK_HELPER(jj_stack_mark);
JJ_CHECK_HELPER(jj_poll_again);
JJ_CHECK_HELPER(jj_poll_pending);
JJ_CHECK_HELPER(jj_deopt_stress);
JJ_CHECK_HELPER(jj_backedge);
