// Order of states and layout of exit buffers.
#include "hir/exits.h"

#include <algorithm>
#include <numeric>

namespace jj::hir {

std::vector<int32_t> state_numbers(const Function& f) {
  std::vector<int32_t> order(f.states.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    const FrameState &x = f.states[a], &y = f.states[b];
    const bool x_exits = x.exit != JJ_EXIT_NONE, y_exits = y.exit != JJ_EXIT_NONE;
    return x_exits != y_exits ? y_exits : x.pc < y.pc;
  });
  std::vector<int32_t> numbers(f.states.size());
  for (size_t k = 0; k < order.size(); k++) numbers[order[k]] = static_cast<int32_t>(k);
  return numbers;
}

ExitBuffer exit_buffer(const FrameState& state) {
  ExitBuffer buffer;
  auto word_of = [&](ValueId id, bool two = false) {
    const auto found = std::find(buffer.words.begin(), buffer.words.end(), id);
    if (found != buffer.words.end()) return static_cast<int32_t>(found - buffer.words.begin());
    buffer.words.push_back(id);
    const auto number = static_cast<int32_t>(buffer.words.size()) - 1;
    if (two) buffer.words.push_back(-1);
    return number;
  };
  for (const Pending& p : state.pending) {
    ExitBuffer::Place place{-1, -1};
    if (p.kind == JJ_PENDING_RANGE) {  // two words side by side
      place.word = static_cast<int32_t>(buffer.words.size());
      buffer.words.insert(buffer.words.end(), p.value.begin(), p.value.end());
    } else {
      place.word = word_of(p.value[0], p.kind == JJ_PENDING_COMPLEX);
    }
    if (p.condition >= 0) place.condition = word_of(p.condition);
    buffer.places.push_back(place);
  }
  return buffer;
}

namespace {

int32_t end_of_stack(const Function& f) {
  int32_t end = f.stacksize;
  for (const Inlined& c : f.inlined)
    if (c.direct < 0) end = std::max(end, c.end());
  return end;
}

}  // namespace

int32_t slot_at_exit(const Function& f, int32_t place) {
  const int32_t own = f.nslots - f.lent;
  if (place < own) return place;
  return place < f.nslots ? end_of_stack(f) + place : place - f.lent;
}

int32_t slots_at_exits(const Function& f) { return f.nslots + end_of_stack(f); }

}  // namespace jj::hir
