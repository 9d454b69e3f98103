// Trials: calls of a hot function run by turns natively and in the interpreter,
// timed, until it is clear who is faster.
//
// A trial stands in the function's entry and nowhere else, so that there is no
// trace of it before and after. Only one call of the code is timed at a time;
// calls that it makes of itself run as it does. Code stays native unless round
// after round says that it loses, and by more than what a call from native code
// saves over the C call that is timed here.
//
// The interpreter's calls are quicker than the ones timed here where it runs
// them inline. Code that wins only without that keeps its native callers, and
// all others get the interpreter's entry.
#include "compiler/trial.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>
#include <string>

#include "compiler/compile.h"
#include "compiler/optimise.h"
#include "vm/call_site.h"
#include "vm/clock_inl.h"
#include "vm/code_slot.h"
#include "vm/entry.h"
#include "vm/loop_trial.h"
#include "vm/vm.h"

namespace jj {

enum Side { kNative, kInterpreted };

struct Trial {
  static constexpr int kRound = 32;   // timed calls of each side in a round
  static constexpr int kRounds = 5;   // all of which must find native code slower, for one kind of callers at least
  static constexpr int kInARow = 8;   // calls of one side, the first of which does not count: the processor has learnt
                                      // the other's branches
  static constexpr int kWarmUp = 24;  // calls of each side before that: the interpreter specialises its
                                      // code meanwhile

