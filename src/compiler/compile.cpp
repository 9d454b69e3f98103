// Compiles code objects, here or on the compile thread, and has the results published.
#include "compiler/compile.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include "compiler/background.h"
#include "compiler/core_library.h"
#include "compiler/group.h"
#include "compiler/optimise.h"
#include "compiler/publish.h"
#include "compiler/trial.h"
#include "vm/code_slot.h"
#include "vm/generators.h"
#include "vm/running_generators.h"

namespace jj::compiler {

Options default_options;

namespace {

double thread_ms() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

JJCompileOptions core_options(const Options& options, uint32_t dump) {
  JJCompileOptions result{};
  result.boundaries = options.boundaries;
  result.regalloc = options.regalloc;
  result.opt_level = options.opt_level;
  result.vectorize = options.vectorize;
  result.inlining = options.inlining;
  result.dump = dump;
  result.disabled_passes = options.disabled_passes.empty() ? nullptr : options.disabled_passes.c_str();
  result.tier = options.tier;
  result.profile = options.profile;
  result.everything_pays = options.everything_pays;
  result.deopt_stress = options.deopt_stress;
  result.asserts = options.asserts;
  result.wraps = options.wraps;
  return result;
}

// What the user asked for, on top of what everything gets.
Options wished(PyCodeObject* code, Options options) {
  const CodeData* cd = vm::code_data(code);
  if (!cd) return options;
  const Wishes& w = cd->wishes;
  options.opt_level = std::min(options.opt_level, 3 - w.below_best);
  options.regalloc = options.regalloc && options.opt_level > 0;
  options.vectorize = options.vectorize && !w.no_vectors;
  options.inlining = options.inlining && !w.no_inlining;
  options.asserts = w.asserts;
  options.wraps = w.wraps;
  return options;
}

// The stages that JUSTJIT_DUMP names, for functions whose qualified name matches JUSTJIT_FUNC.
uint32_t environment_dump(const char* qualname) {
  static const char* stages = std::getenv("JUSTJIT_DUMP");
  static const char* pattern = std::getenv("JUSTJIT_FUNC");
  if (!stages || !*stages) return 0;
  if (pattern && *pattern && fnmatch(pattern, qualname, 0) != 0) return 0;
  return dump_bits(stages);
}

int line_of(PyCodeObject* code, int index) {
  return index < 0 ? code->co_firstlineno : PyCode_Addr2Line(code, index * 2);
}

// Adds the CPU time of its scope.
class Timed {
 public:
  explicit Timed(double& sum) : sum_(sum), start_(thread_ms()) {}
  ~Timed() { sum_ += thread_ms() - start_; }

 private:
  double& sum_;
  double start_;
};

// Up to 3.11 a comprehension is a function, made anew and called once whenever its parent gets there. To whoever reads
// the source it is part of the parent, and so it is compiled with it.
bool is_comprehension(PyCodeObject* code) {
  for (const char* name : {"<listcomp>", "<setcomp>", "<dictcomp>"})
    if (PyUnicode_CompareWithASCIIString(code->co_name, name) == 0) return true;
  return false;
}

// Without the code object, which may be gone by now. Caches, which 3.10 does not have, begin with 0.
int32_t instruction_behind(const JJCode& source, int32_t index) {
  const auto count = static_cast<int32_t>(source.code_size / 2);
  for (++index; index < count && source.code[2 * index] == 0;) ++index;
  return index;
}

// Code units at which calls go on that leave this code by a guard, or whose inlined callees do.
std::vector<int32_t> places_of_exits(const JJCompiled& code, const JJCode& source) {
  std::vector<int32_t> units;
  for (int32_t k = 0; k < code.nstates; ++k)
    if (code.states[k].exit_kind != JJ_EXIT_NONE && code.states[k].resume >= 0) {
      const JJState& s = code.states[k];
      units.push_back(s.inside < 0 ? s.resume : instruction_behind(source, s.index));
    }
  std::sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  return units;
}

// What a function's options mean for those inside of it, of which nobody has said anything.
bool inherit(PyCodeObject* code, Wishes wishes) {
  CodeData* cd = data_of(code);
  wishes.asserts = wishes.wraps = 0;  // of its own arguments and locals
  if (cd && !cd->wishes.nested) cd->wishes = wishes;
  return cd;
}

// What is compiled with a function: its comprehensions, and where the user has named the function whatever functions,
// lambdas and generators are made inside of it (a class body is run once).
template <typename Visit>
void for_inner(PyCodeObject* parent, Visit visit) {
  const CodeData* cd = vm::code_data(parent);
  const Wishes wishes = cd ? cd->wishes : Wishes{};
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(parent->co_consts); ++i) {
    PyObject* constant = PyTuple_GET_ITEM(parent->co_consts, i);
    if (!PyCode_Check(constant)) continue;
    auto* code = reinterpret_cast<PyCodeObject*>(constant);
    const bool named = wishes.nested && code->co_flags & CO_OPTIMIZED;
    if (!named && !is_comprehension(code)) continue;
    if ((named && !inherit(code, wishes)) || !visit(code)) PyErr_Clear();  // out of memory: it stays interpreted
  }
}

CodeData* publish_first(Job& job) {
  PyCodeObject* code = job.code;
  if (!job.compiled) return publish_failure(code, core_error(), code->co_firstlineno, nullptr);
  JJCompiled* compiled = std::exchange(job.compiled, nullptr);
  if (!compiled->ok) return publish_failure(code, compiled->reason, line_of(code, compiled->reason_index), compiled);
  return publish_success(code, job.source, compiled, job.options);
}

// Why better code could not be made stays with the code that it was made from.
CodeData* publish_next(Job& job) {
  if (!job.compiled) return nullptr;
  if (!job.compiled->ok) {
    std::swap(job.compiled, job.from->refused);
    return nullptr;
  }
  CodeData* baseline = job.options.tier >= 2 ? job.from : nullptr;
  CodeData* better = publish_success(job.code, job.source, std::exchange(job.compiled, nullptr), job.options, baseline);
  if (better && job.landing) add_landing(better, job.source, std::exchange(job.landing, nullptr));
  if (better) better->held = job.feedback.take_held();
  return better;
}

}  // namespace

