// Times resumes that come through C, by turns native and interpreted, until it is clear who is quicker.
//
// Both ways come in through C here. The interpreter's own for loops save that call once nothing keeps them from resuming
// inline; what they save was measured once and is taken off its time. A generator that delegates is timed with all it
// delegates to, which the interpreter resumes as it does the generator (3.12+).
#include "vm/loop_trial.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <numeric>

#include "vm/clock_inl.h"
#include "vm/internal.h"

extern "C" int jj_judged_later(jj::CodeData* cd);  // by whoever makes better code: whether it will soon

namespace jj {

struct LoopTrial {
  static constexpr int kRound = 48;   // timed resumes of each side
  static constexpr int kRounds = 4;   // the interpreter must win them all
  static constexpr int kInARow = 8;   // of one side, the first of which is not timed
  static constexpr int kWarmUp = 48;  // interpreted resumes before that: the bytecode gets specialised meanwhile

  vm::Resumer who;
  bool interpreted = false;  // the side whose turn it is
  int in_a_row = 0, warm = 0, rounds = 0;
  int resumed[2] = {};  // by side, as below: all that were timed
  uint32_t random = 0x9e3779b9;
  uint64_t least[2] = {UINT64_MAX, UINT64_MAX};  // by side: 1 interpreted
  int count[2] = {};
  uint64_t ticks[2][kRound] = {};
};

namespace vm {
namespace {

// From loops over a generator that only yields: time of the loop with native and with inline resumes, and of both as they
// are timed here.
#if PY_VERSION_HEX >= 0x030D0000
constexpr double kInlineNs = 11;
#elif PY_VERSION_HEX >= 0x030C0000
constexpr double kInlineNs = 9;
#else
constexpr double kInlineNs = 0;
#endif

uint64_t g_after = 2000;
int64_t g_handicap_ns = 0;
bool g_timing = false;  // resumes within a timed one are not timed

// Of most: what was interrupted is in the rest.
double mean(uint64_t* ticks, int count) {
  std::sort(ticks, ticks + count);
  int kept = count - count / 8;
  return static_cast<double>(std::accumulate(ticks, ticks + kept, uint64_t{0})) / kept;
}

void judge(CodeData* cd, ResumedBy by) {
  const int shift = verdict_shift(cd->loop_trial->who);
  cd->resumed_by = static_cast<uint8_t>((cd->resumed_by & ~(15 << shift)) | by << shift);
  forget_loop_trial(cd);
}

void put_off(CodeData* cd) {
  cd->resumes = 0;
  forget_loop_trial(cd);
}

// What is seen after few resumes already: a long way between two suspensions, on which native code is far ahead or may
// take what it takes.
bool wins_outright(const LoopTrial& t) {
  constexpr double kLong = 100'000;           // nanoseconds
  constexpr int kFew = 16, kNotByChance = 4;  // one or two may have been interrupted
  if (t.resumed[0] >= kNotByChance && ticks_to_ns(static_cast<double>(t.least[0])) > kLong) return true;
  if (t.warm < kFew || t.least[0] == UINT64_MAX) return false;
  return t.least[1] / 3 > t.least[0] && ticks_to_ns(static_cast<double>(t.least[1] - t.least[0])) > 10 * kInlineNs;
}

// What native code may take of the interpreter's time where C code resumes. Between two resumes of a coroutine runs an event
// loop with code of its own, and two engines take more room in the processor's caches than one, which nothing that is timed
// here shows: an asyncio program (`queued` in bench/asyncio_tasks.py, 3.11) whose coroutines were 4 to 6 % quicker natively,
// each by itself, took 4 % longer with them. Where the interpreter goes on inline in what is awaited, more is at stake: on
// 3.12 `queued`, `guarded` and `chained` ran at 0.91, 0.93 and 0.96 of their speed with 0.92 here, at 0.98, 0.98 and 1.06
// with 0.5; 0.6 is between the two.
constexpr double kTie = 1.03;
#if PY_VERSION_HEX >= 0x030C0000
constexpr double kCoroutine = 0.6;
#else
constexpr double kCoroutine = 0.92;
#endif

double most_by_c(const CodeData* cd) { return cd->flags & CO_COROUTINE ? kCoroutine : kTie; }

void end_round(CodeData* cd) {
  LoopTrial& t = *cd->loop_trial;
  double native = ticks_to_ns(mean(t.ticks[0], LoopTrial::kRound));
  double interpreted = ticks_to_ns(mean(t.ticks[1], LoopTrial::kRound));
  t.count[0] = t.count[1] = 0;
  const bool good = t.who == Resumer::Loop ? native <= interpreted - kInlineNs : native <= interpreted * most_by_c(cd);
  if (good)
    judge(cd, kByNative);
  else if (++t.rounds == LoopTrial::kRounds)
    jj_judged_later(cd) ? put_off(cd) : judge(cd, kByInterpreter);
}

// At random, so that no rhythm of the program can favour one side.
bool next_is_interpreted(LoopTrial& t) {
  if (t.in_a_row++ % LoopTrial::kInARow != 0) return t.interpreted;
  t.random ^= t.random << 13;
  t.random ^= t.random >> 17;
  t.random ^= t.random << 5;
  t.interpreted = t.random & 1;
  if (t.count[t.interpreted] == LoopTrial::kRound) t.interpreted = !t.interpreted;
  return t.interpreted;
}

}  // namespace

void set_loop_trials(uint64_t after_resumes, int64_t handicap_ns) {
  g_after = after_resumes;
  g_handicap_ns = handicap_ns;
}

JudgedResume begin_resume(CodeData* cd, Resumer who) {
  JudgedResume resume;
  resume.interpreted = resumed_by(cd, who) == kByInterpreter;
  if (resumed_by(cd, who) != kNotJudged) return resume;
  if (g_after == 0 || ++cd->resumes < g_after || g_timing || cd->boundary_mode) return resume;
  if (!cd->loop_trial) {
    ticks_to_ns(0);
    cd->loop_trial = new (std::nothrow) LoopTrial{who};
  }
  if (!cd->loop_trial || cd->loop_trial->who != who) return resume;
  resume.interpreted = next_is_interpreted(*cd->loop_trial);
  resume.timed = g_timing = true;
  resume.begin = ticks();
  return resume;
}

void end_resume(const JudgedResume& resume, CodeData* cd) {
  if (g_handicap_ns != 0 && resume.interpreted == (g_handicap_ns < 0)) {
    double wait = static_cast<double>(std::abs(g_handicap_ns));
    for (double end = monotonic_ns() + wait; monotonic_ns() < end;) {}
  }
  uint64_t passed = ticks() - resume.begin;
  g_timing = false;
  if (!cd || !cd->loop_trial) return;
  LoopTrial& t = *cd->loop_trial;
  const bool warming = resume.interpreted && t.warm < LoopTrial::kWarmUp;
  t.warm += warming;
  ++t.resumed[resume.interpreted];
  t.least[resume.interpreted] = std::min(t.least[resume.interpreted], passed);
  if (t.rounds == 0 && wins_outright(t)) return judge(cd, kByNative);
  int& count = t.count[resume.interpreted];
  bool first = t.in_a_row % LoopTrial::kInARow == 1;
  if (warming || first || count == LoopTrial::kRound) return;
  t.ticks[resume.interpreted][count++] = passed;
  if (t.count[0] == LoopTrial::kRound && t.count[1] == LoopTrial::kRound) end_round(cd);
}

void forget_loop_trial(CodeData* cd) {
  delete cd->loop_trial;
  cd->loop_trial = nullptr;
}

}  // namespace vm
}  // namespace jj
