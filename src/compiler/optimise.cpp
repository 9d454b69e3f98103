// Decides when native code is replaced by better code, and takes that back where it does not pay.
#include "compiler/optimise.h"

#include <algorithm>
#include <cstdlib>

#include "compiler/background.h"
#include "runtime/boxes.h"
#include "runtime/feedback.h"
#include "vm/code_slot.h"
#include "vm/vm.h"

namespace jj::compiler {

TierLimits tier_limits;

namespace {

bool g_stress = false;

Options tier_options(const CodeData* from) {
  Options options = default_options;
  const int tier = options.tier = from->profiled ? 2 : 1;
  options.profile = tier == 1;
  options.deopt_stress = tier == 2 && g_stress;
  options.everything_pays = tier_limits.everything || from->pays_late;
  return options;
}

// The next look at the counters comes no later than the step that they lead to.
void limit_counters(CodeData* cd) {
  cd->call_limit = std::min(cd->native_calls + kSampleCalls, std::max(cd->ready_calls, cd->native_calls + 1));
  cd->backedge_limit = std::min(cd->backedges + kSampleBackedges, std::max(cd->ready_backedges, cd->backedges + 1));
}

void count_until(CodeData* cd, uint64_t calls, uint64_t backedges) {
  cd->ready_calls = cd->native_calls + calls;
  cd->ready_backedges = cd->backedges + backedges;
  limit_counters(cd);
}

// Microseconds of all compiles on the way to optimised code, for a function and for each of its bytecodes; and what each
// execution of a bytecode gains by them at least (JJCompiled::may_gain is in tenths of nanoseconds).
constexpr double kStraightCost = 600, kStraightCostEach = 200;
constexpr double kLoopsCost = 1000, kLoopsCostEach = 250;
constexpr double kSaved = 0.001, kMayGainUnit = 0.0001;
constexpr double kPartOfLittle = 0.5;  // of that, where most of the work stays the runtime's (JJCompiled::gains_little)

constexpr double kSpareCpu =
    0.4;  // of the cost counts where the compile thread has a CPU of its own: nobody waits for it

double cost_of(const JJCompiled& compiled) {
  static const bool has_spare_cpu = vm::usable_cpus() > 1;
  const bool loops = compiled.nentries > 1;
  const double cost = (loops ? kLoopsCost : kStraightCost) +
                      (loops ? kLoopsCostEach : kStraightCostEach) * std::max(compiled.ninstrs, 1);
  return in_background() && has_spare_cpu ? kSpareCpu * cost : cost;
}

double saved_by(const JJCompiled& compiled) { return std::max(kSaved, kMayGainUnit * compiled.may_gain); }

// Until the calls or back-edges of baseline code would have paid, at so many microseconds for each bytecode; from the
// third round on it must earn more.
void count_until_paid(CodeData* cd, uint8_t rounds, double saved) {
  if (tier_limits.everything) return count_until(cd, tier_limits.first, tier_limits.first);
  const double instrs = cost_of(*cd->compiled) / saved * (1 << rounds);
  auto turns = [&](int32_t length) { return static_cast<uint64_t>(instrs / std::max(length, 1)); };
  count_until(cd, turns(cd->compiled->call_instrs), turns(cd->compiled->loop_instrs));
}

bool is_ready(const CodeData* cd) {
  return cd->native_calls >= cd->ready_calls || cd->backedges >= cd->ready_backedges;
}

// opt_level 2 and 3 mean the optimising tier; what it does is to assume types of numbers.
bool is_wanted(const Wishes& wishes) { return wishes.below_best <= 1 && !wishes.no_numbers; }

bool may_rise(const CodeData* cd) {
  return is_wanted(cd->wishes) && !cd->settled && !cd->baseline && tier_limits.max_tier >= 2;
}

// Native code without profiling that the function had before, or `cd`.
CodeData* plain_baseline(CodeData* cd) {
  for (CodeData* other = vm::code_data(cd->code); other; other = other->retired)
    if (other->body && !other->baseline && !other->profiled && !other->is_landing && !other->boundary_mode)
      return other;
  return cd;
}

// No more optimising: the function is baseline code from now on.
void settle(CodeData* profiled) {
  profiled->settled = true;
  CodeData* plain = plain_baseline(profiled);
  plain->settled = true;
  plain->trial_at = 0;  // if its trial was put off
  make_primary(plain);
  if (!plain->taken_back) return;
  plain->only_from_native = false;
  give_back(plain->code, "slower than the interpreter");
}

// While better code is being made, the counters are looked at this often.
constexpr uint64_t kPendingCalls = 64, kPendingBackedges = 4096;

// Code that was profiled in an earlier round goes on learning.
CodeData* profiled_before(CodeData* plain) {
  for (CodeData* other = plain->retired; other; other = other->retired)
    if (other->profiled && !other->settled) return other;
  return nullptr;
}

CodeData* profile_again(CodeData* profiled) {
  make_primary(profiled);
  count_until(profiled, tier_limits.learn_calls, tier_limits.learn_backedges);
  return profiled;
}

// Not where the interpreter is quicker meanwhile.
bool may_pay_late(CodeData* cd) {
  return cd->profiled && !cd->pays_late && cd->refused && cd->refused->gains_little && !plain_baseline(cd)->taken_back;
}

// What would gain little is profiled and optimised all the same once it has run for so long that little pays.
void optimise_late(CodeData* profiled) {
  CodeData* plain = plain_baseline(profiled);
  profiled->pays_late = true;
  if (plain != profiled) make_primary(plain);
  count_until_paid(plain, 0, kPartOfLittle * saved_by(*plain->compiled));
}

CodeData* compile_next(CodeData* cd);

// A function that has lost against the interpreter as baseline code may win as a part of its callers. It is native again,
// for native callers only, until it has been profiled and optimised; if that cannot be, the interpreter gets it back.
CodeData* take_back(CodeData* given_back) {
  if (!given_back->own_reason || given_back->trial) return given_back;
  CodeData* plain = plain_baseline(given_back);
  if (plain == given_back || plain->taken_back || !may_rise(plain) || !plain->compiled->may_gain) return given_back;
  make_primary(plain);
  plain->taken_back = plain->only_from_native = true;
  vm::renew_function_version(plain->code);
  return plain;
}

constexpr uint8_t kMostWaits = 3;  // callees, their callees ...

// Whether it is worth waiting for what callees will have seen: code that stands in place of their calls needs to know
// types as much as the caller's own does. They are profiled from now on.
bool learns_of_callees(CodeData* cd) {
  if (cd->waits >= kMostWaits) return false;
  FeedbackData feedback;
  feedback.gather(cd, true);
  bool any = false;
  for (PyCodeObject* code : feedback.unknown_callees()) {
    CodeData* callee = vm::code_data(code);
    if (callee && !callee->body) callee = take_back(callee);
    if (!callee || !callee->body || callee->profiled || !may_rise(callee)) continue;
    if (!is_pending(code)) compile_next(callee);
    any = true;
  }
  cd->waits = any ? cd->waits + 1 : kMostWaits;
  return any;
}

// Whether most of the calls that it was to learn from are not over: a recursion on its way down knows no results.
bool is_deep_in_recursion(CodeData* cd) {
  const auto most = static_cast<int>(tier_limits.learn_calls / 2);
  constexpr uint64_t kLongEnough = 20;  // times as many calls: it may stay there
  return !tier_limits.everything && cd->native_calls < kLongEnough * tier_limits.learn_calls &&
         vm::calls_under_way(thread_state(), cd->code, most) == most;
}

// Better code for this code object; null if there is none, or none yet.
CodeData* compile_next(CodeData* cd) {
  bool optimise = cd->profiled;
  if (optimise && (is_deep_in_recursion(cd) || learns_of_callees(cd))) {
    count_until(cd, tier_limits.learn_calls, tier_limits.learn_backedges);
    return nullptr;
  }
  if (CodeData* before = optimise ? nullptr : profiled_before(cd)) return profile_again(before);
  fill_box_reserve();
  std::unique_ptr<Job> job = make_job(cd->code, tier_options(cd), cd);
  if (!job) {
    PyErr_Clear();  // out of memory
    code_risen(cd, nullptr);
    return nullptr;
  }
  CodeData* meanwhile = job->meanwhile = plain_baseline(cd);
  if (in_background() && hand_over(job)) {
    count_until(cd, kPendingCalls, kPendingBackedges);
    if (meanwhile == cd) return nullptr;
    count_until(meanwhile, kPendingCalls, kPendingBackedges);
    make_primary(meanwhile);  // nobody needs its records any more
    return meanwhile;
  }
  job->run();
  CodeData* better = publish(*job);
  PyErr_Clear();  // out of memory
  return better;
}

// The code that is now the best of this code object, if `cd` is not.
CodeData* rise(CodeData* cd) {
  collect();
  CodeData* primary = vm::code_data(cd->code);
  if (primary != cd) {
    bool back = primary && primary->body && cd->profiled && !primary->profiled && !primary->baseline;
    if (back && !primary->boundary_mode) return primary;
    bool better = primary && primary->body && (primary->baseline || (primary->profiled && !cd->profiled));
    return better && !primary->settled ? primary : nullptr;
  }
  if (!may_rise(cd)) return nullptr;
  if (is_pending(cd->code)) {
    count_until(cd, kPendingCalls, kPendingBackedges);
    return nullptr;
  }
  CodeData* better = is_ready(cd) ? compile_next(cd) : nullptr;
  if (!better) limit_counters(cd);
  return better;
}

}  // namespace

void set_tier_threshold(uint64_t threshold) {
  TierLimits fresh;
  fresh.max_tier = tier_limits.max_tier;
  fresh.everything = threshold != 0;
  if (threshold) {
    fresh.first = threshold > 1 ? threshold : 0;
    fresh.learn_calls = fresh.learn_backedges = threshold;
  }
  tier_limits = fresh;
}

void set_deopt_stress(uint64_t seed) {
  g_stress = seed != 0;
  vm::set_deopt_stress(seed);
}

void read_tier_environment() {
  auto number = [](const char* name) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : 0;
  };
  if (uint64_t tier = number("JUSTJIT_TIER")) tier_limits.max_tier = tier >= 2 ? 2 : 1;
  if (uint64_t threshold = number("JUSTJIT_TIER_THRESHOLD")) set_tier_threshold(threshold);
  if (uint64_t seed = number("JUSTJIT_DEOPT_STRESS")) set_deopt_stress(seed);
}

