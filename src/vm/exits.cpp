// Leaving native code for the interpreter: at polls, at forced exits, and counting why.
#include "runtime/compat/gens.h"
#include "runtime/signature.h"
#include "vm/internal.h"

#include <vector>

namespace jj::vm {

bool forced_exits_on = false;

namespace {

PyObject* left_result = nullptr;  // set and taken with nothing in between: one is enough under the GIL

// Forced exits: how many boundaries each running native call has executed. Frames die through forget_frame, so an
// address identifies a call while it is in the list.
struct RunningCall {
  Frame* frame;
  int64_t boundaries;
  int reentries;
};
thread_local std::vector<RunningCall> running;
int64_t exit_at = 0;
bool leaves_where_new = false;
uint64_t new_exits = 0;
uint64_t random_state = 1;
constexpr int max_reentries = 20;  // each nests on the C stack

RunningCall& running_call(Frame* fr) {
  for (size_t i = running.size(); i-- > 0;)
    if (running[i].frame == fr) return running[i];
  running.push_back({fr, 0, 0});
  return running.back();
}

uint64_t next_random() {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

void mark(uint64_t* bitmap, int index) {
  if (bitmap) bitmap[index / 64] |= uint64_t{1} << (index % 64);
}

bool is_marked(const uint64_t* bitmap, int index) { return !bitmap || (bitmap[index / 64] >> (index % 64) & 1) != 0; }

// The native entry at this loop head, or -1.
int entry_at(const CodeData* cd, int index) {
  for (int k = 1; k < cd->nentries; ++k)
    if (cd->entries[k].index == index) return k;
  return -1;
}

enum class Switch : uint8_t { GoOn, Leave, EnterAgain };

// Where there is an entry, every second exit or so is one to native code, entered there.
Switch exit_switch(const RunningCall& call, const CodeData* cd, int index, int entry) {
  const bool may_enter_again = entry > 0 && call.reentries < max_reentries;
  if (leaves_where_new) {
    if (may_enter_again && !is_marked(cd->boundary_entered, index)) return Switch::EnterAgain;
    return is_marked(cd->boundary_left, index) ? Switch::GoOn : Switch::Leave;
  }
  const bool here = exit_at > 0 ? call.boundaries == exit_at : next_random() % static_cast<uint64_t>(-exit_at) == 0;
  if (!here) return Switch::GoOn;
  return may_enter_again && (next_random() & 1) != 0 ? Switch::EnterAgain : Switch::Leave;
}

}  // namespace

void set_forced_exit(int64_t n, uint64_t seed) {
  exit_at = n;
  leaves_where_new = false;
  random_state = seed ? seed : 1;
  forced_exits_on = n != 0;
  running.clear();
}

void leave_where_new() {
  set_forced_exit(0, 0);
  leaves_where_new = forced_exits_on = true;
  new_exits = 0;
}

uint64_t count_new_exits() { return new_exits; }

bool leaving_where_new() { return leaves_where_new; }

void add_new_exit() { ++new_exits; }

void forget_frame(Frame* fr) {
  for (size_t i = running.size(); i-- > 0;)
    if (running[i].frame == fr) running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
}

void set_left_result(PyObject* result) { left_result = result; }

static void add_count(ExitCount*& counts, int32_t& n, int index, uint8_t reason) {
  for (int i = 0; i < n; ++i) {
    if (counts[i].index != index || counts[i].reason != reason) continue;
    ++counts[i].count;
    return;
  }
  auto grown = static_cast<ExitCount*>(PyMem_RawRealloc(counts, sizeof(ExitCount) * (static_cast<size_t>(n) + 1)));
  if (!grown) return;
  counts = grown;
  grown[n++] = {index, reason, 1};
}

void count_exit(CodeData* cd, int index, ExitReason reason) {
  ++cd->deopts;
  add_count(cd->exits, cd->nexits, index, static_cast<uint8_t>(reason));
}

void count_raised(CodeData* cd, int index) {
  add_count(cd->raised, cd->nraised, index, kGuardReasons + JJ_EXIT_RAISED);
}

PyObject* hand_over(PyThreadState* ts, Frame* fr, CodeData* cd, const Place& at, ExitReason reason) {
  count_exit(cd, at.index, reason);
  if (forced_exits_on) forget_frame(fr);
  if (!frame_generator(fr)) Py_INCREF(cd->code);  // a generator holds its own
  return run_interpreter(ts, fr, cd, at.ip, at.depth, at.throwing);
}

PyObject* frame_leave(PyThreadState* ts, Frame* fr, CodeData* cd, const JJState* state, bool throwing,
                      ExitReason reason) {
  materialise(fr, cd, state, state->depth);
  rebuild_blocks(fr, cd, state->region);
  int ip = throwing ? get_ip(fr) : state->resume;
  return hand_over(ts, fr, cd, {state->index, ip, state->depth, throwing}, reason);
}

}  // namespace jj::vm

using namespace jj;

extern "C" PyObject* jj_left_result(PyThreadState*) {
  PyObject* result = vm::left_result;
  vm::left_result = nullptr;
  return result;
}

extern "C" int32_t jj_poll_slow(PyThreadState* ts, Frame* fr, CodeData* cd, int32_t idx) {
  set_ip(fr, idx);
  int result = vm::handle_pending(ts, cd);
  if (result != 2) return result;
  const JJState* state = state_at(cd, idx);
  if (!state || state->resume < 0) return 0;  // the next poll leaves
  ExitReason reason = vm::tracing_active(ts, cd) ? ExitReason::Tracing : ExitReason::Poll;
  vm::set_left_result(vm::frame_leave(ts, fr, cd, state, false, reason));
  return 2;
}

extern "C" int32_t jj_boundary(PyThreadState* ts, Frame* fr, CodeData* cd, int32_t idx) {
  if (!vm::forced_exits_on) return 0;
  const JJState* state = state_at(cd, idx);
  if (!state || state->resume < 0) return 0;
  vm::RunningCall& call = vm::running_call(fr);
  ++call.boundaries;
  const int entry = vm::entry_at(cd, state->resume);
  const vm::Switch what = vm::exit_switch(call, cd, idx, entry);
  if (what == vm::Switch::GoOn) return 0;
  ++vm::new_exits;
  set_ip(fr, idx);
  if (what == vm::Switch::EnterAgain) {
    ++call.reentries;
    vm::materialise(fr, cd, state, state->depth);
    vm::mark(cd->boundary_entered, idx);
    vm::set_left_result(cd->body(ts, fr, cd, entry));
    return 2;
  }
  vm::mark(cd->boundary_left, idx);
  vm::set_left_result(vm::frame_leave(ts, fr, cd, state, false, ExitReason::Forced));
  return 2;
}

JJ_CHECK_HELPER(jj_left_result);
JJ_CHECK_HELPER(jj_poll_slow);
JJ_CHECK_HELPER(jj_boundary);
