// The library as its user sees it: compiles every dumped code object it is given, in every mode, and checks the tables.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "bytecode/decode.h"
#include "core/api.h"
#include "sample_layout.h"

namespace {

using jj::bytecode::CodeInput;

constexpr int kSuspends = 0x20 | 0x80 | 0x200;  // co_flags of generators, coroutines, asynchronous generators

void helper() { std::abort(); }  // nothing is run here

const JJSymbol kSymbols[] = {
#define DATA(name) {#name, reinterpret_cast<void*>(&helper)},
#define HELPER(name, signature) {#name, reinterpret_cast<void*>(&helper)},
#define STACK_HELPER(name, op) HELPER(name, "")
#define STACK_COND(name, op) HELPER(name, "")
#include "runtime/helpers.def"
    {nullptr, nullptr}};

void check(bool ok, const std::string& what) {
  if (ok) return;
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

CodeInput read_dump(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  auto dump = jj::bytecode::parse_dump(text.str());
  check(std::holds_alternative<CodeInput>(dump), path);
  return std::get<CodeInput>(std::move(dump));
}

JJCode plain(const CodeInput& in) {
  JJCode c{};
  c.name = in.name.c_str(), c.qualname = in.qualname.c_str(), c.filename = in.filename.c_str();
  c.flags = in.flags, c.argcount = in.argcount, c.nlocals = in.nlocals, c.ncells = in.ncells, c.nfrees = in.nfrees;
  c.nslots = in.nslots, c.stacksize = in.stacksize, c.nconsts = in.nconsts, c.nnames = in.nnames;
  c.code = in.code.data(), c.code_size = in.code.size();
  c.exception_table = in.exception_table.data(), c.exception_table_size = in.exception_table.size();
  return c;
}

void check_tables(const JJCompiled& c, const std::string& name, bool suspends, bool boundaries) {
  for (int k = 0; k < c.nstates; k++) {
    check(k == 0 || c.states[k - 1].index < c.states[k].index, name + ": states sorted");
    check(c.state_of[c.states[k].index] == k, name + ": state_of");
    check(c.states[k].region < c.nregions, name + ": region");
    check(c.states[k].deferred + c.states[k].ndeferred <= c.ndeferreds, name + ": deferred");
  }
  std::map<int, int> target_of;  // a label is one handler
  for (int k = 0; k < c.nregions; k++)
    if (c.regions[k].label >= 0)
      check(target_of.emplace(c.regions[k].label, c.regions[k].target).first->second == c.regions[k].target,
            name + ": labels");
  check(c.nentries >= 1 && c.entries[0].index >= 0 && c.entries[0].depth == suspends, name + ": entry 0");
  std::set<int> resumable;
  for (int k = 0; k < c.nstates; k++) resumable.insert(c.states[k].resume);
  for (int k = 1; k < c.nentries; k++) check(resumable.count(c.entries[k].index) == 1, name + ": entry state");
  check((c.nboundaries > 0) == boundaries, name + ": boundaries");
  for (int k = 0; k < c.nboundaries; k++) check(c.state_of[c.boundaries[k]] >= 0, name + ": boundary state");
  check(c.body && c.code_bytes, name + ": code");
}

}  // namespace

int main(int argc, char** argv) {
  std::map<int, JJCore*> cores;
  double ms[2] = {};
  long bytes[2] = {}, instrs = 0;
  int compiled = 0, refused = 0;
  for (int k = 1; k < argc; k++) {
    CodeInput input = read_dump(argv[k]);
    JJCode code = plain(input);
    JJCore*& core = cores[input.python];
    if (!core) {
      char error[200] = "";
      JJLayout layout = jj::test::sample_layout(input.python);
      core = jj_core_open(&layout, kSymbols, error, sizeof error);
      check(core && core->abi == JJ_CORE_ABI, error);
    }
    for (int mode = 0; mode < 4; mode++) {
      JJCompileOptions options{};
      options.boundaries = mode & 2, options.regalloc = mode & 1, options.dump = mode == 3 ? 15 : 0;
      JJCompiled* c = core->compile(core, &code, &options);
      if (c->ok) {
        check_tables(*c, argv[k], code.flags & kSuspends, options.boundaries);
        check((c->dump != nullptr) == (mode == 3), std::string(argv[k]) + ": dump");
        compiled++;
        if (mode < 2) ms[mode] += c->compile_ms, bytes[mode] += static_cast<long>(c->code_bytes);
        if (mode == 0) instrs += c->ninstrs;
      } else {
        check(c->reason && !std::strstr(c->reason, "internal"),
              std::string(argv[k]) + ": " + (c->reason ? c->reason : ""));
        refused++;
      }
      core->release(core, c);
    }
  }
  std::printf("%d compiled, %d refused", compiled, refused);
  for (int mode = 0; mode < 2 && instrs; mode++)
    std::printf("; regalloc %d: %.1f us and %.1f bytes per bytecode", mode,
                ms[mode] * 1e3 / static_cast<double>(instrs),
                static_cast<double>(bytes[mode]) / static_cast<double>(instrs));
  std::puts("");
}