void code_risen(CodeData* from, CodeData* better) {
  if (!better) {
    if (may_pay_late(from)) return optimise_late(from);
    from->profiled ? settle(from) : static_cast<void>(from->settled = true);
    return;
  }
  // Whoever still calls it, or loops in it, finds the better code.
  for (CodeData* old : {from, plain_baseline(from)}) count_until(old, 1, 1);
}

bool optimised_sooner(CodeData* cd) {
  constexpr uint64_t kFarEnough = 8;  // code that has come this part of the way will probably go the rest
  if (!may_rise(cd)) return false;
  if (is_pending(cd->code)) return true;
  if (cd->native_calls * kFarEnough < cd->ready_calls && cd->backedges * kFarEnough < cd->ready_backedges) return false;
  count_until(cd, 0, 0);
  return true;
}

bool gains_little(const CodeData* cd) {
  for (const CodeData* other = cd; other; other = other->retired)
    if (other->pays_late) return true;
  return false;
}

bool profile_at_once() { return tier_limits.max_tier >= 2 && tier_limits.everything && tier_limits.first == 0; }

void start_counting(CodeData* cd) {
  const bool hopeless = !cd->profiled && !cd->compiled->may_gain && !tier_limits.everything;
  if (cd->boundary_mode || hopeless) cd->settled = true;
  if (may_rise(cd) && cd->profiled)
    count_until(cd, tier_limits.learn_calls + 1, tier_limits.learn_backedges);
  else
    count_until_paid(cd, 0, saved_by(*cd->compiled));
  cd->call_limit = 1;  // the first call is looked at
}

}  // namespace jj::compiler

