// jjopt: reads a code object dump or text HIR and prints any stage of the compiler; needs no Python.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "core/front.h"
#include "engine/engine.h"
#include "lower/lower.h"

namespace {

using namespace jj;

constexpr const char* kUsage =
    "usage: jjopt [--emit=bytecode|hir|hir-after=PASS|llvm|asm] [--passes=a,b] [--disable=a,b] [--boundaries]\n"
    "             [--layout=310..313] [--regalloc|--optimise] FILE.code|FILE.hir|-\n"
    "--passes= (empty) runs no pass; text HIR goes through passes only when --passes or --emit=hir-after asks.\n";

struct Options {
  std::string emit = "hir", file;
  core::FrontOptions front;
  bool run_passes = false, no_passes = false;
  engine::Quality quality = engine::Quality::Fast;
  int layout = 0;  // 0: that of the code object, or 313
};

// Plausible offsets, for reading generated code; the real ones come from the module.
JJLayout printing_layout(int python) {
  JJLayout l{};
  l.python = python;
  l.frame_slots = python == 310 ? 360 : 72;
  l.frame_ip = python == 310 ? 104 : 56;
  l.ip_is_index = python == 310;
  l.immortal = python >= 312;
  l.cd_instr_base = 8, l.cd_clean = 16, l.cd_backedges = 24, l.cd_interp = 40, l.cd_code = 48, l.cd_tail = 256;
  l.npolls = 1;
  l.polls[0] = {JJ_POLL_THREAD, 0, 24, 8, 1};
  return l;
}

std::optional<std::string> value_of(const std::string& arg, const char* name) {
  size_t n = std::strlen(name);
  if (arg.compare(0, n, name) != 0) return std::nullopt;
  return arg.substr(n);
}

bool parse_options(int argc, char** argv, Options& o) {
  for (int k = 1; k < argc; k++) {
    std::string arg = argv[k];
    if (auto pass = value_of(arg, "--emit=hir-after="))
      o.emit = "hir", o.front.stop_after = *pass, o.run_passes = true;
    else if (auto emit = value_of(arg, "--emit="))
      o.emit = *emit;
    else if (auto names = value_of(arg, "--passes="))
      o.front.only_passes = *names, o.run_passes = true, o.no_passes = names->empty();
    else if (auto disabled = value_of(arg, "--disable="))
      o.front.disabled_passes = *disabled;
    else if (auto version = value_of(arg, "--layout="))
      o.layout = std::atoi(version->c_str());
    else if (arg == "--boundaries")
      o.front.boundaries = true;
    else if (arg == "--regalloc")
      o.quality = engine::Quality::Registers;
    else if (arg == "--optimise")
      o.front.optimise = true, o.quality = engine::Quality::Vectorised;
    else if (arg != "-" && arg[0] == '-')
      return false;
    else
      o.file = arg;
  }
  return !o.file.empty();
}

int fail(const std::string& message) {
  std::cerr << "jjopt: " << message << '\n';
  return 1;
}

std::string read(const std::string& file) {
  std::ostringstream text;
  if (file == "-") {
    text << std::cin.rdbuf();
  } else {
    std::ifstream in(file);
    text << in.rdbuf();
  }
  return text.str();
}

int constants_of(const hir::Function& f) {
  int n = 0;
  for (const hir::Block& block : f.blocks)
    for (const hir::Instr& i : block.instrs)
      if (i.op == hir::Op::LoadConst) n = std::max(n, i.imm[0] + 1);
  return n;
}

int emit_machine(const hir::Function& f, int nconsts, const Options& o, int python) {
  std::string error, out;
  JJSymbol none[] = {{nullptr, nullptr}};  // nothing is linked, so no symbol is needed
  auto engine = engine::Engine::create(none, error);
  if (!engine) return fail(error);
  JJLayout layout = printing_layout(python);
  const lower::LowerOptions how{o.front.optimise, o.quality > engine::Quality::Straight};
  auto build = [&](llvm::Module& module, const std::string& symbol) {
    return lower::lower(f, nconsts, layout, symbol, module, how).error;
  };
  if (o.emit == "llvm")
    error = engine->ir_text(f.name, build, o.quality, out);
  else
    error = engine->asm_text(f.name, build, o.quality, out);
  if (!error.empty()) return fail(error);
  std::cout << out;
  return 0;
}

int emit_function(const hir::Function& f, int nconsts, const Options& o, int python) {
  if (o.emit == "hir") {
    std::cout << hir::print(f);
    return 0;
  }
  if (o.emit != "llvm" && o.emit != "asm") return fail("unknown stage " + o.emit);
  return emit_machine(f, nconsts, o, o.layout ? o.layout : python);
}

int from_hir(const std::string& text, const Options& o) {
  hir::ParseResult parsed = hir::parse(text);
  if (!parsed.ok) return fail(parsed.error);
  hir::Function& f = parsed.function;
  std::string error = hir::verify(f);
  if (error.empty() && o.run_passes && !o.no_passes) error = core::run_passes(f, o.front);
  if (!error.empty()) return fail(error);
  return emit_function(f, constants_of(f), o, 313);
}

int from_code(const std::string& text, Options o) {
  auto dump = bytecode::parse_dump(text);
  if (auto* error = std::get_if<bytecode::DecodeError>(&dump)) return fail(error->message);
  auto& input = std::get<bytecode::CodeInput>(dump);
  int python = input.python, nconsts = input.nconsts;
  if (o.no_passes) o.front.stop_after = "translate";
  core::Front front =
      o.emit == "bytecode" ? core::decode_only(std::move(input)) : core::translate(std::move(input), o.front);
  if (!front.reason.empty()) return fail(front.reason);
  if (o.emit == "bytecode") {
    std::cout << bytecode::print(front.code);
    return 0;
  }
  return emit_function(front.function, nconsts, o, python);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  if (!parse_options(argc, argv, o)) {
    std::cerr << kUsage;
    return 2;
  }
  std::string text = read(o.file);
  if (text.empty()) return fail("cannot read " + o.file);
  bool is_hir = o.file.size() > 4 && o.file.compare(o.file.size() - 4, 4, ".hir") == 0;
  return is_hir ? from_hir(text, o) : from_code(text, o);
}
