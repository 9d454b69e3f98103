// Compares decoded fixtures with their expected text, damages them at random, and prints the opcode tables.
//
//   decode_test DIR              every DIR/*/*.code against the .txt beside it; --bless rewrites the expectations
//   decode_test --table 313      the opcode table as lines NAME NUMBER BASE CANONICAL
//   decode_test --print FILE     canonical text of every dump in FILE
//   decode_test --check-stream FILE   decodes every dump in FILE; a line "# labels .." holds the expected jump targets
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "bytecode/decode.h"

namespace fs = std::filesystem;
using namespace jj::bytecode;

namespace {

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::variant<Code, DecodeError> decode_text(const std::string& dump) {
  auto input = parse_dump(dump);
  if (auto* error = std::get_if<DecodeError>(&input)) return *error;
  return decode(std::get<CodeInput>(std::move(input)));
}

std::string printed(const std::string& dump) {
  auto result = decode_text(dump);
  if (auto* error = std::get_if<DecodeError>(&result)) return "error: " + error->message + "\n";
  return print(std::get<Code>(result));
}

// What later stages rely on in whatever decode() accepts; empty when it holds.
std::string broken_promise(const Code& code) {
  const auto n = static_cast<int32_t>(code.instrs.size());
  if (code.depth.size() != code.instrs.size() || code.region_of.size() != code.instrs.size()) return "table sizes";
  for (int32_t k = 0; k < n; k++) {
    const Instr& i = code.instrs[k];
    if (i.start > i.index || i.index >= i.next) return "positions";
    if (i.boundary && code.at[i.start] != k) return "at";
    if (i.target >= 0 && code.at[i.target] < 0) return "target";
    if (code.depth[k] < 0) continue;
    if (code.depth[k] - op_pops(i) < 0 && i.op != Op::JumpTo) return "depth below zero";
    if (code.depth[k] > code.input.stacksize) return "depth above the stack size";
    if (i.target >= 0 && code.depth[code.at[i.target]] < 0) return "target not reached";
    OpKind kind = op_kind(i.op);
    bool falls = kind != OpKind::Jump && kind != OpKind::Return && kind != OpKind::Raise && i.op != Op::Unknown;
    if (falls && (k + 1 >= n || code.depth[k + 1] < 0)) return "successor not reached";
    int32_t r = code.region_of[k];
    if (r >= 0 && code.depth[k] < code.regions[r].depth) return "depth below the region";
    if (r >= 0 && code.regions[r].target >= 0 && code.depth[code.at[code.regions[r].target]] < 0) return "handler";
  }
  return "";
}

struct Random {
  uint32_t state = 12345;
  uint32_t below(uint32_t n) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
  }
};

// Damaged bytecode must be refused or decoded to something consistent; never a crash.
int damage(const fs::path& path, const CodeInput& good, Random& random, int rounds) {
  int failures = 0;
  for (int round = 0; round < rounds; round++) {
    CodeInput bad = good;
    for (uint32_t k = random.below(4) + 1; k > 0; k--) {
      auto& bytes = bad.exception_table.empty() || random.below(4) ? bad.code : bad.exception_table;
      bytes[random.below(static_cast<uint32_t>(bytes.size()))] = static_cast<uint8_t>(random.below(256));
    }
    if (random.below(8) == 0) bad.code.resize(random.below(static_cast<uint32_t>(bad.code.size())));
    auto result = decode(bad);
    if (auto* code = std::get_if<Code>(&result)) {
      std::string broken = broken_promise(*code);
      if (broken.empty() && !print(*code).empty()) continue;
      std::cout << path << ": damaged copy " << round << " was decoded with broken " << broken << "\n";
      failures++;
    }
  }
  return failures;
}

int check_fixtures(const fs::path& dir, bool bless, int rounds) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(dir))
    if (entry.path().extension() == ".code") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  int failures = 0, written = 0;
  Random random;
  for (const fs::path& path : paths) {
    std::string dump = read_file(path), text = printed(dump);
    fs::path expected = fs::path(path).replace_extension(".txt");
    if (read_file(expected) != text) {
      if (bless) {
        std::ofstream(expected, std::ios::binary) << text;
        written++;
      } else {
        std::cout << "differs from " << expected << "; decoded now:\n" << text;
        failures++;
      }
    }
    auto input = parse_dump(dump);
    if (auto* good = std::get_if<CodeInput>(&input)) failures += damage(path, *good, random, rounds);
    auto result = decode_text(dump);
    auto* code = std::get_if<Code>(&result);
    if (!code || !broken_promise(*code).empty()) {
      std::cout << path << ": " << (code ? broken_promise(*code) : text) << "\n";
      failures++;
    }
  }
  std::cout << paths.size() << " fixtures, " << failures << " failures, " << written << " rewritten\n";
  return failures || paths.empty() ? 1 : 0;
}

