// Compiles code objects and owns what comes out: CodeData in the code object's slot, machine code behind it.
#include "compiler/compile.h"

#include <fnmatch.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <unordered_set>

#include "compiler/code_source.h"
#include "compiler/core_library.h"
#include "compiler/feedback.h"
#include "compiler/optimise.h"
#include "compiler/trial.h"
#include "runtime/calls_c.h"
#include "runtime/feedback.h"
#include "vm/code_slot.h"
#include "vm/generators.h"

namespace jj::compiler {

Options default_options;

namespace {

Totals g_totals;
std::unordered_set<CodeData*> g_live;  // with native code

double thread_ms() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

size_t rounded(size_t bytes) { return (bytes + 63) & ~size_t{63}; }

// A zeroed CodeData with room for constants and caches.
CodeData* allocate(size_t nconsts, size_t ncaches) {
  size_t size = rounded(offsetof(CodeData, tail) + rounded(nconsts * sizeof(PyObject*)) + ncaches * sizeof(Cache));
  if (size < sizeof(CodeData)) size = rounded(sizeof(CodeData));
  void* memory = std::aligned_alloc(64, size);
  if (!memory) {
    PyErr_NoMemory();
    return nullptr;
  }
  std::memset(memory, 0, size);
  return static_cast<CodeData*>(memory);
}

void add_calls(Totals& to, const CodeData* cd) {
  to.native_calls += cd->native_calls;
  to.completed += cd->native_calls - cd->left;
  to.deopts += cd->deopts;
  for (int i = 0; i < cd->nexits; ++i)
    if (cd->exits[i].reason < Totals::kReasons) to.exits[cd->exits[i].reason] += cd->exits[i].count;
}

void free_one(CodeData* cd) {
  if (cd->body) {
    add_calls(g_totals, cd);
    g_totals.live_bytes -= cd->compiled->code_bytes;
    g_live.erase(cd);
  }
  for (JJCompiled* owned : {cd->compiled, cd->refused})
    if (owned) core()->release(core(), owned);
  forget_trial(cd);
  std::free(cd->own_reason);
  std::free(cd->records);
  std::free(cd->exits_taken);
  PyMem_RawFree(cd->exits);
  free_samples(cd);
  std::free(cd->places);
  std::free(cd->boundary_left);
  std::free(cd->boundary_entered);
  std::free(cd);
}

// Free function of the extra slot: the code object is going.
void free_code_data(void* data) {
  for (auto* cd = static_cast<CodeData*>(data); cd;) {
    CodeData* next = cd->retired;
    free_one(cd);
    cd = next;
  }
}

void describe(CodeData* cd, PyCodeObject* code) {
  cd->code = code;
  cd->instr_base = code_units(code);
  cd->start = first_instruction(code);
  cd->interp = PyInterpreterState_Get();
  cd->argcount = code->co_argcount;
  cd->kwonly = code->co_kwonlyargcount;
  cd->posonly = code->co_posonlyargcount;
  cd->flags = code->co_flags;
  cd->stacksize = code->co_stacksize;
  cd->nslots = code_nlocalsplus(code);
  bool plain = !(code->co_flags & (CO_VARARGS | CO_VARKEYWORDS | kSuspendingFlags)) && code->co_kwonlyargcount == 0;
  cd->plain_args = plain ? code->co_argcount : -1;
}

void fill_tail(CodeData* cd, PyCodeObject* code, const JJCompiled* compiled) {
  cd->nconsts = static_cast<uint32_t>(PyTuple_GET_SIZE(code->co_consts));
  for (uint32_t i = 0; i < cd->nconsts; ++i) cd->tail[i] = PyTuple_GET_ITEM(code->co_consts, i);
  cd->ncaches = static_cast<uint32_t>(compiled->ncaches);
  Cache* caches = code_caches(cd);
  for (int i = 0; i < compiled->ncaches; ++i) {
    const JJCacheInit& init = compiled->caches[i];
    caches[i].kind = init.kind;
    caches[i].name = init.name >= 0 ? PyTuple_GET_ITEM(code->co_names, init.name) : nullptr;
    init_call_cache(&caches[i]);
  }
}

uint64_t* new_bitmap(int bits) {
  return static_cast<uint64_t*>(std::calloc(static_cast<size_t>(bits) / 64 + 1, sizeof(uint64_t)));
}

void fill_tables(CodeData* cd, JJCompiled* compiled, const JJCode& source, const Options& options) {
  cd->compiled = compiled;
  cd->body = reinterpret_cast<Body>(compiled->body);
  cd->framesize = vm::frame_units(cd->code);
  cd->has_cells = source.ncells + source.nfrees > 0;
  cd->states = compiled->states;
  cd->state_of = compiled->state_of;
  cd->ncode_units = compiled->ncode_units;
  cd->deferreds = compiled->deferreds;
  cd->regions = compiled->regions;
  cd->entries = compiled->entries;
  cd->nentries = compiled->nentries;
  if (is_generator(cd->code)) cd->places = vm::make_resume_places(cd);
  cd->pendings = compiled->pendings;
  cd->profiled = options.profile;
  if (compiled->nrecords)
    cd->records = static_cast<JJTypes*>(std::calloc(static_cast<size_t>(compiled->nrecords), sizeof(JJTypes)));
  if (options.deopt_stress) cd->exits_taken = new_bitmap(compiled->nstates);
  if (!options.boundaries) return;
  cd->boundary_mode = 1;
  cd->boundary_left = new_bitmap(cd->ncode_units);
  cd->boundary_entered = new_bitmap(cd->ncode_units);
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

// Swaps `cd` in for what the slot holds; native code that is replaced is kept, frames may return into it.
CodeData* publish_data(PyCodeObject* code, CodeData* cd) {
  CodeData* old = vm::code_data(code);
  if (!vm::set_code_data(code, cd)) {
    free_one(cd);
    return nullptr;
  }
  if (!old) return cd;
  cd->calls = old->calls;
  if (old->compiled) {
    cd->retired = old;
  } else {
    cd->retired = old->retired;
    free_one(old);
  }
  return cd;
}

CodeData* publish_failure(PyCodeObject* code, const char* reason, int line, JJCompiled* owner) {
  CodeData* cd = allocate(0, 0);
  if (!cd) return nullptr;
  describe(cd, code);
  cd->reason = reason;
  cd->reason_line = line;
  cd->compiled = owner;
  ++g_totals.failed;
  return publish_data(code, cd);
}

CodeData* publish_success(PyCodeObject* code, const CodeSource& source, JJCompiled* compiled, const Options& options,
                          CodeData* baseline = nullptr) {
  CodeData* cd = allocate(static_cast<size_t>(source.code().nconsts), static_cast<size_t>(compiled->ncaches));
  if (!cd) {
    core()->release(core(), compiled);
    return nullptr;
  }
  describe(cd, code);
  fill_tail(cd, code, compiled);
  fill_tables(cd, compiled, source.code(), options);
  cd->baseline = baseline;
  start_counting(cd);
  ++g_totals.compiled;
  g_totals.live_bytes += compiled->code_bytes;
  g_live.insert(cd);
  vm::forget_function_version(code);
  return publish_data(code, cd);
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
  return vm::init_code_slot(free_code_data);
}
Totals totals() {
  Totals sum = g_totals;
  for (const CodeData* cd : g_live) {
    add_calls(sum, cd);
    sum.live_objects += vm::code_data(cd->code) == cd;
  }
  return sum;
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

CodeData* data_of(PyCodeObject* code) {
  CodeData* cd = vm::code_data(code);
  if (cd) return cd;
  cd = allocate(0, 0);
  if (!cd) return nullptr;
  describe(cd, code);
  return publish_data(code, cd);
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

void make_primary(CodeData* cd) {
  CodeData* primary = vm::code_data(cd->code);
  if (primary == cd) return;
  CodeData* before = primary;
  while (before->retired != cd) before = before->retired;
  before->retired = cd->retired;
  cd->retired = primary;
  if (!vm::set_code_data(cd->code, cd)) PyErr_Clear();  // the slot is there: this does not fail
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
