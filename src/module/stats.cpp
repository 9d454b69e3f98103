// stats() and boundary coverage: what CodeData counted, as Python objects.
#include "module/arguments.h"

#include <nanobind/stl/string.h>

#include "compiler/compile.h"
#include "compiler/group.h"
#include "compiler/tiering.h"
#include "vm/code_slot.h"
#include "vm/entry.h"
#include "vm/loop_trial.h"
#include "vm/traced_calls.h"

namespace jj::module {
namespace {

constexpr const char* kReasonNames[] = {
    "poll", "tracing", "forced exit", "no handler", "deep stack", "suspended", "other",
    // JJExitKind
    "guard", "guard: type", "guard: overflow", "guard: zero", "guard: range", "guard: unbound", "guard: identity",
    "guard: locals", "guard: cold code", "guard: poll", "raise", "guard: other", "guard: end of a generator",
    "guard: loop that was never profiled"};
constexpr int kReasonCount = static_cast<int>(std::size(kReasonNames));

int line_of(PyCodeObject* code, int index) { return PyCode_Addr2Line(code, index * 2); }

void add_exits(nb::list& exits, const CodeData* cd) {
  for (int i = 0; i < cd->nexits; ++i) {
    nb::dict entry;
    entry["reason"] = exit_reason_name(cd->exits[i].reason);
    entry["line"] = line_of(cd->code, cd->exits[i].index);
    entry["count"] = cd->exits[i].count;
    exits.append(entry);
  }
}

// All native code that a code object has had.
struct Sums {
  uint64_t native_calls = 0, left = 0, deopts = 0, backedges = 0;
  double compile_ms = 0;
  nb::list exits;
  explicit Sums(const CodeData* cd) {
    for (; cd; cd = cd->retired) {
      native_calls += cd->native_calls;
      left += cd->left;
      deopts += cd->deopts;
      backedges += cd->backedges;
      compile_ms += cd->compile_ms;
      add_exits(exits, cd);
    }
  }
};

const char* tier_name(const CodeData* cd) {
  if (!cd->body) return "interpreter";
  return cd->baseline ? "optimised" : "baseline";
}

// Why the code is not optimised.
nb::object refusal(const CodeData* cd) {
  if (cd->body && cd->settled && !cd->baseline && !cd->compiled->may_gain)
    return nb::str("nothing to gain: it is work of the runtime's, whatever the types are");
  for (; cd; cd = cd->retired)
    if (cd->refused && cd->refused->reason) return nb::cast(std::string(cd->refused->reason));
  return nb::none();
}

nb::list bits_of(const uint64_t* bitmap, int count) {
  nb::list indexes;
  for (int i = 0; i < count; ++i)
    if (bitmap && (bitmap[i / 64] >> (i % 64) & 1)) indexes.append(i);
  return indexes;
}

}  // namespace

const char* exit_reason_name(int reason) { return reason < kReasonCount ? kReasonNames[reason] : "other"; }

nb::dict function_stats(nb::handle func) {
  static const CodeData kNone{};
  compiler::resume_group();
  const CodeData* cd = vm::code_data(function_of(func));
  if (!cd) cd = &kNone;
  nb::dict d;
  d["compiled"] = cd->body != nullptr;
  const Sums all(cd);
  d["tier"] = tier_name(cd);
  d["native_calls"] = all.native_calls;
  d["completed"] = all.native_calls - all.left;
  d["deopts"] = all.deopts;
  d["exits"] = all.exits;
  d["compile_ms"] = all.compile_ms;
  d["not_optimised"] = refusal(cd);
  d["code_bytes"] = cd->body ? cd->compiled->code_bytes : size_t{0};
  d["bytecodes"] = cd->compiled ? cd->compiled->ninstrs : 0;
  d["backedges"] = all.backedges;
  d["fallback_reason"] = cd->reason ? nb::cast(std::string(cd->reason)) : nb::none();
  d["needs_frame"] = !cd->frameless;
  auto resumes = [cd](vm::Resumer who) {
    return vm::resumed_by(cd, who) == vm::kByInterpreter ? "interpreted" : "native";
  };
  d["loops_resume"] = resumes(vm::Resumer::Loop);
  d["others_resume"] = resumes(vm::Resumer::Other);
  d["called_by"] = cd->body && cd->only_from_native ? "native code" : "all";
  d["fallback_line"] = cd->reason ? nb::cast(cd->reason_line) : nb::none();
  return d;
}

nb::dict process_stats() {
  compiler::Totals t = compiler::totals();
  nb::dict d;
  d["compiled"] = t.compiled;
  d["failed"] = t.failed;
  d["given_back"] = t.given_back;
  d["enabled"] = compiler::enabled();
  d["native_calls"] = t.native_calls;
  d["native_generators"] = t.native_generators;
  d["completed"] = t.completed;
  d["interpreted_calls"] = vm::fallback_calls;
  d["traced_calls"] = vm::traced_calls;
  d["calls"] = t.native_calls + vm::fallback_calls;  // as far as anybody counts them
  d["deopts"] = t.deopts;
  nb::list exits;
  for (int i = 0; i < kReasonCount; ++i) {
    if (!t.exits[i]) continue;
    nb::dict entry;
    entry["reason"] = exit_reason_name(i);
    entry["line"] = nb::none();
    entry["count"] = t.exits[i];
    exits.append(entry);
  }
  d["exits"] = exits;
  d["compile_ms"] = t.compile_ms;
  d["code_objects"] = t.live_objects;
  d["code_bytes"] = t.live_bytes;
  return d;
}

nb::object boundary_coverage(nb::handle func) {
  const CodeData* cd = vm::code_data(function_of(func));
  if (!cd || !cd->body || !cd->boundary_mode) return nb::none();
  nb::list boundaries, entries;
  for (int i = 0; i < cd->compiled->nboundaries; ++i) boundaries.append(cd->compiled->boundaries[i]);
  for (int i = 1; i < cd->nentries; ++i) entries.append(cd->entries[i].index);
  nb::dict d;
  d["boundaries"] = boundaries;
  d["entries"] = entries;
  d["left"] = bits_of(cd->boundary_left, cd->ncode_units);
  d["entered"] = bits_of(cd->boundary_entered, cd->ncode_units);
  return d;
}

}  // namespace jj::module
