// Whose turn it is in a trial, and means of the calls that were timed.
#include "compiler/trial_rounds.h"

#include <algorithm>
#include <numeric>

#include "vm/clock_inl.h"

namespace jj {
namespace {

// The mean of the lower three quarters: interruptions and collections are in
// the rest.
double trimmed_mean(uint64_t* ticks, int count) {
  std::sort(ticks, ticks + count);
  int kept = count - count / 4;
  return static_cast<double>(std::accumulate(ticks, ticks + kept, uint64_t{0})) / kept;
}

double ns_of(uint64_t ticks) { return vm::ticks_to_ns(static_cast<double>(ticks)); }

double middle_of(double* values) {
  double* middle = values + Trial::kRounds / 2;
  std::nth_element(values, middle, values + Trial::kRounds);
  return *middle;
}

}  // namespace

// At random, so that no rhythm in the program's calls can favour one side; but
// both get about the same number.
Side Trial::draw_side() {
  for (Side side : {kNative, kInterpreted})
    if (warm_[side] < kWarmUp) return side;
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  Side side = random_ & 1 ? kNative : kInterpreted;
  Side other = side == kNative ? kInterpreted : kNative;
  bool ahead = count_[side] - count_[other] >= row();
  return count_[side] < kRound && !ahead ? side : other;
}

Side Trial::next_side() {
  if (in_a_row_ == row() || count_[side_] == kRound) in_a_row_ = 0;
  if (in_a_row_++ == 0) side_ = draw_side();
  return side_;
}

// Every interpreted call so far took longer than every native one, even if it
// had been inline, and usually by far: closer results are worth a round.
bool Trial::wins_outright(double most_inline_ns) const {
  constexpr int kEnough = 6;
  constexpr double kFar = 2;
  if (count_[kNative] < kEnough || count_[kInterpreted] < kEnough) return false;
  uint64_t quickest = *std::min_element(ticks_[kInterpreted], ticks_[kInterpreted] + count_[kInterpreted]);
  uint64_t slowest = *std::max_element(ticks_[kNative], ticks_[kNative] + count_[kNative]);
  if (quickest <= slowest || ns_of(quickest - slowest) <= most_inline_ns) return false;
  return mean_ns(kInterpreted) > kFar * mean_ns(kNative);
}

void Trial::end_round() {
  for (Side side : {kNative, kInterpreted}) {
    means[side][rounds] = trimmed_mean(ticks_[side], kRound);
    count_[side] = 0;
  }
  ++rounds;
}

Trial::State Trial::add(Side side, uint64_t ticks, double most_inline_ns) {
  if (warm_[side] < kWarmUp) {
    least_[side] = std::min(least_[side], ticks);
    if (++warm_[side] < 4 || side == kNative || least_[kInterpreted] / 3 <= least_[kNative]) return State::GoesOn;
    bool inlined_too = ns_of(least_[kInterpreted] - least_[kNative]) > most_inline_ns;
    return inlined_too ? State::NativeWins : State::GoesOn;
  }
  if (in_a_row_ <= settling() || count_[side] == kRound) return State::GoesOn;
  ticks_[side][count_[side]++] = ticks;
  if (count_[kNative] == kRound && count_[kInterpreted] == kRound) {
    end_round();
    return State::RoundIsOver;
  }
  return rounds == 0 && wins_outright(most_inline_ns) ? State::NativeWins : State::GoesOn;
}

double Trial::mean_ns(Side side) const {
  if (rounds) return vm::ticks_to_ns(means[side][rounds - 1]);
  if (!count_[side]) return ns_of(least_[side]);
  uint64_t copy[kRound];
  std::copy(ticks_[side], ticks_[side] + count_[side], copy);
  return vm::ticks_to_ns(trimmed_mean(copy, count_[side]));
}

bool Trial::lost_always() const {
  for (int i = 0; i < kRounds; ++i)
    if (!lost(i)) return false;
  return true;
}

double Trial::median_ns(Side side) const {
  double middle[kRounds];
  std::copy(means[side], means[side] + kRounds, middle);
  return vm::ticks_to_ns(middle_of(middle));
}

double Trial::median_ratio() const {
  double ratios[kRounds];
  for (int i = 0; i < kRounds; ++i) ratios[i] = means[kNative][i] / means[kInterpreted][i];
  return middle_of(ratios);
}

double Trial::least_mean_ns(Side side) const {
  return vm::ticks_to_ns(*std::min_element(means[side], means[side] + kRounds));
}

}  // namespace jj