bool init() {
  read_tier_environment();
  read_trial_environment();
  read_background_environment();
  return init_publishing();
}
bool is_generator(const PyCodeObject* code) { return code->co_flags & kSuspendingFlags; }
const char* llvm_version() {
  prepare_core();
  return core() ? core()->llvm_version() : nullptr;
}

const char* pass_names() {
  prepare_core();
  return core() ? core()->pass_names() : "";
}

uint32_t dump_bits(const char* stages) {
  uint32_t bits = 0;
  if (std::strstr(stages, "bytecode")) bits |= 1;
  if (std::strstr(stages, "hir")) bits |= 2;
  if (std::strstr(stages, "llvm")) bits |= 4;
  if (std::strstr(stages, "asm")) bits |= 8;
  return bits;
}

Job::~Job() {
  for (JJCompiled* unused : {compiled, landing})
    if (unused) core()->release(core(), unused);
}

JJCompiled* Job::compile(const Options& how, const std::vector<int32_t>& entries) const {
  JJCompileOptions wanted = core_options(how, environment_dump(source.code().qualname));
  wanted.feedback = how.tier >= 2 ? feedback.view() : nullptr;
  wanted.entries = entries.data();
  wanted.nentries = static_cast<int32_t>(entries.size());
  JJCompiled* result = core()->compile(core(), &source.code(), &wanted);
  if (result->dump) std::fputs(result->dump, stderr);
  return result;
}

// Without loops the rest of a call is short: the interpreter may have it, unless it is to assert something.
void Job::run() {
  Timed timed(ms);
  if (!core()) return;
  compiled = compile(options, {});
  if (options.tier < 2 || !compiled->ok || (compiled->nentries <= 1 && !options.asserts)) return;
  Options baseline = options;
  baseline.tier = 1;
  baseline.deopt_stress = false;
  landing = compile(baseline, places_of_exits(*compiled, source.code()));
  if (landing->ok) return;
  if (options.asserts) std::swap(landing, compiled);  // without a landing, exits would assert nothing
  core()->release(core(), std::exchange(landing, nullptr));
}

std::unique_ptr<Job> make_job(PyCodeObject* code, const Options& options, CodeData* from) {
  auto job = std::make_unique<Job>();
  Timed timed(job->ms);
  job->code = code;
  job->options = wished(code, options);
  job->from = from;
  prepare_core();
  if (!from) job->options.profile = profile_at_once() && !options.boundaries && !is_generator(code);
  if (options.tier >= 2 && from) job->feedback.gather(from, options.inlining);
  return job->source.capture(code) ? std::move(job) : nullptr;
}

