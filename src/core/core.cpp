// The compiler library: code objects as plain data in, machine code and its tables out.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "core/api.h"
#include "core/front.h"
#include "core/memo.h"
#include "core/recovery.h"
#include "core/tables.h"
#include "core/weigh.h"
#include "engine/engine.h"
#include "lower/direct.h"
#include "lower/lower.h"
#include "passes/frameless.h"
#include "passes/pipeline.h"

namespace jj::core {
namespace {

enum DumpBits : uint32_t { kDumpBytecode = 1, kDumpHir = 2, kDumpLlvm = 4, kDumpAsm = 8 };

struct Core {
  JJCore api{};
  JJLayout layout{};
  std::unique_ptr<engine::Engine> engine;
  Memo memo;
};

// The optimised tier takes 20 to 40 us for each of LLVM's instructions up to about this number; beyond, its time grows
// faster than they do. Large code stays in baseline.
constexpr size_t kMostOptimised = 8000;

double thread_ms() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

std::string text(const char* chars) { return chars ? chars : ""; }

FrontOptions front_options(const JJCompileOptions& o, const JJLayout& layout) {
  FrontOptions options;
  options.optimise = o.tier >= 2;
  options.locals_writable = layout.locals_writable != 0;
  options.feedback = o.feedback;
  options.boundaries = o.boundaries != 0;
  options.profile = o.profile != 0;
  if (o.nentries) options.more_entries.assign(o.entries, o.entries + o.nentries);
  options.asserted = {static_cast<JJAsserts>(o.asserts), o.wraps != 0};
  options.disabled_passes = text(o.disabled_passes);
  const bool unboxes = !passes::is_listed(options.disabled_passes, "unbox");  // what it leaves needs that
  if (!o.inlining || !unboxes) options.disabled_passes += ",inline_calls";
  return options;
}

int reachable(const bytecode::Code& code) {
  int n = 0;
  for (int32_t depth : code.depth) n += depth >= 0;
  return n;
}

bool polls(const hir::Function& f) {
  for (const hir::Block& block : f.blocks)
    for (const hir::Instr& i : block.instrs)
      if (i.op == hir::Op::PollPending) return true;
  return false;
}

// Loops, in the function or in those without a frame that come with it, whose turns are worth making quicker.
bool has_busy_loops(const hir::Function& f) {
  if (f.nentries > 1 && is_mostly_in_registers(f)) return true;
  return std::any_of(f.directs.begin(), f.directs.end(),
                     [](const hir::Function& direct) { return polls(direct) && is_mostly_in_registers(direct); });
}

// Without loops, and in loops that mostly wait for the runtime, there is little that LLVM's instruction selection could make
// better, at several times the time of FastISel.
engine::Quality quality_of(const JJCompileOptions& options, const hir::Function& f) {
  using engine::Quality;
  if (options.tier >= 2 && !has_busy_loops(f)) return Quality::Straight;
  if (options.tier >= 2 && options.opt_level < 3) return Quality::Optimised;
  if (options.tier >= 2) return options.vectorize ? Quality::Vectorised : Quality::Unrolled;
  return options.regalloc ? engine::Quality::Registers : engine::Quality::Fast;
}

// The machine text comes from a second emission: the first one goes to an object in memory.
void dump_machine(Core& core, const std::string& name, const engine::Engine::Build& build, engine::Quality quality,
                  const JJCompileOptions& options, std::string& out) {
  std::string error;
  if (options.dump & kDumpLlvm) error = core.engine->ir_text(name, build, quality, out);
  if (error.empty() && options.dump & kDumpAsm) error = core.engine->asm_text(name, build, quality, out);
  if (!error.empty()) out += "; " + error + "\n";
}

// Code that is not to show the boundaries of its instructions or the types that it meets.
std::optional<hir::Function> frameless_form(const hir::Function& f, const bytecode::CodeInput& in,
                                            const JJCompileOptions& options) {
  constexpr int kSurplus = 0x0c, kSuspends = 0x2a0;  // co_flags: * and ** parameters; generators, coroutines and so on
  if (options.boundaries || options.profile || options.nentries || in.kwonly) return std::nullopt;
  if (passes::is_listed(text(options.disabled_passes), "frameless")) return std::nullopt;
  if (in.flags & (kSurplus | kSuspends)) return std::nullopt;
  std::optional<hir::Function> form = passes::without_frame(f, in.argcount);
  if (form || options.tier >= 2 || passes::is_listed(text(options.disabled_passes), "peeking")) return form;
  return passes::peeking(f, in.argcount);
}

void compile_into(Core& core, const JJCode& code, const JJCompileOptions& options, Compiled& out) {
  Front front = translate(input_of(code, core.layout.python), front_options(options, core.layout));
  if (options.dump & kDumpBytecode && !front.code.instrs.empty()) out.dump += bytecode::print(front.code);
  if (!front.reason.empty()) return out.fail(front.reason, front.reason_index);
  out.api.ok = options.check_only;
  if (options.check_only) return;
  const hir::Function& f = front.function;
  if (options.dump & kDumpHir) out.dump += hir::print(f);
  for (const hir::Function& direct : f.directs)
    if (options.dump & kDumpHir && !direct.blocks.empty()) out.dump += "\n; without a frame\n" + hir::print(direct);
  out.api.ninstrs = reachable(front.code);
  const Lengths lengths = lengths_of(front.code);
  out.api.call_instrs = lengths.call;
  out.api.loop_instrs = lengths.loop;
  out.api.may_gain = options.tier >= 2 ? 1 : possible_gain(f);
  out.api.gains_little = options.tier >= 2 && !options.everything_pays && !is_worth_it(f);
  if (out.api.gains_little) return out.fail("little to gain yet: most of it is work of the runtime's");

  const engine::Quality quality = quality_of(options, f);
  const lower::LowerOptions how{options.tier >= 2, quality > engine::Quality::Straight, options.deopt_stress != 0};
  const std::optional<hir::Function> second = frameless_form(f, front.code.input, options);
  lower::Lowered lowered;
  auto build = [&](llvm::Module& module, const std::string& symbol) {
    lowered = lower::lower(f, front.code.input.nconsts, core.layout, symbol, module, how);
    for (size_t k = 0; k < f.directs.size() && lowered.error.empty(); k++) {
      if (f.directs[k].blocks.empty()) continue;
      const std::string name = lower::direct_symbol(k);
      const lower::Lowered more = lower::lower(f.directs[k], front.code.input.nconsts, core.layout, name, module, how);
      lowered.instructions += more.instructions;
      lowered.error = more.error;
    }
    if (options.tier >= 2 && lowered.error.empty() && lowered.instructions > kMostOptimised)
      lowered.error = "too large to optimise: " + std::to_string(lowered.instructions) + " instructions of LLVM's";
    if (lowered.error.empty() && second) {
      lower::LowerOptions frameless = how;
      frameless.frameless = true;
      lowered.error =
          lower::lower(*second, front.code.input.nconsts, core.layout, symbol + engine::kFrameless, module, frameless)
              .error;
    }
    return lowered.error;
  };
  const std::string& name = front.code.input.qualname.empty() ? f.name : front.code.input.qualname;
  engine::MachineCode machine = core.engine->compile(build, quality);
  if (machine.error.empty()) {
    out.machine_code = machine.id;
    out.fill_tables(f, lowered.region_labels, front.code, static_cast<int32_t>(code.code_size / 2));
    out.api.body = machine.address;
    out.api.frameless = machine.frameless;
    out.api.code_bytes = machine.code_bytes;
    out.api.ok = 1;
  } else {
    out.fail("machine code: " + machine.error);
  }
  if (options.dump & (kDumpLlvm | kDumpAsm)) dump_machine(core, name, build, quality, options, out.dump);
}

// For those who test the compiler: its own fault is not to pass for a function that is only not compiled.
void stop_at_fault(const std::string& reason) {
  static const bool stops = std::getenv("JUSTJIT_ABORT_ON_FAULT") != nullptr;
  if (!stops || !reason.starts_with(kFault)) return;
  std::fprintf(stderr, "justjit: %s\n", reason.c_str());
  std::abort();
}

void destroy(Core& core, Compiled* compiled) {
  if (compiled && compiled->machine_code) core.engine->release(compiled->machine_code);
  delete compiled;
}

JJCompiled* compile(JJCore* api, const JJCode* code, const JJCompileOptions* options) {
  double start = thread_ms();
  auto* core = static_cast<Core*>(api->impl);
  const std::optional<std::string> key = memo_key(*code, *options);
  if (Compiled* known = key ? core->memo.use(*key) : nullptr) return &known->api;
  auto* out = new Compiled;
  const std::string fault = run_safely([&] { compile_into(*core, *code, *options, *out); });
  if (!fault.empty()) out->fail(kFault + fault);
  stop_at_fault(out->reason);
  out->publish();
  out->api.compile_ms = thread_ms() - start;
  if (key && out->api.ok) destroy(*core, core->memo.keep(*key, out));
  return &out->api;
}

void release(JJCore* api, JJCompiled* compiled) {
  if (!compiled) return;
  auto* core = static_cast<Core*>(api->impl);
  auto* owner = static_cast<Compiled*>(compiled->handle);
  if (core->memo.give_up(owner)) destroy(*core, owner);
}

const char* pass_names() { return passes::pass_names().c_str(); }

void say(char* error, size_t size, const std::string& message) {
  if (!size) return;
  size_t n = message.copy(error, size - 1);
  error[n] = 0;
}

}  // namespace
}  // namespace jj::core

extern "C" __attribute__((visibility("default"))) JJCore* jj_core_open(const JJLayout* layout, const JJSymbol* symbols,
                                                                       char* error, size_t error_size) {
  using namespace jj::core;
  try {
    auto core = std::make_unique<Core>();
    std::string why;
    core->layout = *layout;
    core->engine = jj::engine::Engine::create(symbols, why);
    if (!core->engine) {
      say(error, error_size, why);
      return nullptr;
    }
    core->api = {JJ_CORE_ABI, compile, release, jj::engine::llvm_version, pass_names, core.get()};
    return &core.release()->api;  // lives as long as the process: machine code may be running in other threads
  } catch (const std::exception& problem) {
    say(error, error_size, problem.what());
    return nullptr;
  }
}
