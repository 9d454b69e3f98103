// Compiles code objects, here or on the compile thread, and has the results published.
#include "compiler/compile.h"

#include <fnmatch.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "compiler/code_source.h"
#include "compiler/core_library.h"
#include "compiler/feedback.h"
#include "compiler/optimise.h"
#include "compiler/publish.h"
#include "compiler/trial.h"
#include "vm/code_slot.h"
#include "vm/generators.h"

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
  result.dump = dump;
  result.disabled_passes = options.disabled_passes.empty() ? nullptr : options.disabled_passes.c_str();
  result.tier = options.tier;
  result.profile = options.profile;
  result.deopt_stress = options.deopt_stress;
  return result;
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

JJCompiled* run_compiler(const CodeSource& source, const Options& options, const JJFeedback* feedback) {
  JJCompileOptions wanted = core_options(options, environment_dump(source.code().qualname));
  wanted.feedback = feedback;
  JJCompiled* compiled = core()->compile(core(), &source.code(), &wanted);
  if (compiled->dump) std::fputs(compiled->dump, stderr);
  return compiled;
}

// Up to 3.11 a comprehension is a function, made anew and called once whenever its parent gets there. To whoever reads
// the source it is part of the parent, and so it is compiled with it.
bool is_comprehension(PyCodeObject* code) {
  for (const char* name : {"<listcomp>", "<setcomp>", "<dictcomp>"})
    if (PyUnicode_CompareWithASCIIString(code->co_name, name) == 0) return true;
  return false;
}

void compile_comprehensions(PyCodeObject* parent, const Options& options) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(parent->co_consts); ++i) {
    PyObject* constant = PyTuple_GET_ITEM(parent->co_consts, i);
    if (!PyCode_Check(constant)) continue;
    auto* code = reinterpret_cast<PyCodeObject*>(constant);
    if (is_comprehension(code) && !ensure_compiled(code, options))
      PyErr_Clear();  // out of memory: it stays interpreted
  }
}

}  // namespace

bool init() {
  read_tier_environment();
  read_trial_environment();
  return init_publishing();
}
bool is_generator(const PyCodeObject* code) { return code->co_flags & kSuspendingFlags; }
const char* llvm_version() { return core() ? core()->llvm_version() : nullptr; }

uint32_t dump_bits(const char* stages) {
  uint32_t bits = 0;
  if (std::strstr(stages, "bytecode")) bits |= 1;
  if (std::strstr(stages, "hir")) bits |= 2;
  if (std::strstr(stages, "llvm")) bits |= 4;
  if (std::strstr(stages, "asm")) bits |= 8;
  return bits;
}

static CodeData* compile_and_publish(PyCodeObject* code, const Options& options) {
  const char* hindrance = is_generator(code) ? vm::replace_generator_slots() : nullptr;
  if (hindrance) return publish_failure(code, hindrance, code->co_firstlineno, nullptr);
  CodeSource source;
  if (!source.capture(code)) return nullptr;
  JJCore* compiler = core();
  if (!compiler) return publish_failure(code, core_error(), code->co_firstlineno, nullptr);
  Options actual = options;
  actual.profile = profile_at_once() && !options.boundaries && !is_generator(code);
  JJCompiled* compiled = run_compiler(source, actual, nullptr);
  if (!compiled->ok) return publish_failure(code, compiled->reason, line_of(code, compiled->reason_index), compiled);
  return publish_success(code, source, compiled, actual);
}

CodeData* compile_tier(PyCodeObject* code, const Options& options, CodeData* baseline, const JJFeedback* feedback) {
  double start = thread_ms();
  CodeSource source;
  if (!source.capture(code)) return nullptr;
  JJCompiled* compiled = run_compiler(source, options, feedback);
  CodeData* cd = compiled->ok ? publish_success(code, source, compiled, options, baseline) : nullptr;
  double passed = thread_ms() - start;
  g_totals.compile_ms += passed;
  if (cd) {
    cd->compile_ms = passed;
  } else if (!compiled->ok && baseline) {
    std::swap(compiled, baseline->refused);
    if (compiled) core()->release(core(), compiled);
  }
  return cd;
}

// What is reported is all of it: reading the code object, loading the compiler if this is the first time, publishing.
CodeData* recompile(PyCodeObject* code, const Options& options) {
  double start = thread_ms();
  CodeData* cd = compile_and_publish(code, options);
  double passed = thread_ms() - start;
  g_totals.compile_ms += passed;
  if (cd) cd->compile_ms = passed;
  return cd;
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
}

CodeData* ensure_compiled(PyCodeObject* code, const Options& options) {
  CodeData* cd = vm::code_data(code);
  if (cd && cd->reason) return cd;
  if (cd && cd->body && cd->boundary_mode == options.boundaries) return cd;
  cd = recompile(code, options);
  if (cd && cd->body) compile_comprehensions(code, options);
  return cd;
}

std::string dump(PyCodeObject* code, const Options& options, uint32_t bits) {
  CodeSource source;
  if (!source.capture(code)) {
    PyErr_Clear();
    return "the code object cannot be read";
  }
  JJCore* compiler = core();
  if (!compiler) return core_error();
  Options actual = options;
  FeedbackData feedback;
  CodeData* cd = vm::code_data(code);
  if (cd && cd->baseline) {  // as it runs now
    actual.tier = 2;
    feedback.gather(cd->baseline);
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
