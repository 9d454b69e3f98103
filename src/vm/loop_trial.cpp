// Times resumes that come from interpreted for loops, by turns native and interpreted, until it is clear who is quicker.
//
// Both ways come in through C here. The interpreter's own loops save that call once nothing keeps them from resuming
// inline; what they save was measured once and is taken off its time.
#include "vm/loop_trial.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <numeric>

#include <opcode.h>

#include "vm/clock_inl.h"
#include "vm/internal.h"

namespace jj {

struct LoopTrial {
  static constexpr int kRound = 24;   // timed resumes of each side
  static constexpr int kRounds = 3;   // the interpreter must win them all
  static constexpr int kInARow = 8;   // of one side, the first of which is not timed
  static constexpr int kWarmUp = 16;  // interpreted resumes before that: the bytecode gets specialised meanwhile

  int turn = 0, warm = 0, rounds = 0;
  int count[2] = {};  // by side: 1 interpreted
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

bool resumed_by_loop([[maybe_unused]] PyThreadState* ts) {
#if PY_VERSION_HEX >= 0x030C0000
  Frame* caller = current_frame(ts);
  if (!caller || caller->owner > FRAME_OWNED_BY_FRAME_OBJECT || caller->stacktop == kRunsNatively) return false;
  return reinterpret_cast<const _Py_CODEUNIT*>(frame_instruction(caller))->op.code == FOR_ITER;
#else
  return false;
#endif
}

// Of the lower three quarters: interruptions are in the rest.
double mean(uint64_t* ticks, int count) {
  std::sort(ticks, ticks + count);
  int kept = count - count / 4;
  return static_cast<double>(std::accumulate(ticks, ticks + kept, uint64_t{0})) / kept;
}

void judge(CodeData* cd, ResumedBy by) {
  cd->resumed_by = by;
  forget_loop_trial(cd);
}

void end_round(CodeData* cd) {
  LoopTrial& t = *cd->loop_trial;
  double native = ticks_to_ns(mean(t.ticks[0], LoopTrial::kRound));
  double interpreted = ticks_to_ns(mean(t.ticks[1], LoopTrial::kRound));
  t.count[0] = t.count[1] = 0;
  if (native <= interpreted - kInlineNs)
    judge(cd, kByNative);
  else if (++t.rounds == LoopTrial::kRounds)
    judge(cd, kByLoops);
}

}  // namespace

void set_loop_trials(uint64_t after_resumes, int64_t handicap_ns) {
  g_after = after_resumes;
  g_handicap_ns = handicap_ns;
}

JudgedResume begin_resume(PyThreadState* ts, CodeData* cd) {
  JudgedResume resume;
  if (cd->resumed_by == kByLoops) {
    resume.interpreted = resumed_by_loop(ts);
    return resume;
  }
  if (g_after == 0 || ++cd->resumes < g_after || g_timing || cd->boundary_mode || !resumed_by_loop(ts)) return resume;
  if (!cd->loop_trial) {
    ticks_to_ns(0);
    cd->loop_trial = new (std::nothrow) LoopTrial;
  }
  if (!cd->loop_trial) return resume;
  resume.interpreted = cd->loop_trial->turn++ / LoopTrial::kInARow % 2;
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
  if (resume.interpreted && t.warm < LoopTrial::kWarmUp) {
    ++t.warm;
    return;
  }
  int& count = t.count[resume.interpreted];
  bool first = (t.turn - 1) % LoopTrial::kInARow == 0;
  if (first || count == LoopTrial::kRound) return;
  t.ticks[resume.interpreted][count++] = passed;
  if (t.count[0] == LoopTrial::kRound && t.count[1] == LoopTrial::kRound) end_round(cd);
}

void forget_loop_trial(CodeData* cd) {
  delete cd->loop_trial;
  cd->loop_trial = nullptr;
}

}  // namespace vm
}  // namespace jj
