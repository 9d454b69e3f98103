// Translates code object dumps and checks the result: well-formed after translation and after every pass, the stack
// as its frame states say, text stable.
//
//   translate_check FILE [--boundaries]   every dump in FILE; none may be refused
//   translate_check FILE --print          the HIR of every dump after the passes (--raw: before)
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include "bytecode/decode.h"
#include "passes/pipeline.h"
#include "stack_check.h"
#include "translate/translate.h"

namespace {

using namespace jj;

struct Options {
  bool boundaries = false, print = false, raw = false;
};

struct Totals {
  long codes = 0, translated = 0, failed = 0, instrs = 0, operations = 0;
  double milliseconds = 0;
  std::map<std::string, long> refusals;
};

long count_operations(const hir::Function& f) {
  long count = 0;
  for (const hir::Block& b : f.blocks) count += static_cast<long>(b.instrs.size());
  return count;
}

std::string check_text(const hir::Function& f) {
  const std::string text = hir::print(f);
  hir::ParseResult parsed = hir::parse(text);
  if (!parsed.ok) return f.name + ": printed text does not parse: " + parsed.error;
  return hir::print(parsed.function) == text ? "" : f.name + ": printed text changes when parsed";
}

std::string check(hir::Function& f, const Options& options) {
  if (std::string error = hir::verify(f); !error.empty()) return error;
  if (std::string error = check_stack(f); !error.empty()) return error;
  if (std::string error = check_text(f); !error.empty()) return error;
  if (options.print && options.raw) std::cout << hir::print(f) << "\n";
  passes::PipelineOptions pipeline;
  pipeline.boundaries = options.boundaries;
  pipeline.verify = true;
  if (std::string error = passes::run_pipeline(f, pipeline); !error.empty()) return error;
  if (options.print && !options.raw) std::cout << hir::print(f) << "\n";
  if (std::string error = check_stack(f); !error.empty()) return "after the passes: " + error;
  return check_text(f);
}

std::string check_dump(const std::string& dump, const Options& options, Totals& totals) {
  auto input = bytecode::parse_dump(dump);
  if (auto* error = std::get_if<bytecode::DecodeError>(&input)) return error->message;
  auto code = bytecode::decode(std::get<bytecode::CodeInput>(input));
  if (auto* error = std::get_if<bytecode::DecodeError>(&code)) return error->message;
  const auto start = std::chrono::steady_clock::now();
  auto result = translate::translate(std::get<bytecode::Code>(code));
  totals.milliseconds += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (auto* refusal = std::get_if<translate::Refusal>(&result)) {
    totals.refusals[refusal->reason]++;
    return std::get<bytecode::Code>(code).input.qualname + ": refused: " + refusal->reason;
  }
  totals.translated++;
  totals.instrs += static_cast<long>(std::get<bytecode::Code>(code).instrs.size());
  auto& f = std::get<hir::Function>(result);
  std::string problem = check(f, options);
  totals.operations += count_operations(f);
  return problem;
}

void check_file(const char* path, const Options& options, Totals& totals) {
  std::ifstream in(path);
  std::string dump;
  auto finish = [&] {
    if (dump.empty()) return;
    totals.codes++;
    std::string problem = check_dump(dump, options, totals);
    if (!problem.empty() && totals.failed++ < 20) std::cout << problem << "\n";
    dump.clear();
  };
  for (std::string line; std::getline(in, line); dump += line + "\n")
    if (line.rfind("python ", 0) == 0) finish();
  finish();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  Totals totals;
  for (int k = 1; k < argc; k++) {
    const std::string arg = argv[k];
    if (arg == "--boundaries")
      options.boundaries = true;
    else if (arg == "--print")
      options.print = true;
    else if (arg == "--raw")
      options.print = options.raw = true;
  }
  for (int k = 1; k < argc; k++)
    if (argv[k][0] != '-') check_file(argv[k], options, totals);
  if (!options.print) {
    std::cout << totals.codes << " code objects, " << totals.translated << " translated, " << totals.instrs
              << " instructions, " << totals.operations << " operations, " << totals.milliseconds
              << " ms translating\n";
    for (const auto& [reason, count] : totals.refusals) std::cout << "refused " << count << ": " << reason << "\n";
    std::cout << totals.codes - totals.failed << " passed, " << totals.failed << " failed\n";
  }
  return totals.failed || !totals.codes ? 1 : 0;
}
