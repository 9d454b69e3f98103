// Owns CodeData: what a code object's slot holds, from the first count of its calls to its end.
#include "compiler/publish.h"

#include <cstdlib>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "compiler/background.h"
#include "compiler/code_source.h"
#include "compiler/core_library.h"
#include "compiler/group.h"
#include "compiler/optimise.h"
#include "compiler/trial.h"
#include "runtime/attrs.h"
#include "runtime/calls_c.h"
#include "runtime/feedback.h"
#include "runtime/operators.h"
#include "vm/code_slot.h"
#include "vm/generators.h"
#include "vm/loop_trial.h"

namespace jj::compiler {
namespace {

std::unordered_set<CodeData*> g_live;                    // with native code
std::unordered_map<uint32_t, PyCodeObject*> g_numbered;  // that have a CodeData
uint32_t g_last_number = 0;

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
  if (cd->flags & kSuspendingFlags) to.native_generators += cd->native_calls;
  to.deopts += cd->deopts;
  for (int i = 0; i < cd->nexits; ++i)
    if (cd->exits[i].reason < Totals::kReasons) to.exits[cd->exits[i].reason] += cd->exits[i].count;
}

void free_one(CodeData* cd) {
  free_entries(cd);
  if (cd->body) {
    add_calls(g_totals, cd);
    g_totals.live_bytes -= cd->compiled->code_bytes;
    g_live.erase(cd);
  }
  for (JJCompiled* owned : {cd->compiled, cd->refused})
    if (owned) core()->release(core(), owned);
  forget_trial(cd);
  vm::forget_loop_trial(cd);
  Py_XDECREF(cd->held);
  std::free(cd->own_reason);
  std::free(cd->records);
  std::free(cd->exits_taken);
  PyMem_RawFree(cd->exits);
  PyMem_RawFree(cd->raised);
  free_samples(cd);
  free_operators(cd);
  std::free(cd->places);
  std::free(cd->boundary_left);
  std::free(cd->boundary_entered);
  std::free(cd);
}

// Free function of the extra slot: the code object is going.
void free_code_data(void* data) {
  if (data) forget_job(static_cast<CodeData*>(data)->code);
  if (data) forget_member(static_cast<CodeData*>(data)->code);
  if (data) g_numbered.erase(static_cast<CodeData*>(data)->number);
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
    caches[i].name = init.name_object ? static_cast<PyObject*>(init.name_object)
                     : init.name >= 0 ? PyTuple_GET_ITEM(code->co_names, init.name)
                                      : nullptr;
    init_call_cache(&caches[i], cd);
  }
}

uint64_t* new_bitmap(int bits) {
  return static_cast<uint64_t*>(std::calloc(static_cast<size_t>(bits) / 64 + 1, sizeof(uint64_t)));
}

void fill_tables(CodeData* cd, JJCompiled* compiled, const JJCode& source, const Options& options) {
  cd->compiled = compiled;
  cd->body = reinterpret_cast<Body>(compiled->body);
  cd->frameless = reinterpret_cast<Frameless>(compiled->frameless);
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
  cd->inlined = compiled->inlined;
  cd->profiled = options.profile;
  if (compiled->nrecords)
    cd->records = static_cast<JJTypes*>(std::calloc(static_cast<size_t>(compiled->nrecords), sizeof(JJTypes)));
  if (options.deopt_stress) cd->exits_taken = new_bitmap(2 * compiled->nstates);
  if (!options.boundaries) return;
  cd->boundary_mode = 1;
  cd->boundary_left = new_bitmap(cd->ncode_units);
  cd->boundary_entered = new_bitmap(cd->ncode_units);
}