// The targets as the native code states them: a ForIter's exit skips the instructions that pop the iterator.
std::set<int32_t> native_targets(const Code& code) {
  std::set<int32_t> targets;
  int skipped = code.input.python == 313 ? 2 : code.input.python == 312 ? 1 : 0;
  for (const Instr& i : code.instrs)
    if (i.target >= 0) targets.insert(i.op == Op::ForIter ? i.target - skipped : i.target);
  return targets;
}

std::string check_one(const std::string& dump, long& instrs, long& reachable) {
  auto result = decode_text(dump);
  if (auto* error = std::get_if<DecodeError>(&result)) return error->message;
  const Code& code = std::get<Code>(result);
  for (size_t k = 0; k < code.instrs.size(); k++) {
    instrs++;
    reachable += code.depth[k] >= 0;
    if (code.instrs[k].op == Op::Unknown) return code.input.qualname + ": unknown operation";
    // CPython's compiler leaves nothing on the stack when it returns: this finds wrong effects that agree everywhere.
    if (op_kind(code.instrs[k].op) == OpKind::Return && code.depth[k] > op_pops(code.instrs[k]))
      return code.input.qualname + ": returns with entries on the stack";
  }
  std::string broken = broken_promise(code);
  if (!broken.empty()) return code.input.qualname + ": broken " + broken;
  size_t at = dump.find("# labels");
  if (at == std::string::npos) return "";
  std::istringstream line(dump.substr(at + 8, dump.find('\n', at) - at - 8));
  std::set<int32_t> labels;
  for (int32_t label; line >> label;) labels.insert(label);
  return labels == native_targets(code) ? "" : code.input.qualname + ": jump targets differ from the expected ones";
}

// Calls f(dump) for every dump of a file; a dump begins with its "python" line.
template <class F>
void for_each_dump(const char* path, F f) {
  std::ifstream in(path);
  std::string dump;
  for (std::string line; std::getline(in, line); dump += line + "\n")
    if (line.rfind("python ", 0) == 0 && !dump.empty()) {
      f(dump);
      dump.clear();
    }
  if (!dump.empty()) f(dump);
}

int check_stream(const char* path) {
  long codes = 0, failures = 0, instrs = 0, reachable = 0;
  for_each_dump(path, [&](const std::string& dump) {
    codes++;
    std::string problem = check_one(dump, instrs, reachable);
    if (problem.empty()) return;
    if (failures++ < 20) std::cout << problem << "\n" << (failures <= 2 ? dump : "");
  });
  std::cout << codes << " code objects, " << instrs << " instructions, " << reachable << " reachable, " << failures
            << " failures\n";
  return failures || !codes ? 1 : 0;
}

int print_table(const char* python) {
  auto table = opcode_table(std::atoi(python));
  for (const NativeOpcode& row : table)
    std::cout << row.name << " " << row.number << " " << row.base << " " << op_name(row.canonical) << "\n";
  return table.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && !std::strcmp(argv[1], "--table")) return print_table(argv[2]);
  if (argc == 3 && !std::strcmp(argv[1], "--check-stream")) return check_stream(argv[2]);
  if (argc == 3 && !std::strcmp(argv[1], "--print")) {
    for_each_dump(argv[2], [](const std::string& dump) { std::cout << printed(dump) << "\n"; });
    return 0;
  }
  constexpr int kDamagedCopies = 200;
  if (argc == 2) return check_fixtures(argv[1], false, kDamagedCopies);
  if (argc == 3 && !std::strcmp(argv[2], "--bless")) return check_fixtures(argv[1], true, kDamagedCopies);
  std::cerr << "usage: decode_test DIR [--bless] | --table VERSION | --print FILE | --check-stream FILE\n";
  return 2;
}
