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
//
// Functions that win by little may do so only because the others around them
// are native, too: compiler/group.h.
#include "compiler/trial.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>
#include <string>

#include "compiler/compile.h"
#include "compiler/group.h"
#include "compiler/optimise.h"
#include "compiler/trial_rounds.h"
#include "vm/call_site.h"
#include "vm/clock_inl.h"
#include "vm/code_slot.h"
#include "vm/entry.h"
#include "vm/loop_trial.h"
#include "vm/vm.h"

namespace jj {
namespace compiler {
namespace {

constexpr double kMargin = 1.08;       // the median of all rounds must be above this
constexpr double kGroupMargin = 1.04;  // the same for a group, whose calls among itself are timed, too
constexpr double kNoticeable = 0.005;  // of a call's time
constexpr double kMostInline = 50;     // nanoseconds: more than inline calls save
constexpr double kDirectCall = 10;     // nanoseconds that calls among native code
                                       // save over the calls timed here

uint64_t g_after_calls = kTrialAfterCalls;
int64_t g_handicap_ns = 0, g_inline_ns = 0;
uint64_t g_timed_calls = 0;

PyCodeObject* code_of(PyFunctionObject* func) { return reinterpret_cast<PyCodeObject*>(func->func_code); }

void wait(int64_t ns) {
  for (double end = vm::monotonic_ns() + static_cast<double>(ns); ns > 0 && vm::monotonic_ns() < end;) {}
}

double most_inline() { return kMostInline + static_cast<double>(g_inline_ns); }

// What calls from elsewhere than native code would gain in nanoseconds beyond
// what nobody notices, taken together, if they were interpreted, as this round
// has it.
double gain_of_interpreted_entry(PyThreadState* ts, const Trial& t, int round) {
  double native = vm::ticks_to_ns(t.means[kNative][round]), interpreted = vm::ticks_to_ns(t.means[kInterpreted][round]);
  double gain = 0;
  for (int k = 0; k < vm::kCallSites; ++k) {
    auto site = static_cast<vm::CallSite>(k);
    if (site == vm::CallSite::Native) continue;
    double saved = vm::inline_advantage_ns(ts, site);
    if (saved > 0) saved += static_cast<double>(g_inline_ns);
    gain += t.calls[k] * (native + saved - kNoticeable * native - interpreted);
  }
  return gain;
}

enum class Verdict { None, Stays, OnlyFromNative, GivenBack };

// Native code stays as it is at the first round that does not find it slower.
Verdict judge(PyThreadState* ts, const Trial& t) {
  const int round = t.rounds - 1;
  const bool others_lose = !t.of_group && gain_of_interpreted_entry(ts, t, round) > 0;
  if (!t.lost(round) && !others_lose) return Verdict::Stays;
  if (t.rounds < Trial::kRounds) return Verdict::None;
  const Verdict others = others_lose ? Verdict::OnlyFromNative : Verdict::Stays;
  if (!t.lost_always()) return others;
  const double ratio = t.median_ratio();
  const bool saves = (ratio - 1) * t.least_mean_ns(kInterpreted) > kDirectCall;
  return ratio > (t.of_group ? kGroupMargin : kMargin) && saves ? Verdict::GivenBack : others;
}

Verdict note(PyThreadState* ts, Trial& t, Side side, uint64_t ticks) {
  switch (t.add(side, ticks, most_inline())) {
    case Trial::State::NativeWins: return Verdict::Stays;
    case Trial::State::RoundIsOver: return judge(ts, t);
    default: return Verdict::None;
  }
}

std::string reason_text(const CodeData* cd) {
  auto figure = [&](Side side) { return std::to_string(static_cast<long long>(cd->trial->median_ns(side))) + " ns"; };
  std::string text =
      "slower than the interpreter: " + figure(kNative) + " a call natively, " + figure(kInterpreted) + " interpreted";
  return cd->trial->of_group ? text + ", as are the functions that it calls" : text;
}

// Nearly all calls came from native code, whose entry may be taken from it later.
bool says_little_of_others(const Trial& t) {
  int native = t.calls[static_cast<int>(vm::CallSite::Native)];
  return t.means[kNative][0] != 0 && native > std::accumulate(t.calls, t.calls + vm::kCallSites, 0) / 8 * 7;
}

// Its own trial is over: it may have won only because others are native.
void conclude_alone(CodeData* cd, Verdict verdict) {
  const Trial& t = *cd->trial;
  const bool put_off = verdict != Verdict::Stays && optimised_sooner(cd);
  if (put_off) verdict = Verdict::Stays;
  cd->tried = !put_off && !(verdict != Verdict::GivenBack && says_little_of_others(t));
  cd->trial_at = 4 * cd->native_calls;
  if (verdict == Verdict::OnlyFromNative) {
    cd->only_from_native = true;
    vm::renew_function_version(cd->code);
  }
  if (!put_off && verdict != Verdict::GivenBack && join_group(cd, t.mean_ns(kNative), t.mean_ns(kInterpreted))) {
    cd->tried = false;
    cd->trial_at = 2 * cd->native_calls;
  }
  std::string reason = verdict == Verdict::GivenBack ? reason_text(cd) : "";
  forget_trial(cd);
  if (!reason.empty()) give_back(cd->code, reason);
}

// Its group's trial is over, or has been ended. What did not lose may do so with more functions in the group.
void leave_group_trial(CodeData* cd, bool put_off = false) {
  cd->tried = !put_off && ++cd->led >= kMostLed;
  cd->trial_at = (put_off ? 2 : 4) * cd->native_calls;
  forget_trial(cd);
}

void conclude_group(CodeData* cd, Verdict verdict) {
  const bool put_off = verdict == Verdict::GivenBack && !give_group_back(reason_text(cd));
  if (verdict != Verdict::GivenBack) end_group_trial();
  leave_group_trial(cd, put_off);
}

PyObject* trial_entry(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* kwnames);

void set_entry(PyFunctionObject* func, vectorcallfunc entry) {
  if (vm::keeps_entry(func))
    func->vectorcall = entry == vm::original_vectorcall ? jj_vectorcall : entry;
  else
    entry == vm::original_vectorcall ? vm::uninstall(func) : vm::install(func, entry);
}

// Makes func's entry what its code says now.
void settle_entry(PyFunctionObject* func) {
  const CodeData* cd = vm::code_data(func);
  if (cd && cd->body && !cd->only_from_native)
    set_entry(func, jj_vectorcall);
  else
    vm::uninstall(func);
}

// What waits inside a timed call of a test, so that one side loses.
void handicap(const Trial& t, Side side) {
  const int64_t native = t.of_group ? group_handicap_ns() : g_handicap_ns;
  wait(side == kNative ? native : -native);
}

// One call on `side`, with the entry that calls of that kind find everywhere.
PyObject* timed_call(PyThreadState* ts, const Trial& t, PyFunctionObject* func, PyObject* const* args, size_t nargsf,
                     PyObject* kwnames, Side side, uint64_t* ticks) {
  auto* callable = reinterpret_cast<PyObject*>(func);
  if (t.of_group) side == kNative ? resume_group() : pause_group();
  set_entry(func, side == kNative ? jj_vectorcall : vm::original_vectorcall);
  uint64_t begin = vm::ticks();
  PyObject* result = side == kNative ? jj_vectorcall(callable, args, nargsf, kwnames)
                                     : vm::call_interpreted(ts, callable, args, nargsf, kwnames);
  handicap(t, side);
  *ticks = vm::ticks() - begin;
  return result;
}

// Times a call and notes what that tells. The code may be gone behind it, or be another, and so may its trial.
PyObject* try_call(PyThreadState* ts, PyFunctionObject* func, CodeData* cd, PyObject* const* args, size_t nargsf,
                   PyObject* kwnames) {
  PyCodeObject* code = code_of(func);
  const bool of_group = cd->trial->of_group;
  Side side = cd->trial->next_side();
  if (side == kInterpreted) ++vm::fallback_calls;
  ++cd->trial->calls[static_cast<int>(vm::call_site(ts, reinterpret_cast<PyObject*>(func), args))];
  cd->trial->running = true;
  if (of_group) time_group(true);
  uint64_t timed_before = ++g_timed_calls;
  uint64_t ticks;
  PyObject* result = timed_call(ts, *cd->trial, func, args, nargsf, kwnames, side, &ticks);
  if (of_group) time_group(false);
  vectorcallfunc entry = side == kNative || vm::keeps_entry(func) ? jj_vectorcall : vm::original_vectorcall;
  bool entry_kept = func->vectorcall == entry;
  bool same = vm::code_data(code) == cd && cd->trial;
  if (cd->trial) cd->trial->running = false;
  if (same) {
    bool counts =
        entry_kept && code_of(func) == code && timed_before == g_timed_calls;  // else others were timed within
    Verdict verdict = counts ? note(ts, *cd->trial, side, ticks) : Verdict::None;
    if (verdict == Verdict::OnlyFromNative && vm::keeps_entry(func)) verdict = Verdict::Stays;
    if (verdict != Verdict::None) of_group ? conclude_group(cd, verdict) : conclude_alone(cd, verdict);
  }
  if (entry_kept) same && cd->trial ? set_entry(func, trial_entry) : settle_entry(func);
  return result;
}

PyObject* trial_entry(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  auto* func = reinterpret_cast<PyFunctionObject*>(callable);
  CodeData* cd = vm::code_data(func);
  if (cd && cd->trial && cd->trial->of_group && !leads_group_trial(cd)) leave_group_trial(cd);
  if (!cd || !cd->body || !cd->trial) {  // decided meanwhile, or other code
    settle_entry(func);
    return func->vectorcall(callable, args, nargsf, kwnames);
  }
  PyThreadState* ts = thread_state();
  const bool within_another = group_is_timed() && !cd->trial->of_group;
  if (cd->trial->running || within_another || !vm::entry_allowed(ts, cd) || vm::stack_low())
    return jj_vectorcall(callable, args, nargsf, kwnames);
  auto* code = reinterpret_cast<PyObject*>(code_of(func));
  Py_INCREF(callable);
  Py_INCREF(code);
  PyObject* result = try_call(ts, func, cd, args, nargsf, kwnames);
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
  if (cd->trial && cd->trial->of_group) end_trial_led_by(cd);
  delete cd->trial;
  cd->trial = nullptr;
}

}  // namespace compiler
}  // namespace jj

extern "C" void jj_consider_trial(PyFunctionObject* func, jj::CodeData* cd) {
  using namespace jj;
  using namespace jj::compiler;
  if (cd->tried || g_after_calls == 0 || !func || !may_be_tried(cd)) return;
  if (cd->native_calls < std::max(g_after_calls, cd->trial_at) || group_is_timed()) return;
  if (func->vectorcall != jj_vectorcall || vm::code_data(func) != cd) return;
  vm::ticks_to_ns(0);
  if (!cd->trial) {
    if (cd->leads && !begin_group_trial(cd)) return;
    cd->trial = new (std::nothrow) Trial;
    if (cd->trial) cd->trial->of_group = cd->leads;
  }
  if (cd->trial && !cd->trial->running) set_entry(func, trial_entry);
}
