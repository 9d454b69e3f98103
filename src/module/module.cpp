// The extension module justjit._core: thin bindings over compiler/ and vm/.
#include "module/arguments.h"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include "compiler/background.h"
#include "compiler/compile.h"
#include "compiler/group.h"
#include "compiler/optimise.h"
#include "compiler/tiering.h"
#include "compiler/trial.h"
#include "runtime/patch_level.h"
#include "runtime/refs.h"
#include "vm/code_slot.h"
#include "vm/entry.h"
#include "vm/vm.h"

namespace jj::module {

void throw_pending() {
  if (!PyErr_Occurred()) PyErr_NoMemory();
  throw nb::python_error();
}

PyFunctionObject* function_of(nb::handle object) {
  PyObject* o = object.ptr();
  if (PyMethod_Check(o)) o = PyMethod_GET_FUNCTION(o);
  if (!PyObject_TypeCheck(o, &PyFunction_Type)) {
    PyErr_Format(PyExc_TypeError, "expected a Python function, not %.200s", Py_TYPE(o)->tp_name);
    throw nb::python_error();
  }
  return reinterpret_cast<PyFunctionObject*>(o);
}

namespace {

bool g_ready = false;

// Null when this interpreter is one that the module can live in, and everything is set up; else why not.
const char* start() {
  if (g_ready) return nullptr;
  if (const char* mismatch = vm::probe()) return mismatch;
  if (const char* mismatch = runtime_init()) return mismatch;
  if (!find_patch_level() || !vm::init() || !compiler::init()) throw_pending();
  nb::object sample = nb::steal(reinterpret_cast<PyObject*>(PyCode_NewEmpty("justjit", "probe", 1)));
  if (!sample) throw_pending();
  if (const char* mismatch = vm::probe_code_slot(reinterpret_cast<PyCodeObject*>(sample.ptr()))) return mismatch;
  g_ready = true;
  return nullptr;
}

// Everything but probe() needs what start() sets up.
void need_start() {
  if (g_ready) return;
  if (const char* mismatch = start()) {
    PyErr_Format(PyExc_RuntimeError, "justjit does not run in this interpreter: %s", mismatch);
    throw nb::python_error();
  }
}

// One warning by the Python side when a lazily compiled function turns out not to compile.
void warn_fallback(PyFunctionObject* func, const CodeData*) {
  PyObject* targets = PyImport_ImportModule("justjit._targets");
  PyObject* result = targets ? PyObject_CallMethod(targets, "_warn", "O", func) : nullptr;
  Py_XDECREF(result);
  Py_XDECREF(targets);
}

bool flag(const nb::kwargs& options, const char* name, bool fallback) {
  return options.contains(name) ? nb::cast<bool>(options[name]) : fallback;
}

compiler::Options options_from(const nb::kwargs& given) {
  compiler::Options options = compiler::default_options;
  options.boundaries = flag(given, "boundaries", options.boundaries);
  options.regalloc = flag(given, "regalloc", options.regalloc);
  if (given.contains("disabled_passes")) options.disabled_passes = nb::cast<std::string>(given["disabled_passes"]);
  return options;
}

JJAsserts asserts_of(const std::string& mode) {
  return mode == "int" ? JJ_ASSERTS_INT : mode == "float" ? JJ_ASSERTS_FLOAT : JJ_ASSERTS_NOTHING;
}

Wishes wishes_from(const nb::kwargs& given) {
  Wishes wishes{};
  wishes.below_best = static_cast<uint8_t>(3 - nb::cast<int>(given["opt_level"]));
  wishes.no_vectors = !flag(given, "vectorize", true);
  wishes.no_inlining = !flag(given, "inline", true);
  const std::string mode = given.contains("mode") ? nb::cast<std::string>(given["mode"]) : "auto";
  wishes.no_numbers = mode == "object";
  wishes.asserts = asserts_of(mode);
  wishes.wraps = given.contains("overflow") && nb::cast<std::string>(given["overflow"]) == "wrap";
  wishes.nested = true;
  return wishes;
}

// (reason, line) when what a mode asserts cannot hold in the function, or None.
nb::object objection(nb::handle target, const std::string& mode) {
  need_start();
  int line = 0;
  std::string reason;
  if (!compiler::check_asserted(code_of(function_of(target)), asserts_of(mode), &reason, &line)) throw_pending();
  if (reason.empty()) return nb::none();
  return nb::make_tuple(reason, line);
}

bool compile(nb::handle target, const nb::kwargs& given) {
  need_start();
  PyFunctionObject* func = function_of(target);
  bool changed = false;  // compile() says nothing about options, and changes none
  if (given.contains("opt_level") && !compiler::set_wishes(code_of(func), wishes_from(given), &changed))
    throw_pending();
  if (changed) compiler::finish_pending(code_of(func));  // a job that was handed over has the options of before
  CodeData* known = vm::code_data(func);
  bool settled = known && (known->body || known->reason);
  if (flag(given, "lazy", false) && !settled) {
    compiler::install_lazy(func);
    return false;
  }
  compiler::Options options = options_from(given);
  bool force = flag(given, "force", false) || (changed && known && known->body);
  // What is asserted holds from the first call on.
  const bool waits = flag(given, "wait", false) || (known && known->wishes.asserts);
  CodeData* cd = force   ? compiler::recompile(code_of(func), options)
                 : waits ? compiler::ensure_compiled(code_of(func), options)
                         : compiler::request_compiled(code_of(func), options);
  if (!cd) throw_pending();
  if (!cd->body && !cd->reason) {
    compiler::install_lazy(func);  // it is being compiled: calls ask whether it is done
    return true;
  }
  if (compiler::install_native(func)) return true;
  compiler::withdraw(func);
  return false;
}

bool is_compiled(nb::handle target) {
  need_start();
  compiler::finish_pending(code_of(function_of(target)));
  compiler::resume_group();
  CodeData* cd = vm::code_data(function_of(target));
  return cd && cd->body;
}

void set_compile_options(const nb::kwargs& given) {
  compiler::default_options = options_from(given);
  if (given.contains("max_tier")) compiler::tier_limits.max_tier = nb::cast<int>(given["max_tier"]);
  if (given.contains("tier_threshold")) compiler::set_tier_threshold(nb::cast<uint64_t>(given["tier_threshold"]));
  if (given.contains("give_back")) {
    auto [after_calls, handicap_ns, inline_ns] = nb::cast<std::tuple<uint64_t, int64_t, int64_t>>(given["give_back"]);
    compiler::set_trials(after_calls, handicap_ns, inline_ns);
  }
  if (given.contains("group_trials")) {
    auto [least_ns, handicap_ns] = nb::cast<std::tuple<double, int64_t>>(given["group_trials"]);
    compiler::set_group_trials(least_ns, handicap_ns);
  }
  if (given.contains("background")) compiler::set_background(nb::cast<bool>(given["background"]));
  if (given.contains("deopt_stress")) compiler::set_deopt_stress(nb::cast<uint64_t>(given["deopt_stress"]));
}

std::string dump(nb::handle target, const std::string& stages) {
  need_start();
  return compiler::dump(code_of(function_of(target)), compiler::default_options, compiler::dump_bits(stages.c_str()));
}

nb::dict stats(nb::handle target) {
  need_start();
  if (!target.is_none()) compiler::finish_pending(code_of(function_of(target)));
  return target.is_none() ? process_stats() : function_stats(target);
}

void enable(uint64_t threshold) {
  need_start();
  if (!compiler::enable(threshold)) throw_pending();
}

nb::object probe() {
  const char* mismatch = start();
  return mismatch ? nb::object(nb::str(mismatch)) : nb::none();
}

nb::object run_in_namespace(nb::handle func, nb::handle mapping) {
  PyObject* result = vm::run_in_namespace(function_of(func), mapping.ptr());
  if (!result) throw nb::python_error();
  return nb::steal(result);
}

nb::object llvm_version() {
  const char* version = compiler::llvm_version();
  return version ? nb::object(nb::str(version)) : nb::none();
}

}  // namespace
}  // namespace jj::module