CodeData* publish(Job& job) {
  CodeData* cd;
  {
    Timed timed(job.ms);
    cd = job.from ? publish_next(job) : publish_first(job);
  }
  g_totals.compile_ms += job.ms;
  if (cd) cd->compile_ms = job.ms;
  if (job.from) code_risen(job.from, cd);
  return cd;
}

bool check_asserted(PyCodeObject* code, JJAsserts asserts, std::string* reason, int* line) {
  prepare_core();
  if (!core()) return true;  // the compile that follows says so
  CodeSource source;
  if (!source.capture(code)) return false;
  JJCompileOptions wanted = core_options(default_options, 0);
  wanted.asserts = asserts;
  wanted.check_only = 1;
  JJCompiled* checked = core()->compile(core(), &source.code(), &wanted);
  if (!checked->ok) {
    *reason = checked->reason;
    *line = line_of(code, checked->reason_index);
  }
  core()->release(core(), checked);
  return true;
}

// What native code of this code object would need and this process does not have, or null.
static const char* hindrance(PyCodeObject* code) {
  vm::look_at_running_generators();
  return is_generator(code) ? vm::replace_generator_slots() : nullptr;
}

CodeData* recompile(PyCodeObject* code, const Options& options) {
  if (const char* reason = hindrance(code)) return publish_failure(code, reason, code->co_firstlineno, nullptr);
  std::unique_ptr<Job> job = make_job(code, options);
  if (!job) return nullptr;
  job->run();
  return publish(*job);
}

void give_back(PyCodeObject* code, const std::string& reason) {
  char* text = ::strdup(reason.c_str());
  CodeData* cd = text ? publish_failure(code, text, code->co_firstlineno, nullptr) : nullptr;
  if (!cd) {
    PyErr_Clear();  // out of memory: it stays native
    return std::free(text);
  }
  cd->own_reason = text;
  --g_totals.failed;
  ++g_totals.given_back;
  vm::renew_function_version(code);
}

bool set_wishes(PyCodeObject* code, const Wishes& wishes, bool* changed) {
  CodeData* cd = data_of(code);
  if (!cd) return false;
  *changed = !(cd->wishes == wishes);
  cd->wishes = wishes;
  return true;
}

static bool is_settled(const CodeData* cd, const Options& options) {
  return cd && (cd->reason || (cd->body && cd->boundary_mode == options.boundaries));
}

CodeData* ensure_compiled(PyCodeObject* code, const Options& options) {
  finish_pending(code);
  CodeData* cd = vm::code_data(code);
  if (cd && cd->paused) {
    end_group_trial();
    cd = vm::code_data(code);
  }
  if (is_settled(cd, options)) return cd;
  cd = recompile(code, options);
  if (cd && cd->body) for_inner(code, [&](PyCodeObject* inner) { return ensure_compiled(inner, options); });
  return cd;
}

CodeData* request_compiled(PyCodeObject* code, const Options& options) {
  if (!in_background() || options.boundaries) return ensure_compiled(code, options);
  collect();
  CodeData* cd = data_of(code);
  if (!cd || is_settled(cd, options) || is_pending(code)) return cd;
  if (hindrance(code)) return ensure_compiled(code, options);
  std::unique_ptr<Job> job = make_job(code, options);
  if (!job) return nullptr;
  if (!hand_over(job)) return ensure_compiled(code, options);
  for_inner(code, [&](PyCodeObject* inner) { return request_compiled(inner, options); });
  return cd;
}

std::string dump(PyCodeObject* code, const Options& options, uint32_t bits) {
  CodeSource source;
  if (!source.capture(code)) {
    PyErr_Clear();
    return "the code object cannot be read";
  }
  prepare_core();
  JJCore* compiler = core();
  if (!compiler) return core_error();
  Options actual = wished(code, options);
  FeedbackData feedback;
  CodeData* cd = vm::code_data(code);
  if (cd && cd->baseline) {  // as it runs now
    actual.tier = 2;
    feedback.gather(cd->baseline, actual.inlining);
  }
  JJCompileOptions wanted = core_options(actual, bits);
  wanted.feedback = feedback.view();
  JJCompiled* compiled = compiler->compile(compiler, &source.code(), &wanted);
  std::string text = compiled->dump ? compiled->dump : "";
  if (!compiled->ok && compiled->reason) text += std::string("not compiled: ") + compiled->reason + "\n";
  compiler->release(compiler, compiled);
  return text;
}

}  // namespace jj::compiler
