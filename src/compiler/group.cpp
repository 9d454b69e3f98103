// Pauses and resumes the native code of the group on trial.
#include "compiler/group.h"

#include <algorithm>
#include <vector>

#include "compiler/optimise.h"
#include "compiler/publish.h"
#include "compiler/trial.h"
#include "vm/code_slot.h"
#include "vm/traced_calls.h"
#include "vm/vm.h"

namespace jj::compiler {
namespace {

constexpr double kLeastNs = 10'000;  // of a leader's call: shorter ones have too little of the group in them
// Interpreted to native time: who wins more stays native. The first trial of a leader is for as many as may turn out to
// win less, since they were tried among native code and by an interpreter that had not specialised theirs, and its next
// one for those that win little as it is.
constexpr float kLittle[] = {3.0F, 1.5F};
constexpr double kLittleNs = 60;       // a call: what the interpreter saves where it runs calls inline, or nearly
constexpr size_t kMostOutside = 5000;  // calls of paused functions while the leader is not called
constexpr size_t kMostAside = 20'000;  // functions that are remembered at most
constexpr int kPatience = 64;          // other leaders that are sent away

struct Member {
  PyCodeObject* code;
  CodeData *native, *paused;
};

struct Group {
  CodeData* leader = nullptr;  // null: no trial
  std::vector<Member> members;
  bool paused = false, timed = false;
  std::vector<PyObject*> aside;  // weak references: functions that have the interpreter's entry while it is paused
  size_t outside = 0;            // calls of others since the leader was called
  int sent_away = 0;
};

Group g_group;
double g_least_ns = kLeastNs;
int64_t g_handicap_ns = 0;

bool may_be_paused(const CodeData* cd, float limit) {
  return cd->gain > 0 && cd->gain < limit && !cd->trial && !is_generator(cd->code) && vm::code_data(cd->code) == cd;
}

// Members whose slot holds something else meanwhile, better code for instance, are left alone.
void swap(CodeData* Member::* from, CodeData* Member::* to) {
  for (const Member& m : g_group.members)
    if (vm::code_data(m.code) == m.*from) make_primary(m.*to);
}

// Functions get their entries back, if they are still there.
void restore_entries() {
  std::vector<PyObject*> aside;
  aside.swap(g_group.aside);
  for (PyObject* weak : aside) {
    PyObject* func = vm::referent(weak);
    if (func) vm::install_again(reinterpret_cast<PyFunctionObject*>(func));
    Py_XDECREF(func);
    Py_DECREF(weak);
  }
}

// The native code that was called while it was paused, and is in use again.
std::vector<CodeData*> dissolve() {
  resume_group();
  std::vector<CodeData*> called;
  std::vector<Member> members;
  members.swap(g_group.members);
  for (const Member& m : members) {
    if (m.paused->calls && vm::code_data(m.code) == m.native) called.push_back(m.native);
    drop_pause(m.paused);
  }
  g_group = Group{};
  return called;
}

}  // namespace

bool join_group(CodeData* cd, double native_ns, double interpreted_ns) {
  cd->gain = interpreted_ns - native_ns < kLittleNs ? 1 : static_cast<float>(interpreted_ns / native_ns);
  cd->leads = cd->gain < kLittle[1] && native_ns >= g_least_ns;
  return cd->leads;
}

bool begin_group_trial(CodeData* leader) {
  if (g_group.leader && ++g_group.sent_away < kPatience) return false;
  dissolve();
  for (CodeData* cd : native_codes()) {
    if (cd == leader || !may_be_paused(cd, kLittle[leader->led % 2])) continue;
    if (CodeData* paused = make_pause(cd)) g_group.members.push_back({cd->code, cd, paused});
  }
  if (g_group.members.empty()) return false;
  g_group.leader = leader;
  return true;
}

bool leads_group_trial(const CodeData* cd) { return g_group.leader == cd; }

void pause_group() {
  if (!g_group.paused) swap(&Member::native, &Member::paused);
  g_group.paused = true;
  g_group.outside = 0;
}

void resume_group() {
  if (!g_group.paused) return;
  swap(&Member::paused, &Member::native);
  g_group.paused = false;
  restore_entries();
}

void time_group(bool running) { g_group.timed = running; }
bool group_is_timed() { return g_group.timed; }

void end_group_trial() { dissolve(); }

bool give_group_back(const std::string& reason) {
  CodeData* leader = g_group.leader;
  std::vector<CodeData*> called = dissolve();
  if (leader) called.push_back(leader);
  bool put_off = false;
  for (CodeData* cd : called) put_off |= !gains_little(cd) && optimised_sooner(cd);
  if (put_off) return false;
  for (CodeData* cd : called) give_back(cd->code, reason);
  // The others were tried among native code that is no more.
  for (CodeData* cd : native_codes()) {
    cd->tried = cd->trial && cd->tried;
    cd->leads = cd->leads && cd->trial;
    cd->trial_at = std::max(cd->trial_at, cd->native_calls + kTrialAfterCalls);
  }
  return true;
}

void end_trial_led_by(const CodeData* leader) {
  if (g_group.leader == leader) dissolve();
}

void forget_member(const PyCodeObject* code) {
  std::erase_if(g_group.members, [&](const Member& m) { return m.code == code; });
}

void set_group_trials(double least_ns, int64_t handicap_ns) {
  g_least_ns = least_ns > 0 ? least_ns : kLeastNs;
  g_handicap_ns = handicap_ns;
}
int64_t group_handicap_ns() { return g_handicap_ns; }

}  // namespace jj::compiler

extern "C" void jj_set_aside(PyFunctionObject* func, jj::CodeData* paused) {
  using namespace jj;
  using namespace jj::compiler;
  if (!group_is_timed()) {
    if (++g_group.outside > kMostOutside) end_group_trial();
    return;
  }
  ++paused->calls;
  if (vm::keeps_entry(func)) return;
  vm::uninstall(func);
  PyObject* weak = PyWeakref_NewRef(reinterpret_cast<PyObject*>(func), nullptr);
  weak ? g_group.aside.push_back(weak) : PyErr_Clear();
  if (g_group.aside.size() > kMostAside) end_group_trial();
}
