// What optimised code has in registers becomes real where it leaves: slots of its frame, and frames of inlined calls.
#include "vm/leaving.h"

#include <cstring>
#include <optional>
#include <utility>

#include "runtime/boxes.h"
#include "runtime/calls.h"
#include "runtime/chars.h"
#include "runtime/class_call.h"
#include "runtime/operators.h"
#include "vm/code_slot.h"
#include "vm/gen_inl.h"
#include "vm/run_inl.h"

namespace jj::vm {

namespace {

bool is_reference(const JJPending& p) { return p.kind == JJ_PENDING_OBJECT || p.kind == JJ_PENDING_OWNED; }

// Puts an owned reference in a slot whose memory is a local's stale box, or a dead stack entry.
void put(const Places& places, int slot, PyObject* owned) {
  PyObject** place = places.at(slot);
  if (places.is_local(slot))
    put_object(place, owned);
  else
    *place = owned;
}

void put_complex_words(const Places& places, int slot, const int64_t* words) {
  Py_complex number;
  std::memcpy(&number, words, sizeof number);
  PyObject** place = places.at(slot);
  places.is_local(slot) ? put_complex(place, number) : static_cast<void>(*place = box_any_complex(number));
}

// Only a local can hold a stale box to reuse.
void put_value(const Places& places, const JJPending& p, const int64_t* words) {
  const int64_t word = *words;
  PyObject** place = places.at(p.slot);
  const bool local = places.is_local(p.slot);
  double number;
  std::memcpy(&number, &word, sizeof number);
  if (p.kind == JJ_PENDING_BOOL)
    put(places, p.slot, bool_object(word != 0));
  else if (p.kind == JJ_PENDING_CHAR)
    put(places, p.slot, new_ref(ascii_chars()[word]));
  else if (p.kind == JJ_PENDING_UINT)
    put(places, p.slot, box_any_uint(static_cast<uint64_t>(word)));
  else if (p.kind == JJ_PENDING_COMPLEX)
    put_complex_words(places, p.slot, words);
  else if (p.kind == JJ_PENDING_INT)
    local ? put_int(place, word) : static_cast<void>(*place = box_any_int(word));
  else
    local ? put_float(place, number) : static_cast<void>(*place = box_any_float(number));
}

// The slot that already has the object of this word, or -1.
int same_object(const JJPending* all, int before, const int64_t* buffer) {
  for (int i = 0; i < before; ++i)
    if (all[i].word == all[before].word && all[i].kind == all[before].kind && applies(all[i], buffer))
      return all[i].slot;
  return -1;
}

}  // namespace

Places::Lent Places::lent_by(int slot) const {
  for (int k = 0; k < cd->compiled->ninlined; ++k) {
    const JJInlined& site = cd->compiled->inlined[k];
    const int local = slot - site.locals, entry = slot - site.first;
    const bool is_local = local >= 0 && local < site.nlocals, is_entry = entry >= 0 && entry < site.nstack;
    if (site.generator < 0 || !(is_local || is_entry)) continue;
    auto* gen = reinterpret_cast<PyGenObject*>(*at(site.generator));
    return {frame_slots(gen_frame(gen)) + (is_local ? local : site.nlocals + entry), is_local};
  }
  return {};
}

bool applies(const JJPending& p, const int64_t* buffer) { return p.condition < 0 || buffer[p.condition] != 0; }

// References first: the object of one may be what another slot has for a stale box.
void make_real(const Places& places, const JJState* state, const int64_t* buffer) {
  CodeData* cd = places.cd;
  if (const size_t size = inner_size(cd, state)) std::memset(places.inner, 0, size);
  const JJPending* all = cd->pendings + state->pending;
  for (int i = 0; i < state->npending; ++i) {
    const JJPending& p = all[i];
    if (!is_reference(p) || !applies(p, buffer)) continue;
    auto* object = reinterpret_cast<PyObject*>(buffer[p.word]);
    if (p.kind == JJ_PENDING_OBJECT) Py_XINCREF(object);
    put(places, p.slot, object);
  }
  for (int i = 0; i < state->npending; ++i) {
    const JJPending& p = all[i];
    if (is_reference(p) || !applies(p, buffer)) continue;
    if (p.kind == JJ_PENDING_RANGE) {
      range_set(*places.at(p.slot), buffer[p.word], buffer[p.word + 1]);
      continue;
    }
    int other = same_object(all, i, buffer);
    if (other >= 0)
      put(places, p.slot, new_ref(*places.at(other)));
    else
      put_value(places, p, buffer + p.word);
  }
}

void make_deferred_real(const Places& places, const JJState* state) {
  CodeData* cd = places.cd;
  for (int i = 0; i < state->ndeferred; ++i) {
    const JJDeferred& d = cd->deferreds[state->deferred + i];
    const bool lent = d.kind == JJ_DEFERRED_LOCAL && d.value >= cd->nslots;
    *places.at(cd->nslots + d.stack) =
        lent ? new_ref(*places.at(d.value)) : deferred_value(d, frame_slots(places.fr), cd);
  }
}

namespace {

// The native entry of `code` at such a place, or -1.
int entry_at(const CodeData* code, const Place& at) {
  for (int k = 1; code && k < code->nentries; ++k) {
    const JJEntryPoint& entry = code->entries[k];
    if ((entry.index == at.ip || entry.index == at.index) && entry.depth == at.depth) return k;
  }
  return -1;
}

// An inlined call that an exit is inside of.
struct Level {
  const JJInlined* call;
  const JJState* caller;  // at the call
  const JJState* state;   // where the callee is
};

constexpr int kMostLevels = 16;

// From the outermost call inwards; how many there are.
int find_levels(const CodeData* cd, const JJState* state, Level* levels) {
  int count = 0;
  for (const JJState* at = &cd->states[state->inside]; at->inlined >= 0 && count < kMostLevels; ++count) {
    const JJInlined* call = &cd->inlined[at->inlined];
    levels[count] = {call, &cd->states[call->state], at};
    at = levels[count].caller;
  }
  for (int k = 0; k < count / 2; ++k) std::swap(levels[k], levels[count - 1 - k]);
  return count;
}

// Native code of the function, as frames need it.
CodeData* code_for_frames(PyObject* func) {
  CodeData* cd = code_data(reinterpret_cast<PyFunctionObject*>(func));
  while (cd && !cd->body) cd = cd->retired;
  return cd;
}

struct Running {
  Frame* fr;
  CodeData* cd;
};

bool is_generator(const Level& level) { return level.call->generator >= 0; }

using ClassCall = std::optional<calls::ClassCall>;  // none: it is no class that is called

ClassCall enter_class(PyThreadState* ts, const Places& places, const Level& level) {
  if (level.call->instance < 0) return {};
  auto* init = reinterpret_cast<PyFunctionObject*>(*places.at(level.call->first));
  constexpr int kOthers = PY_MINOR_VERSION == 10 ? 1 : 2;  // stack entries besides the arguments
  const ClassCall call(std::in_place, ts, init, true, level.caller->depth - level.caller->error_depth - kOthers);
  call->enter();
  return call;
}

// What the callee has for *args and **kwargs; where there is no memory, `tuple` or `dict` is missing.
struct More {
  PyObject *tuple = nullptr, *dict = nullptr;
};

PyObject* dict_of(const char* keywords, PyObject** values) {
  PyObject* dict = PyDict_New();
  for (const char* at = keywords; dict && *at;) {
    const char* end = std::strchr(at, ' ');
    if (!end) end = at + std::strlen(at);
    PyObject* key = PyUnicode_FromStringAndSize(at, end - at);
    if (key) PyUnicode_InternInPlace(&key);
    const bool put = key && PyDict_SetItem(dict, key, *values) == 0;
    Py_XDECREF(key);
    if (!put) Py_CLEAR(dict);
    Py_CLEAR(*values);
    values++;
    at = *end ? end + 1 : end;
  }
  return dict;
}

More gather_more(const Places& places, const JJInlined& call) {
  More more;
  if (call.varargs >= 0 && (more.tuple = PyTuple_New(call.nmore)))
    for (int k = 0; k < call.nmore; ++k)
      PyTuple_SET_ITEM(more.tuple, k, std::exchange(*places.at(call.more + k), nullptr));
  if (call.varkeywords >= 0) more.dict = dict_of(call.keywords, places.at(call.more + call.nmore));
  return more;
}

// An iterator that has given so many items.
PyObject* iterator_behind(PyObject* tuple, int items) {
  PyObject* iterator = PyObject_GetIter(tuple);
  PyObject* done = iterator ? PyObject_CallMethod(iterator, "__setstate__", "i", items) : nullptr;
  if (!done) Py_CLEAR(iterator);
  Py_XDECREF(done);
  return iterator;
}

// Of the callee's frame; false: there is no memory.
bool fill_slots(const Places& places, const Level& level, CodeData* cd, PyObject** slots) {
  PyObject** from = places.at(level.call->first);
  for (int k = 0; k < level.call->nlocals + level.state->depth; ++k) slots[k] = std::exchange(from[k + 1], nullptr);
  PyObject* closure = reinterpret_cast<PyFunctionObject*>(*from)->func_closure;
  const Py_ssize_t cells = closure ? PyTuple_GET_SIZE(closure) : 0;
  for (Py_ssize_t k = 0; k < cells; ++k) slots[cd->nslots - cells + k] = new_ref(PyTuple_GET_ITEM(closure, k));
  const int collecting = PyGC_Disable();  // nobody looks at a frame that is not complete
  const More more = gather_more(places, *level.call);
  bool filled = true;
  if (level.call->varargs >= 0) filled = (slots[level.call->varargs] = more.tuple) != nullptr;
  if (level.call->varkeywords >= 0) filled = (slots[level.call->varkeywords] = more.dict) != nullptr && filled;
  for (int i = 0; i < level.state->ndeferred; ++i) {
    const JJDeferred& d = places.cd->deferreds[level.state->deferred + i];
    const bool iterator = d.kind == JJ_DEFERRED_ITERATOR;
    PyObject* value = !iterator    ? deferred_value(d, slots, cd)
                      : more.tuple ? iterator_behind(more.tuple, d.value)
                                   : nullptr;
    filled = filled && (value || !iterator);
    slots[cd->nslots + d.stack] = value;
  }
  if (collecting) PyGC_Enable();
  return filled;
}

// A generator, whose frame is there, runs from where its inlined operations have come to.
Running enter_generator(PyThreadState* ts, const Places& places, const Level& level) {
  auto* gen = reinterpret_cast<PyGenObject*>(*places.at(level.call->generator));
  Frame* fr = gen_frame(gen);
  CodeData* cd = code_data(gen_code(gen));
  gen_enter_within(ts, gen, fr);
  set_ip(fr, level.state->index);
  for (int i = 0; i < level.state->ndeferred; ++i) {
    const JJDeferred& d = places.cd->deferreds[level.state->deferred + i];
    frame_slots(fr)[cd->nslots + d.stack] = deferred_value(d, frame_slots(fr), cd);
  }
  return {fr, cd};
}

// The frame of an inlined call; null: there is no memory.
Running make_callee(PyThreadState* ts, const Places& places, const Level& level) {
  PyObject** from = places.at(level.call->first);
  CodeData* cd = code_for_frames(*from);
  Frame* fr = cd ? push_frame(ts, reinterpret_cast<PyFunctionObject*>(*from), cd) : nullptr;
  if (!fr) return {};
  ++cd->native_calls;
  set_ip(fr, level.state->index);
  if (fill_slots(places, level, cd, frame_slots(fr))) return {fr, cd};
  PyErr_Clear();
  end_call(ts, fr, cd);
  return {};
}

// The entries of the call, which its caller's stack held so far.
void drop_arguments(const Running& caller, const JJState* at) {
  PyObject** stack = frame_slots(caller.fr) + caller.cd->nslots;
  cut_stack(stack + at->depth, stack + at->error_depth);
}

// Where the caller stands meanwhile: not all that calls has caches.
int callee_runs_at(PyCodeObject* code, int index) {
  return kCalleeRunsAt == 0 ? index : next_instruction(code, index) - 1;
}

// Whether the caller's stack still has the call's entries while the callee runs.
bool keeps_arguments(const JJInlined& call) { return !calls::kMovesArguments || call.operation >= 0; }

// What an operator makes of its method's answer, perhaps null. Its operands go in the interpreter's order.
PyObject* finish_operator(const Running& caller, const JJState* at, int32_t operation, PyObject* result) {
  PyObject** operands = frame_slots(caller.fr) + caller.cd->nslots + at->error_depth;
  PyObject* left = std::exchange(operands[0], nullptr);
  PyObject* right = std::exchange(operands[1], nullptr);
  if (result == Py_NotImplemented && !(operation & JJ_OPERATION_ITEM)) {
    Py_DECREF(result);
    result = go_on_unanswered(operation, left, right);
  }
  if (releases_right_first(operation)) std::swap(left, right);
  Py_DECREF(left);
  Py_DECREF(right);
  return result;
}

// What a loop does with what its generator gives: the next item, kIterationFailed, or null at the end, which asking once
// more leads to as well.
PyObject* take_item(PyThreadState* ts, const Running& caller, const Level& level, PyObject* item, ExitReason reason) {
  const JJState* at = level.caller;
  if (item == kIterationFailed) {
    rebuild_blocks(caller.fr, caller.cd, at->region);
    return hand_over(ts, caller.fr, caller.cd, {at->index, get_ip(caller.fr), at->error_depth, true}, reason);
  }
  if (!item) return go_on(ts, caller.fr, caller.cd, {at->index, at->resume, at->depth, false}, at->region, reason);
  frame_slots(caller.fr)[caller.cd->nslots + at->depth] = item;
  const int next = next_instruction(caller.cd->code, at->index);
  return go_on(ts, caller.fr, caller.cd, {next, next, at->depth + 1, false}, at->region, reason);
}

// What the caller does with the result of the call, or with its exception.
PyObject* return_to(PyThreadState* ts, const Running& caller, const Level& level, PyObject* result, ExitReason reason) {
  const JJState* at = level.caller;
  if (level.call->operation >= 0)
    result = finish_operator(caller, at, level.call->operation, result);
  else if (keeps_arguments(*level.call))
    drop_arguments(caller, at);
  const int depth = at->error_depth;
  if (!result) {
    rebuild_blocks(caller.fr, caller.cd, at->region);
    return hand_over(ts, caller.fr, caller.cd, {at->index, get_ip(caller.fr), depth, true}, reason);
  }
  frame_slots(caller.fr)[caller.cd->nslots + depth] = result;
  const int next = next_instruction(caller.cd->code, at->index);
  return go_on(ts, caller.fr, caller.cd, {next, next, depth + 1, false}, at->region, reason);
}

}  // namespace

PyObject* go_on(PyThreadState* ts, Frame* fr, CodeData* cd, const Place& at, int region, ExitReason reason) {
  bool native = !stack_low() && !tracing_active(ts, cd);
  for (CodeData* there : {cd->baseline, cd->landing}) {  // a loop head is worth learning more at
    int entry = native ? entry_at(there, at) : -1;
    if (entry <= 0) continue;
    count_exit(cd, at.index, reason);
    return there->body(ts, fr, there, entry);
  }
  rebuild_blocks(fr, cd, region);
  return hand_over(ts, fr, cd, at, reason);
}

PyObject* leave_inlined(PyThreadState* ts, const Places& places, const JJState* state, ExitReason reason) {
  Level levels[kMostLevels];
  const int count = find_levels(places.cd, state, levels);
  Running frames[kMostLevels + 1] = {{places.fr, places.cd}};
  ClassCall classes[kMostLevels];
  int made = 0;
  for (; made < count; ++made) {
    if (is_generator(levels[made])) {
      frames[made + 1] = enter_generator(ts, places, levels[made]);
      continue;
    }
    classes[made] = enter_class(ts, places, levels[made]);
    frames[made + 1] = make_callee(ts, places, levels[made]);
    if (!keeps_arguments(*levels[made].call)) drop_arguments(frames[made], levels[made].caller);
    if (!frames[made + 1].fr) break;
    const int index = levels[made].caller->index;
    const bool in_operator =
        levels[made].call->operation >= 0;  // which calls as any other function of the interpreter does
    set_ip(frames[made].fr, in_operator ? index : callee_runs_at(frames[made].cd->code, index));
  }
  if (made < count && classes[made]) classes[made]->leave();
  count_exit(places.cd, state->index, reason);
  PyObject* result = nullptr;
  for (int k = made; k >= 0; --k) {
    const Running& running = frames[k];
    if (k == count) {
      const JJState* at = levels[count - 1].state;
      result = go_on(ts, running.fr, running.cd, {at->index, at->resume, at->depth, false}, at->region, reason);
    } else {
      if (k == made) PyErr_NoMemory();
      if (const int32_t slot = levels[k].call->instance; slot >= 0)
        result = calls::checked_instance(std::exchange(*places.at(slot), nullptr), result);
      const auto go_on_behind = is_generator(levels[k]) ? take_item : return_to;
      result = go_on_behind(ts, running, levels[k], result, reason);
    }
    if (k > 0 && is_generator(levels[k - 1]))
      result = item_of_run(*places.at(levels[k - 1].call->generator), running.cd, result);
    else if (k > 0)
      end_call(ts, running.fr, running.cd);
    if (k > 0 && classes[k - 1]) classes[k - 1]->leave();
  }
  const size_t inner = inner_size(places.cd, state) / sizeof(PyObject*);
  for (size_t k = 0; k < inner; ++k) Py_XDECREF(places.inner[k]);
  return result;
}

}  // namespace jj::vm