// What nanobind defines gets another name: the entry that Python looks for is in init.cpp.
#define PyInit__core jj_nanobind_init

NB_MODULE(_core, m) {
  using namespace jj;
  using namespace nanobind::literals;
  namespace nb = nanobind;
  compiler::set_fallback_hook(module::warn_fallback);
  m.def("probe", &module::probe);
  m.def("compile", &module::compile, "func"_a, "options"_a);
  m.def("objection", &module::objection, "func"_a, "mode"_a);
  m.def("is_compiled", &module::is_compiled, "func"_a);
  m.def("install", [](nb::handle f) { return compiler::install_native(module::function_of(f)); }, "func"_a);
  m.def("install_lazy", [](nb::handle f) { compiler::install_lazy(module::function_of(f)); }, "func"_a);
  m.def("uninstall", [](nb::handle f) { compiler::withdraw(module::function_of(f)); }, "func"_a);
  m.def("stats", &module::stats, "func"_a.none() = nb::none());
  m.def("dump", &module::dump, "func"_a, "stages"_a);
  m.def("enable", &module::enable, "threshold"_a);
  m.def("disable", &compiler::disable);
  m.def("set_compile_options", &module::set_compile_options, "options"_a);
  m.def("set_forced_exit", &vm::set_forced_exit, "n"_a, "seed"_a = 1);
  m.def("leave_where_new", &vm::leave_where_new);
  m.def("count_new_exits", &vm::count_new_exits);
  m.def("boundary_coverage", &module::boundary_coverage, "func"_a);
  m.def("run_in_namespace", &module::run_in_namespace, "func"_a, "mapping"_a);
  m.def("type_profile", &module::type_profile, "func"_a);
  m.def("native_codes", &module::native_codes, "func"_a);
  m.def("site_profile", &module::site_profile, "func"_a);
  m.def("exit_sites", &module::exit_sites, "func"_a);
  m.def("pass_names", &compiler::pass_names);
  m.def("llvm_version", &module::llvm_version);
}
