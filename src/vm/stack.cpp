// The value stack at exceptions: deferred entries, traceback entries, finding and entering handlers.
#include "runtime/signature.h"
#include "vm/code_slot.h"
#include "vm/internal.h"
#include "vm/run_inl.h"

namespace jj::vm {

Reraise reraise;

Frame* frame_push(PyThreadState* ts, PyFunctionObject* func, CodeData* cd) { return push_frame(ts, func, cd); }
void frame_end(PyThreadState* ts, Frame* fr, CodeData* cd) { end_call(ts, fr, cd); }

PyObject* deferred_value(const JJDeferred& d, PyObject* const* slots, const CodeData* cd) {
  PyObject* value = nullptr;
  if (d.kind == JJ_DEFERRED_LOCAL) value = slots[d.value];
  if (d.kind == JJ_DEFERRED_CONST) value = cd->tail[d.value];
  Py_XINCREF(value);
  return value;
}

void materialise(Frame* fr, CodeData* cd, const JJState* state, int depth) {
  PyObject** slots = frame_slots(fr);
  PyObject** stack = slots + cd->nslots;
  for (int i = 0; i < state->ndeferred; ++i) {
    const JJDeferred& d = cd->deferreds[state->deferred + i];
    if (d.stack < depth) stack[d.stack] = deferred_value(d, slots, cd);
  }
}

int calls_under_way(PyThreadState* ts, PyCodeObject* code, int most) {
  int count = 0;
  for (Frame* fr = current_frame(ts); fr && count < most; fr = frame_previous(fr)) count += frame_code(fr) == code;
  return count;
}

PyObject** cut_stack(PyObject** sp, PyObject** to) {
  while (sp > to) {
    PyObject* entry = *--sp;
    Py_XDECREF(entry);
  }
  return sp;
}

namespace {

// Where an exception is about to be handled.
struct Unwind {
  PyThreadState* ts;
  Frame* fr;
  CodeData* cd;
  PyObject** base;
  PyObject** sp;
};

// The tools of an active tracer want to see the exception, so the interpreter raises it: from the start for a re-raise
// (its operands are put back), else at the instruction that failed.
int64_t raise_in_interpreter(const Unwind& u, const JJState* state, const Reraise& how) {
  JJState here = *state;
  here.ndeferred = 0;
  bool again = how.active && state->resume >= 0;
  if (again && state->depth > state->error_depth) {
    push_reraised(u.ts, u.sp);
  } else if (again) {
    PyErr_Clear();  // a bare `raise` finds its exception by itself
  } else {
    here.depth = state->error_depth;
  }
  set_left_result(frame_leave(u.ts, u.fr, u.cd, &here, !again, ExitReason::Tracing));
  return -2;
}

int64_t go_on_in_interpreter(const Unwind& u, const JJState* state, const Reraise& how) {
  rebuild_blocks(u.fr, u.cd, state->region);
  int depth = state->error_depth + how.done;
  int ip = how.next >= 0 ? how.next : next_instruction(u.cd->code, state->index);
  set_left_result(hand_over(u.ts, u.fr, u.cd, {state->index, ip, depth, false}, ExitReason::Tracing));
  return -2;
}

int64_t enter_in_interpreter(const Unwind& u, const JJRegion& region) {
  rebuild_blocks(u.fr, u.cd, region.parent);
  push_handler_block(u.fr, u.cd, &region);
  int depth = static_cast<int>(u.sp - u.base);
  set_left_result(hand_over(u.ts, u.fr, u.cd, {region.target, region.target, depth, false}, ExitReason::NoHandler));
  return -2;
}

// Goes outwards through the regions; the native label, -1 or -2 (see jj_unwind). `raised_at`: the instruction that raised,
// -1: none of ours.
int64_t find_handler(Unwind& u, int index, int raised_at) {
  while (index >= 0) {
    const JJRegion& region = u.cd->regions[index];
    if (region.kind == JJ_REGION_EXCEPT310) {
      u.sp = pop_except310(u.ts, u.fr, region.depth, u.sp);
      index = region.parent;
      continue;
    }
    u.sp = cut_stack(u.sp, u.base + region.depth);
    if (PyObject** top = push_handler_entries(u.ts, u.fr, &region, u.sp)) {
      u.sp = top;
      enter_handler_block(u.fr, u.cd, &region);
      if (u.cd->profiled && raised_at >= 0) count_raised(u.cd, raised_at);
      return region.label >= 0 ? region.label : enter_in_interpreter(u, region);
    }
    index = region.parent;  // out of memory: that exception goes on outwards
  }
  u.sp = cut_stack(u.sp, u.base);
  return -1;
}

// All entries are on the stack, and nobody watches.
int64_t throw_into_suspended(Unwind u, int index) {
  add_traceback(u.ts, u.fr);
  return find_handler(u, state_at(u.cd, index)->region, -1);
}

}  // namespace
}  // namespace jj::vm

using namespace jj;

extern "C" void jj_unbound_local(Frame* fr, int32_t slot, int32_t idx) {
  set_ip(fr, idx);
  vm::raise_unbound_local(frame_code(fr), slot);
}

extern "C" int64_t jj_unwind(PyThreadState* ts, Frame* fr, CodeData* cd) {
  vm::Reraise how = vm::reraise;
  vm::reraise = {};
  PyObject** base = frame_slots(fr) + cd->nslots;
  if (how.suspended >= 0) return vm::throw_into_suspended({ts, fr, cd, base, base + how.depth}, how.suspended);
  const JJState* state = state_at(cd, get_ip(fr));
  if (!state) Py_FatalError("JustJIT: an exception was raised where no frame state was recorded");
  vm::Unwind u{ts, fr, cd, base, base + state->error_depth};
  vm::materialise(fr, cd, state, state->error_depth);
  if (how.done > 0 || how.next >= 0) return vm::go_on_in_interpreter(u, state, how);
  if (!exception_pending(ts)) [[unlikely]]  // C code broke the rules; the interpreter says the same
    PyErr_SetString(PyExc_SystemError, "error return without exception set");
  if (vm::tracing_active(ts, cd)) return vm::raise_in_interpreter(u, state, how);
  if (how.from_block) how.lasti = vm::block_lasti(fr, cd, state->region);
  if (how.lasti >= 0) set_ip(fr, how.lasti);
  if (!how.active) vm::add_traceback(ts, fr);
  return vm::find_handler(u, state->region, how.active ? -1 : state->index);
}

JJ_CHECK_HELPER(jj_unbound_local);
JJ_CHECK_HELPER(jj_unwind);
