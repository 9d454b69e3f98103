// How the values of an exit cross to the runtime: numbers of states, and the words of the buffer of pending values.
#pragma once
#include <cstdint>
#include <vector>

#include "hir/function.h"

namespace jj::hir {

// By index into Function::states: the number in JJCompiled::states, where exits come last.
std::vector<int32_t> state_numbers(const Function& f);

struct ExitBuffer {
  std::vector<ValueId> words;  // what each word holds; -1: the second half of the one in front
  struct Place {
    int32_t word, condition;  // as in JJPending
  };
  std::vector<Place> places;  // of FrameState::pending
};
// Slots with the same number share a word: they are made the same object.
ExitBuffer exit_buffer(const FrameState& state);

// The number that exits give a place (fast local, or nslots + a stack entry): fast locals and stack entries of the frame,
// those of inlined calls, then fast locals of generators. How many there are.
int32_t slot_at_exit(const Function& f, int32_t place);
int32_t slots_at_exits(const Function& f);

}  // namespace jj::hir