using namespace jj;

extern "C" CodeData* jj_hot_call(CodeData* cd) {
  CodeData* better = compiler::rise(cd);
  return better ? better : cd;
}

extern "C" int jj_judged_later(CodeData* cd) { return compiler::optimised_sooner(cd); }

extern "C" CodeData* jj_hot_loop(CodeData* cd) { return compiler::rise(cd); }

// Optimised code does not know the loop: it is made anew once profiled code has run that for a while.
extern "C" void jj_unseen_loop(CodeData* cd) {
  using namespace compiler;
  constexpr uint8_t kMostLearned = 8;  // loops of one function
  CodeData* profiled = cd->baseline;
  if (!profiled || profiled->settled || vm::code_data(cd->code) != cd || profiled->learned >= kMostLearned) return;
  ++profiled->learned;
  profile_again(profiled);
}

extern "C" void jj_guard_failed(CodeData* cd) {
  using namespace compiler;
  CodeData* profiled = cd->baseline;
  if (!profiled || cd->guard_exits != tier_limits.exits || vm::code_data(cd->code) != cd) return;
  if (++profiled->rounds >= tier_limits.rounds) return settle(profiled);
  CodeData* plain = plain_baseline(profiled);
  if (plain == profiled) {
    profile_again(profiled);
    return;
  }
  make_primary(plain);
  count_until_paid(plain, profiled->rounds - 1, saved_by(*plain->compiled));
}
