// Decides when functions are compiled: stubs that count, and what discovery (vm/discovery.h) reports.
//
// A stub costs a detour for a bounded number of calls. sys.monitoring would be the alternative on 3.12+, but it leaves
// monitoring data on every code object that it counted, which makes each later poll of its native code slow.
#include "compiler/tiering.h"

#include "vm/call_site.h"
#include "vm/code_slot.h"
#include "vm/discovery.h"
#include "vm/entry.h"
#include "vm/generators.h"
#include "vm/vm.h"

namespace jj::compiler {
namespace {

FallbackHook g_fallback_hook = nullptr;
bool g_enabled = false;
uint64_t g_threshold = 0;

PyCodeObject* code_of(PyFunctionObject* func) { return reinterpret_cast<PyCodeObject*>(func->func_code); }

bool is_untouched(PyFunctionObject* func) { return func->vectorcall == vm::original_vectorcall; }

// Code that may be worth native code: a function's (not a class body's), not tried in vain before.
bool is_candidate(PyCodeObject* code) {
  if (!(code->co_flags & CO_OPTIMIZED)) return false;
  CodeData* cd = vm::code_data(code);
  return !cd || !cd->reason;
}

// It is to be native, as far as that is possible: everything is, or the function that it is made in.
bool is_wanted(PyCodeObject* code) {
  const CodeData* cd = vm::code_data(code);
  return is_candidate(code) && (g_enabled || (cd && cd->wishes.nested));
}

// The interpreter runs a call for comparison.
bool is_on_trial(PyCodeObject* code) {
  const CodeData* cd = vm::code_data(code);
  return cd && cd->trial;
}

// At threshold 0 the first call is to be native, and waits for that.
CodeData* compile_for(PyCodeObject* code, bool now = false) {
  return now || (g_enabled && g_threshold == 0) ? ensure_compiled(code, default_options)
                                                : request_compiled(code, default_options);
}

// It is not known yet whether there will be native code.
bool is_open(const CodeData* cd) { return cd && !cd->body && !cd->reason; }

// No native code: from now on nobody counts the calls of this function.
void give_up(PyFunctionObject* func) {
  vm::uninstall(func);
  if (!is_generator(code_of(func))) ++vm::fallback_calls;
}

// Functions enter natively, unless only native code calls them so; of generators and their like the interpreter makes the
// object, whose resumes are native.
bool enters_natively(PyFunctionObject* func, const CodeData* cd) {
  return cd && cd->body && !is_generator(code_of(func)) && !cd->only_from_native;
}

// Compiles; on success `func` enters natively from now on, else it is the interpreter's. While it is being compiled,
// nothing changes.
CodeData* settle(PyFunctionObject* func, bool now) {
  CodeData* cd = compile_for(code_of(func), now);
  if (!cd) PyErr_Clear();  // out of memory: not a reason to fail the call
  if (is_open(cd)) return cd;
  if (enters_natively(func, cd))
    vm::install(func, jj_vectorcall);
  else if (cd && cd->body)
    vm::uninstall(func);
  else
    give_up(func);
  return cd;
}

PyObject* counting_entry(PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames);

// An interpreted call of a function whose calls go on to be counted.
PyObject* call_counted(PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  PyThreadState* ts = thread_state();
  if (!vm::stack_low()) return vm::call_interpreted(ts, func, args, nargsf, kwnames);
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  Py_INCREF(func);
  vm::uninstall(f);  // plain interpreted calls nest without using C stack
  PyObject* result = vm::call_interpreted(ts, func, args, nargsf, kwnames);
  if (is_untouched(f) && is_wanted(code_of(f))) vm::install(f, counting_entry);
  Py_DECREF(func);
  return result;
}

PyObject* lazy_entry(PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  CodeData* cd = settle(f, true);  // the call may be the only one, and loop for long
  if (enters_natively(f, cd)) return jj_vectorcall(func, args, nargsf, kwnames);
  if (cd && !cd->body && g_fallback_hook) g_fallback_hook(f, cd);
  if (PyErr_Occurred()) return nullptr;  // the warning was turned into an error
  return vm::call_interpreted(thread_state(), func, args, nargsf, kwnames);
}

PyObject* counting_entry(PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  CodeData* cd = is_wanted(code_of(f)) ? data_of(code_of(f)) : nullptr;
  if (!cd || cd->reason) {
    PyErr_Clear();
    vm::uninstall(f);
    return vm::call_interpreted(thread_state(), func, args, nargsf, kwnames);
  }
  if (!cd->body && !cd->wishes.nested && ++cd->calls < g_threshold) return call_counted(func, args, nargsf, kwnames);
  cd = settle(f, false);
  if (enters_natively(f, cd)) return jj_vectorcall(func, args, nargsf, kwnames);
  if (is_open(cd)) return call_counted(func, args, nargsf, kwnames);
  return vm::call_interpreted(thread_state(), func, args, nargsf, kwnames);
}

// 3.10's hook counts calls; up to 3.11, first resumes are counted where they happen.
bool counted_elsewhere(PyCodeObject* code) { return vm::kHookCounts || (vm::kResumesAreSeen && is_generator(code)); }

// A function was made or found: native at once if its code is, else counted.
template <void (*kInstall)(PyFunctionObject*, vectorcallfunc)>
void consider_by(PyFunctionObject* func) {
  PyCodeObject* code = code_of(func);
  // Class bodies are never called through a vectorcall, and 3.11 wants their function to be of the exact type.
  if (!is_untouched(func) || !(code->co_flags & CO_OPTIMIZED)) return;
  CodeData* cd = vm::code_data(code);
  if (cd && cd->paused) {
    if (!cd->only_from_native) kInstall(func, jj_vectorcall);  // which sets it aside
  } else if (cd && cd->body) {
    if (enters_natively(func, cd)) kInstall(func, jj_vectorcall);
  } else if (is_wanted(code) && !(g_enabled && counted_elsewhere(code))) {
    vm::forget_function_version(code);
    kInstall(func, counting_entry);
  }
}
constexpr auto consider = consider_by<vm::install>;
constexpr auto consider_fresh = consider_by<vm::install_fresh>;

// Calls `visit` with every function object that the collector knows.
bool visit_functions(void (*visit)(PyFunctionObject*), Py_ssize_t* objects) {
  PyObject* gc = PyImport_ImportModule("gc");
  PyObject* all = gc ? PyObject_CallMethod(gc, "get_objects", nullptr) : nullptr;
  Py_XDECREF(gc);
  if (!all) return false;
  Py_ssize_t count = PyList_GET_SIZE(all);
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* object = PyList_GET_ITEM(all, i);
    if (Py_IS_TYPE(object, &PyFunction_Type)) visit(reinterpret_cast<PyFunctionObject*>(object));
  }
  Py_DECREF(all);
  if (objects) *objects = count;
  return true;
}

bool consider_all(Py_ssize_t* objects) { return visit_functions(consider, objects); }

// With the hook gone, 3.11 honours the entry of a swapped function by other means.
void install_again(PyFunctionObject* func) {
  if (!is_untouched(func)) vm::install(func, func->vectorcall);
}

// 3.10: a call was native only by way of the hook, which does not know the function. Now and then, so that it costs
// little, all functions are searched for those to swap.
void note_hooked_call() {
  static uint64_t calls = 0, next_search = 64;
  if (++calls < next_search) return;
  Py_ssize_t objects = 0;
  if (!consider_all(&objects)) PyErr_Clear();
  calls = 0;
  next_search = 256 + static_cast<uint64_t>(objects) / 16;
}

// The hook is about to interpret a call (3.10, 3.11).
CodeData* before_call(PyCodeObject* code, PyFunctionObject* func) {
  if (is_on_trial(code)) return nullptr;
  if (const CodeData* cd = vm::code_data(code); cd && cd->only_from_native) return nullptr;
  if (func && !is_untouched(func)) return nullptr;  // its entry has already decided against native code
  if (!is_candidate(code) || is_generator(code)) return nullptr;
  if (func && g_threshold > 1) {
    consider(func);
    CodeData* known = vm::code_data(code);
    return known && known->body ? known : nullptr;
  }
  CodeData* cd = data_of(code);
  if (cd && !cd->body && ++cd->calls < g_threshold) return nullptr;
  if (cd && !cd->body) cd = compile_for(code);
  if (!cd) PyErr_Clear();
  if (!cd || !cd->body) return nullptr;
  if (func)
    vm::install(func, jj_vectorcall);
  else if (vm::entry_allowed(thread_state(), cd))
    note_hooked_call();  // else it stays interpreted, perhaps because somebody traces
  return cd;
}

// A generator without native code is resumed for the first time (up to 3.11).
CodeData* count_first_resume(PyCodeObject* code) {
  if (!is_candidate(code)) return nullptr;
  CodeData* cd = data_of(code);
  if (cd && ++cd->calls < g_threshold) return nullptr;
  if (cd) cd = compile_for(code);
  if (!cd) PyErr_Clear();
  return cd;
}

bool start_counting() {
  if (vm::kResumesAreSeen && !vm::replace_generator_slots()) vm::first_resume = count_first_resume;
  return vm::start_discovery({consider_fresh, before_call}, g_threshold <= 1) && consider_all(nullptr);
}

}  // namespace

