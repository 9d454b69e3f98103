// Trials: calls of a hot function run by turns natively and in the interpreter,
// timed, until it is clear who is faster.
//
// A trial stands in the function's entry and nowhere else, so that there is no
// trace of it before and after. Only one call of the code is timed at a time;
// calls that it makes of itself run as it does. Code stays native unless round
// after round says that it loses, and by more than what a call from native code
// saves over the C call that is timed here.
#include "compiler/trial.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>
#include <string>

#include "compiler/compile.h"
#include "compiler/optimise.h"
#include "vm/clock_inl.h"
#include "vm/code_slot.h"
#include "vm/entry.h"
#include "vm/vm.h"

namespace jj {

enum Side { kNative, kInterpreted };

struct Trial {
  static constexpr int kRound = 32;   // timed calls of each side in a round
  static constexpr int kRounds = 5;   // all of which must find native code slower
  static constexpr int kWarmUp = 24;  // calls of each side before that: the interpreter specialises its
                                      // code meanwhile

  int warm[2] = {};
  uint64_t least[2] = {UINT64_MAX, UINT64_MAX};  // ticks of the quickest of these calls
  int count[2] = {};
  uint64_t ticks[2][kRound] = {};
  int rounds = 0;
  double means[2][kRounds] = {};  // ticks
  uint32_t random = 0x9e3779b9;
  bool running = false;
};

namespace compiler {
namespace {

constexpr double kTie = 1.02;       // a round at or above this is lost
constexpr double kMargin = 1.08;    // the median of all rounds must be above this
constexpr double kDirectCall = 10;  // nanoseconds that calls among native code
                                    // save over the calls timed here

uint64_t g_after_calls = kTrialAfterCalls;
int64_t g_handicap_ns = 0;

PyCodeObject* code_of(PyFunctionObject* func) { return reinterpret_cast<PyCodeObject*>(func->func_code); }

void wait(int64_t ns) {
  for (double end = vm::monotonic_ns() + static_cast<double>(ns); ns > 0 && vm::monotonic_ns() < end;) {}
}

// At random, so that no rhythm in the program's calls can favour one side; but
// both get the same number.
Side next_side(Trial& t) {
  for (Side side : {kNative, kInterpreted})
    if (t.warm[side] < Trial::kWarmUp) return side;
  t.random ^= t.random << 13;
  t.random ^= t.random >> 17;
  t.random ^= t.random << 5;
  Side side = t.random & 1 ? kNative : kInterpreted;
  Side other = side == kNative ? kInterpreted : kNative;
  return t.count[side] < Trial::kRound && t.count[side] - t.count[other] < 3 ? side : other;
}

// The mean of the lower three quarters: interruptions and collections are in
// the rest.
double trimmed_mean(uint64_t* ticks, int count) {
  std::sort(ticks, ticks + count);
  int kept = count - count / 4;
  return static_cast<double>(std::accumulate(ticks, ticks + kept, uint64_t{0})) / kept;
}

// Every interpreted call so far took longer than every native one.
bool wins_outright(const Trial& t) {
  constexpr int kEnough = 6;
  if (t.count[kNative] < kEnough || t.count[kInterpreted] < kEnough) return false;
  return *std::min_element(t.ticks[kInterpreted], t.ticks[kInterpreted] + t.count[kInterpreted]) >
         *std::max_element(t.ticks[kNative], t.ticks[kNative] + t.count[kNative]);
}

enum class Verdict { None, Stays, GivenBack };

Verdict end_round(Trial& t) {
  for (Side side : {kNative, kInterpreted}) {
    t.means[side][t.rounds] = trimmed_mean(t.ticks[side], Trial::kRound);
    t.count[side] = 0;
  }
  if (t.means[kNative][t.rounds] < kTie * t.means[kInterpreted][t.rounds]) return Verdict::Stays;
  if (++t.rounds < Trial::kRounds) return Verdict::None;
  double ratios[Trial::kRounds];
  for (int i = 0; i < Trial::kRounds; ++i) ratios[i] = t.means[kNative][i] / t.means[kInterpreted][i];
  std::sort(ratios, ratios + Trial::kRounds);
  double interpreted = *std::min_element(t.means[kInterpreted], t.means[kInterpreted] + Trial::kRounds);
  double ratio = ratios[Trial::kRounds / 2];
  return ratio > kMargin && (ratio - 1) * vm::ticks_to_ns(interpreted) > kDirectCall ? Verdict::GivenBack
                                                                                     : Verdict::Stays;
}

Verdict note(Trial& t, Side side, uint64_t ticks) {
  if (t.warm[side] < Trial::kWarmUp) {
    t.least[side] = std::min(t.least[side], ticks);
    bool far_slower = ++t.warm[side] == 4 && side == kInterpreted && t.least[kInterpreted] / 3 > t.least[kNative];
    return far_slower ? Verdict::Stays : Verdict::None;
  }
  t.ticks[side][t.count[side]++] = ticks;
  if (t.count[kNative] == Trial::kRound && t.count[kInterpreted] == Trial::kRound) return end_round(t);
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

void conclude(CodeData* cd, Verdict verdict) {
  std::string reason = verdict == Verdict::GivenBack ? reason_text(*cd->trial) : "";
  forget_trial(cd);
  cd->tried = true;
  if (!reason.empty()) give_back(cd->code, reason);
}

// Makes func's entry what its code says now.
void settle_entry(PyFunctionObject* func) {
  const CodeData* cd = vm::code_data(func);
  if (cd && cd->body)
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
                                     : vm::call_original(ts, callable, args, nargsf, kwnames);
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
  cd->trial->running = true;
  Py_INCREF(callable);
  Py_INCREF(code);
  uint64_t ticks;
  PyObject* result = timed_call(ts, func, args, nargsf, kwnames, side, &ticks);
  bool entry_kept = func->vectorcall == (side == kNative ? jj_vectorcall : vm::original_vectorcall);
  bool same = vm::code_data(code) == cd && cd->trial;
  if (cd->trial) cd->trial->running = false;
  if (same) {
    Verdict verdict = entry_kept && code_of(func) == code ? note(*cd->trial, side, ticks) : Verdict::None;
    if (verdict != Verdict::None) conclude(cd, verdict);
  }
  if (entry_kept) cd->trial&& same ? vm::install(func, trial_entry) : settle_entry(func);
  Py_DECREF(code);
  Py_DECREF(callable);
  return result;
}

// Better code may still come, or this is none that calls enter from outside.
bool may_be_tried(const CodeData* cd) {
  if (cd->boundary_mode || cd->wishes.asserts || is_generator(cd->code)) return false;
  return cd->baseline || cd->settled || tier_limits.max_tier < 2;
}

}  // namespace

void set_trials(uint64_t after_calls, int64_t handicap_ns) {
  g_after_calls = after_calls;
  g_handicap_ns = handicap_ns;
}

void read_trial_environment() {
  if (const char* text = std::getenv("JUSTJIT_GIVE_BACK"); text && *text)
    g_after_calls = std::strcmp(text, "0") == 0 ? 0 : kTrialAfterCalls;
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
  if (cd->tried || g_after_calls == 0 || !func || cd->native_calls < g_after_calls || !may_be_tried(cd)) return;
  // 3.13: changing the entry of an __init__ makes the interpreter forget what
  // it knows of all its classes.
  bool cheap = PY_MINOR_VERSION < 13 || Py_IS_TYPE(reinterpret_cast<PyObject*>(func), &PyFunction_Type);
  if (!cheap || func->vectorcall != jj_vectorcall || vm::code_data(func) != cd) return;
  vm::ticks_to_ns(0);
  if (!cd->trial) cd->trial = new (std::nothrow) Trial;
  if (cd->trial && !cd->trial->running) vm::install(func, trial_entry);
}