// Swaps `cd` in for what the slot holds; native code that is replaced is kept, frames may return into it.
CodeData* publish_data(PyCodeObject* code, CodeData* cd) {
  CodeData* old = vm::code_data(code);
  if (!vm::set_code_data(code, cd)) {
    free_one(cd);
    return nullptr;
  }
  cd->number = old ? old->number : ++g_last_number;
  if (!old) g_numbered[cd->number] = code;
  if (!old) return cd;
  cd->calls = old->calls;
  cd->wishes = old->wishes;
  cd->only_from_native = old->only_from_native;
  if (old->compiled) {
    cd->retired = old;
  } else {
    cd->retired = old->retired;
    free_one(old);
  }
  return cd;
}

}  // namespace

Totals g_totals;

PyCodeObject* numbered_code(uint32_t number) {
  const auto found = g_numbered.find(number);
  return found == g_numbered.end() ? nullptr : found->second;
}

bool init_publishing() { return vm::init_code_slot(free_code_data); }

CodeData* data_of(PyCodeObject* code) {
  CodeData* cd = vm::code_data(code);
  if (cd) return cd;
  cd = allocate(0, 0);
  if (!cd) return nullptr;
  describe(cd, code);
  return publish_data(code, cd);
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

// Native code that nobody calls yet. Null with a Python exception set.
static CodeData* make_code(PyCodeObject* code, const CodeSource& source, JJCompiled* compiled, const Options& options) {
  CodeData* cd = allocate(static_cast<size_t>(source.code().nconsts), static_cast<size_t>(compiled->ncaches));
  if (!cd) {
    core()->release(core(), compiled);
    return nullptr;
  }
  describe(cd, code);
  fill_tail(cd, code, compiled);
  fill_tables(cd, compiled, source.code(), options);
  g_totals.live_bytes += compiled->code_bytes;
  g_live.insert(cd);
  return cd;
}

CodeData* publish_success(PyCodeObject* code, const CodeSource& source, JJCompiled* compiled, const Options& options,
                          CodeData* baseline) {
  CodeData* cd = make_code(code, source, compiled, options);
  if (!cd) return nullptr;
  cd->baseline = baseline;
  start_counting(cd);
  ++g_totals.compiled;
  vm::forget_function_version(code);
  return publish_data(code, cd);
}

void add_landing(CodeData* optimised, const CodeSource& source, JJCompiled* compiled) {
  CodeData* cd = make_code(optimised->code, source, compiled, Options{});
  if (!cd) return PyErr_Clear();  // out of memory: exits go on in the interpreter
  cd->is_landing = cd->settled = true;
  cd->retired = optimised->retired;
  optimised->retired = optimised->landing = cd;
}

void make_primary(CodeData* cd) {
  CodeData* primary = vm::code_data(cd->code);
  if (primary == cd) return;
  CodeData* before = primary;
  while (before->retired != cd) before = before->retired;
  before->retired = cd->retired;
  cd->retired = primary;
  cd->only_from_native = primary->only_from_native;
  if (!vm::set_code_data(cd->code, cd)) PyErr_Clear();  // the slot is there: this does not fail
}

std::vector<CodeData*> native_codes() { return {g_live.begin(), g_live.end()}; }

CodeData* make_pause(CodeData* native) {
  CodeData* cd = allocate(0, 0);
  if (!cd) {
    PyErr_Clear();  // out of memory: it is not paused
    return nullptr;
  }
  describe(cd, native->code);
  cd->paused = true;
  cd->reason = "it is being tried whether the interpreter is quicker";
  cd->reason_line = native->code->co_firstlineno;
  cd->number = native->number;
  cd->wishes = native->wishes;
  cd->retired = native->retired;
  native->retired = cd;
  return cd;
}

void drop_pause(CodeData* paused) {
  CodeData* before = vm::code_data(paused->code);
  while (before->retired != paused) before = before->retired;
  before->retired = paused->retired;
  free_one(paused);
}

Totals totals() {
  Totals sum = g_totals;
  for (const CodeData* cd : g_live) {
    add_calls(sum, cd);
    sum.live_objects += vm::code_data(cd->code) == cd;
  }
  return sum;
}

}  // namespace jj::compiler
