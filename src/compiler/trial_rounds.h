// Calls timed by turns on two sides, and what their times tell: the statistics of a trial.
#pragma once
#include <cstdint>

#include "vm/call_site.h"

namespace jj {

enum Side { kNative, kInterpreted };

struct Trial {
  static constexpr int kRound = 32;  // timed calls of each side in a round
  static constexpr int kRounds = 5;  // all of which must find native code slower, for one kind of callers at least
  static constexpr int kInARow = 8;  // calls of one side, the first of which does not count: the processor has learnt
                                     // the other's branches
  static constexpr int kGroupRow = 96,
                       kGroupSettles = 64;  // the same where the interpreter has to specialise calls anew
  static constexpr int kWarmUp = 24;        // calls of each side before that: the interpreter specialises its
                                            // code meanwhile
  static constexpr double kTie = 1.02;      // native to interpreted: a round at or above this is lost

  enum class State { GoesOn, RoundIsOver, NativeWins };

  Side next_side();  // of the next call
  // Takes the time of a call into account. `most_inline_ns`: more than the interpreter saves where it runs calls
  // inline, which are not timed here.
  State add(Side side, uint64_t ticks, double most_inline_ns);

  double mean_ns(Side side) const;    // of a call, as far as that is known
  double median_ns(Side side) const;  // of the rounds' means, all rounds being over
  double median_ratio() const;        // native to interpreted, likewise
  double least_mean_ns(Side side) const;
  bool lost(int round) const { return means[kNative][round] >= kTie * means[kInterpreted][round]; }
  bool lost_always() const;  // all rounds being over

  int rounds = 0;                  // that are over
  double means[2][kRounds] = {};   // ticks
  int calls[vm::kCallSites] = {};  // by where they came from
  bool running = false;            // a timed call
  bool of_group = false;           // who is tried, see compiler/group.h; set at the start

 private:
  int row() const { return of_group ? kGroupRow : kInARow; }
  int settling() const { return of_group ? kGroupSettles : 1; }
  Side draw_side();
  bool wins_outright(double most_inline_ns) const;
  void end_round();

  int warm_[2] = {};
  uint64_t least_[2] = {UINT64_MAX, UINT64_MAX};  // ticks of the quickest of these calls
  int count_[2] = {};
  uint64_t ticks_[2][kRound] = {};
  uint32_t random_ = 0x9e3779b9;
  Side side_ = kNative;  // of the calls in a row that go on
  int in_a_row_ = 0;     // so far
};

}  // namespace jj