  int warm[2] = {};
  uint64_t least[2] = {UINT64_MAX, UINT64_MAX};  // ticks of the quickest of these calls
  int count[2] = {};
  uint64_t ticks[2][kRound] = {};
  int rounds = 0;
  int lost = 0;  // rounds in which native calls were slower than the interpreter's, timed in the same way
  double means[2][kRounds] = {};  // ticks
  uint32_t random = 0x9e3779b9;
  Side side = kNative;             // of the calls in a row that go on
  int in_a_row = 0;                // so far
  int calls[vm::kCallSites] = {};  // by where they came from
  bool running = false;
};

namespace compiler {
namespace {

constexpr double kTie = 1.02;       // a round at or above this is lost
constexpr double kMargin = 1.08;    // the median of all rounds must be above this
constexpr double kMostInline = 50;  // nanoseconds: more than inline calls save
constexpr double kDirectCall = 10;  // nanoseconds that calls among native code
                                    // save over the calls timed here

uint64_t g_after_calls = kTrialAfterCalls;
int64_t g_handicap_ns = 0, g_inline_ns = 0;
uint64_t g_timed_calls = 0;

PyCodeObject* code_of(PyFunctionObject* func) { return reinterpret_cast<PyCodeObject*>(func->func_code); }

void wait(int64_t ns) {
  for (double end = vm::monotonic_ns() + static_cast<double>(ns); ns > 0 && vm::monotonic_ns() < end;) {}
}

// At random, so that no rhythm in the program's calls can favour one side; but
// both get about the same number.
Side draw_side(Trial& t) {
  for (Side side : {kNative, kInterpreted})
    if (t.warm[side] < Trial::kWarmUp) return side;
  t.random ^= t.random << 13;
  t.random ^= t.random >> 17;
  t.random ^= t.random << 5;
  Side side = t.random & 1 ? kNative : kInterpreted;
  Side other = side == kNative ? kInterpreted : kNative;
  bool ahead = t.count[side] - t.count[other] >= Trial::kInARow;
  return t.count[side] < Trial::kRound && !ahead ? side : other;
}

Side next_side(Trial& t) {
  if (t.in_a_row == Trial::kInARow || t.count[t.side] == Trial::kRound) t.in_a_row = 0;
  if (t.in_a_row++ == 0) t.side = draw_side(t);
  return t.side;
}

// The mean of the lower three quarters: interruptions and collections are in
// the rest.
double trimmed_mean(uint64_t* ticks, int count) {
  std::sort(ticks, ticks + count);
  int kept = count - count / 4;
  return static_cast<double>(std::accumulate(ticks, ticks + kept, uint64_t{0})) / kept;
}

double most_inline() { return kMostInline + static_cast<double>(g_inline_ns); }

// Every interpreted call so far took longer than every native one, even if it
// had been inline.
bool wins_outright(const Trial& t) {
  constexpr int kEnough = 6;
  if (t.count[kNative] < kEnough || t.count[kInterpreted] < kEnough) return false;
  uint64_t quickest = *std::min_element(t.ticks[kInterpreted], t.ticks[kInterpreted] + t.count[kInterpreted]);
  uint64_t slowest = *std::max_element(t.ticks[kNative], t.ticks[kNative] + t.count[kNative]);
  return quickest > slowest && vm::ticks_to_ns(static_cast<double>(quickest - slowest)) > most_inline();
}

// What calls from elsewhere than native code would gain in nanoseconds, taken
// together, if they were interpreted, as this round has it.
double gain_of_interpreted_entry(PyThreadState* ts, const Trial& t, int round) {
  double native = vm::ticks_to_ns(t.means[kNative][round]), interpreted = vm::ticks_to_ns(t.means[kInterpreted][round]);
  double gain = 0;
  for (int k = 0; k < vm::kCallSites; ++k) {
    auto site = static_cast<vm::CallSite>(k);
    if (site == vm::CallSite::Native) continue;
    double saved = vm::inline_advantage_ns(ts, site);
    if (saved > 0) saved += static_cast<double>(g_inline_ns);
    gain += t.calls[k] * (native + saved - interpreted);
  }
  return gain;
}

enum class Verdict { None, Stays, OnlyFromNative, GivenBack };

// Native code stays as it is at the first round that does not find it slower.
Verdict end_round(PyThreadState* ts, Trial& t) {
  const int round = t.rounds++;
  for (Side side : {kNative, kInterpreted}) {
    t.means[side][round] = trimmed_mean(t.ticks[side], Trial::kRound);
    t.count[side] = 0;
  }
  const bool lost = t.means[kNative][round] >= kTie * t.means[kInterpreted][round];
  if (!lost && gain_of_interpreted_entry(ts, t, round) <= 0) return Verdict::Stays;
  t.lost += lost;
  if (t.rounds < Trial::kRounds) return Verdict::None;
  const Verdict others = gain_of_interpreted_entry(ts, t, round) > 0 ? Verdict::OnlyFromNative : Verdict::Stays;
  if (t.lost < Trial::kRounds) return others;
  double ratios[Trial::kRounds];
  for (int i = 0; i < Trial::kRounds; ++i) ratios[i] = t.means[kNative][i] / t.means[kInterpreted][i];
  std::sort(ratios, ratios + Trial::kRounds);
  double interpreted = *std::min_element(t.means[kInterpreted], t.means[kInterpreted] + Trial::kRounds);
  double ratio = ratios[Trial::kRounds / 2];
  return ratio > kMargin && (ratio - 1) * vm::ticks_to_ns(interpreted) > kDirectCall ? Verdict::GivenBack : others;
}

Verdict note(PyThreadState* ts, Trial& t, Side side, uint64_t ticks) {
  if (t.warm[side] < Trial::kWarmUp) {
    t.least[side] = std::min(t.least[side], ticks);
    if (++t.warm[side] < 4 || side == kNative || t.least[kInterpreted] / 3 <= t.least[kNative]) return Verdict::None;
    bool inlined_too = vm::ticks_to_ns(static_cast<double>(t.least[kInterpreted] - t.least[kNative])) > most_inline();
    return inlined_too ? Verdict::Stays : Verdict::None;
  }
  if (t.in_a_row == 1 || t.count[side] == Trial::kRound) return Verdict::None;
  t.ticks[side][t.count[side]++] = ticks;
  if (t.count[kNative] == Trial::kRound && t.count[kInterpreted] == Trial::kRound) return end_round(ts, t);
  return t.rounds == 0 && wins_outright(t) ? Verdict::Stays : Verdict::None;
}

std::string reason_text(const Trial& t) {
  auto figure = [&](Side side) {
    const double* means = t.means[side];
    double middle[Trial::kRounds];
    std::copy(means, means + Trial::kRounds, middle);
    std::nth_element(middle, middle + Trial::kRounds / 2, middle + Trial::kRounds);
    return std::to_string(static_cast<long long>(vm::ticks_to_ns(middle[Trial::kRounds / 2]))) + " ns";
  };
  return "slower than the interpreter: " + figure(kNative) + " a call natively, " + figure(kInterpreted) +
         " interpreted";
}

// Nearly all calls came from native code, whose entry may be taken from it later.
bool says_little_of_others(const Trial& t) {
  int native = t.calls[static_cast<int>(vm::CallSite::Native)];
  return t.means[kNative][0] != 0 && native > std::accumulate(t.calls, t.calls + vm::kCallSites, 0) / 8 * 7;
}

void conclude(CodeData* cd, Verdict verdict) {
  const bool put_off = verdict != Verdict::Stays && optimised_sooner(cd);
  if (put_off) verdict = Verdict::Stays;
  cd->tried = !put_off && !(verdict != Verdict::GivenBack && says_little_of_others(*cd->trial));
  cd->trial_at = 4 * cd->native_calls;
  if (verdict == Verdict::OnlyFromNative) {
    cd->only_from_native = true;
    vm::renew_function_version(cd->code);
  }
  std::string reason = verdict == Verdict::GivenBack ? reason_text(*cd->trial) : "";
  forget_trial(cd);
  if (!reason.empty()) give_back(cd->code, reason);
}

// Makes func's entry what its code says now.
void settle_entry(PyFunctionObject* func) {
  const CodeData* cd = vm::code_data(func);
  if (cd && cd->body && !cd->only_from_native)
    vm::install(func, jj_vectorcall);
  else
    vm::uninstall(func);
}

PyObject* trial_entry(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* kwnames);

// What waits inside a timed call of a test, so that one side loses.
void handicap(Side side) { wait(side == kNative ? g_handicap_ns : -g_handicap_ns); }

// One call on `side`, with the entry that calls of that kind find everywhere.
PyObject* timed_call(PyThreadState* ts, PyFunctionObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames,
                     Side side, uint64_t* ticks) {
  auto* callable = reinterpret_cast<PyObject*>(func);
  side == kNative ? vm::install(func, jj_vectorcall) : vm::uninstall(func);
  uint64_t begin = vm::ticks();
  PyObject* result = side == kNative ? jj_vectorcall(callable, args, nargsf, kwnames)
                                     : vm::call_interpreted(ts, callable, args, nargsf, kwnames);
  handicap(side);
  *ticks = vm::ticks() - begin;
  return result;
}

PyObject* trial_entry(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  auto* func = reinterpret_cast<PyFunctionObject*>(callable);
  PyCodeObject* code = code_of(func);
  CodeData* cd = vm::code_data(code);
  if (!cd || !cd->body || !cd->trial) {  // decided meanwhile, or other code
    settle_entry(func);
    return func->vectorcall(callable, args, nargsf, kwnames);
  }
  PyThreadState* ts = thread_state();
  if (cd->trial->running || !vm::entry_allowed(ts, cd) || vm::stack_low())
    return jj_vectorcall(callable, args, nargsf, kwnames);
  Side side = next_side(*cd->trial);
  if (side == kInterpreted) ++vm::fallback_calls;
  ++cd->trial->calls[static_cast<int>(vm::call_site(ts, callable, args))];
  cd->trial->running = true;
  uint64_t timed_before = ++g_timed_calls;
  Py_INCREF(callable);
  Py_INCREF(code);
  uint64_t ticks;
  PyObject* result = timed_call(ts, func, args, nargsf, kwnames, side, &ticks);
  bool entry_kept = func->vectorcall == (side == kNative ? jj_vectorcall : vm::original_vectorcall);
  bool same = vm::code_data(code) == cd && cd->trial;
  if (cd->trial) cd->trial->running = false;
  if (same) {
    bool counts =
        entry_kept && code_of(func) == code && timed_before == g_timed_calls;  // else others were timed within
    Verdict verdict = counts ? note(ts, *cd->trial, side, ticks) : Verdict::None;
    if (verdict != Verdict::None) conclude(cd, verdict);
  }
  if (entry_kept) cd->trial&& same ? vm::install(func, trial_entry) : settle_entry(func);
  Py_DECREF(code);
  Py_DECREF(callable);
  return result;
}

// Code that only learns makes way soon; what suspends is not entered by calls.
bool may_be_tried(const CodeData* cd) {
  if (cd->boundary_mode || cd->wishes.asserts || is_generator(cd->code)) return false;
  return !cd->profiled || cd->settled;
}

}  // namespace

void set_trials(uint64_t after_calls, int64_t handicap_ns, int64_t inline_ns) {
  g_after_calls = after_calls;
  g_handicap_ns = handicap_ns;
  g_inline_ns = inline_ns;
  vm::set_loop_trials(after_calls, handicap_ns);
}

void read_trial_environment() {
  if (const char* text = std::getenv("JUSTJIT_GIVE_BACK"); text && *text)
    set_trials(std::strcmp(text, "0") == 0 ? 0 : kTrialAfterCalls, 0, 0);
}

void forget_trial(CodeData* cd) {
  delete cd->trial;
  cd->trial = nullptr;
}

}  // namespace compiler
}  // namespace jj

extern "C" void jj_consider_trial(PyFunctionObject* func, jj::CodeData* cd) {
  using namespace jj;
  using namespace jj::compiler;
  if (cd->tried || g_after_calls == 0 || !func || !may_be_tried(cd)) return;
  if (cd->native_calls < std::max(g_after_calls, cd->trial_at)) return;
  // 3.13: changing the entry of an __init__ makes the interpreter forget what
  // it knows of all its classes.
  bool cheap = PY_MINOR_VERSION < 13 || Py_IS_TYPE(reinterpret_cast<PyObject*>(func), &PyFunction_Type);
  if (!cheap || func->vectorcall != jj_vectorcall || vm::code_data(func) != cd) return;
  vm::ticks_to_ns(0);
  if (!cd->trial) cd->trial = new (std::nothrow) Trial;
  if (cd->trial && !cd->trial->running) vm::install(func, trial_entry);
}