bool install_native(PyFunctionObject* func) {
  CodeData* cd = vm::code_data(func);
  if (!cd || !cd->body) return false;
  if (enters_natively(func, cd))
    vm::install(func, jj_vectorcall);
  else
    withdraw(func);  // a stub that was to compile it
  return true;
}

void install_lazy(PyFunctionObject* func) {
  vm::forget_function_version(code_of(func));
  vm::install(func, lazy_entry);
}

void withdraw(PyFunctionObject* func) {
  if (!is_untouched(func)) vm::uninstall(func);
}

void set_fallback_hook(FallbackHook hook) { g_fallback_hook = hook; }

bool enable(uint64_t threshold) {
  g_threshold = threshold;
  g_enabled = true;
  if (start_counting()) return true;
  disable();
  return false;
}

void disable() {
  g_enabled = false;
  vm::first_resume = nullptr;
  vm::stop_discovery();
  if (!visit_functions(install_again, nullptr)) PyErr_Clear();
}

bool enabled() { return g_enabled; }

}  // namespace jj::compiler

// A call from native code to an interpreted function enters the interpreter anew, which costs more than a call between
// two interpreted functions or two native ones; so do resumes. So what native code runs this often is compiled as well.
static bool native_code_runs_often(PyCodeObject* code) {
  constexpr uint64_t kHotCallee = 200;
  if (jj::vm::code_slot_index < 0) return false;  // a module that has the runtime without a compiler
  jj::CodeData* cd = jj::compiler::data_of(code);
  if (!cd) PyErr_Clear();
  return cd && ++cd->calls % kHotCallee == 0;
}

extern "C" void jj_interpreted_callee(PyObject* func) {
  using namespace jj::compiler;
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  PyCodeObject* code = code_of(f);
  if (!is_candidate(code) || is_on_trial(code)) return;
  const jj::CodeData* cd = jj::vm::code_data(code);
  if (cd && cd->body ? is_generator(code) : !native_code_runs_often(code)) return;
  cd = compile_for(code);
  if (!cd) return PyErr_Clear();
  if (enters_natively(f, cd)) jj::vm::install(f, jj_vectorcall);
}

extern "C" void jj_interpreted_resume(PyCodeObject* code) {
  using namespace jj::compiler;
  if (is_candidate(code) && native_code_runs_often(code) && !compile_for(code)) PyErr_Clear();
}

extern "C" void jj_function_created(PyObject* func) {
  jj::compiler::consider(reinterpret_cast<PyFunctionObject*>(func));
}
