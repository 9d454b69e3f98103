// Leaving optimised code: what its registers hold becomes real.
#pragma once
#include "vm/internal.h"

namespace jj::vm {

// Where exits put what was in registers: the slots of a frame, and behind them those of inlined calls.
struct Places {
  Frame* fr;
  CodeData* cd;
  PyObject** inner;

  PyObject** at(int slot) const {
    const int frame = cd->nslots + cd->stacksize;
    if (slot < frame) return &frame_slots(fr)[slot];
    const Lent lent = lent_by(slot);
    return lent.place ? lent.place : &inner[slot - frame];
  }
  // Whose memory may hold a stale box, as that of stack entries cannot.
  bool is_local(int slot) const {
    return slot < cd->nslots || (slot >= cd->nslots + cd->stacksize && lent_by(slot).local);
  }

  // The memory that an inlined generator's frame has, if this is one of its slots.
  struct Lent {
    PyObject** place;
    bool local;
  };
  Lent lent_by(int slot) const;
};

// Bytes that the places of inlined calls take, if the exit is inside one.
inline size_t inner_size(const CodeData* cd, const JJState* state) {
  if (state->inside < 0) return 0;
  return sizeof(PyObject*) * static_cast<size_t>(cd->compiled->nplaces - cd->nslots - cd->stacksize);
}

bool applies(const JJPending& p, const int64_t* buffer);
// Writes what the exit names; nothing else is in `places.inner`. Then the same for the stack entries that it names so.
void make_real(const Places& places, const JJState* state, const int64_t* buffer);
void make_deferred_real(const Places& places, const JJState* state);

// Goes on with a complete frame: in native code that has an entry there, else in the interpreter.
PyObject* go_on(PyThreadState* ts, Frame* fr, CodeData* cd, const Place& at, int region, ExitReason reason);

// Goes on inside inlined calls, whose frames are made for that, and then in their callers.
PyObject* leave_inlined(PyThreadState* ts, const Places& places, const JJState* state, ExitReason reason);

}  // namespace jj::vm
