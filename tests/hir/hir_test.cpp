// Tests of HIR text, verifier and passes, driven by text files.
//
//   hir_test PATH.. [--bless]     every *.hir file in or below the given folders
//
// A file holds cases separated by lines of dashes. A case begins with ';' lines, one of which says what it tests:
//   ; round-trip          the text parses, verifies and prints as it stands
//   ; error: WORDS        the verifier (or the parser) refuses the function with a message that contains WORDS
//   ; pass: NAME          the text before the line "=>" becomes the text after it
//   ; translate: FILE     the code object dump in FILE (relative to the working folder) becomes, through all passes, the
//                         text after "=>"
// --bless writes what came out where the expected text differs (not for error cases).
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "bytecode/decode.h"
#include "hir/function.h"
#include "passes/pipeline.h"
#include "translate/translate.h"

namespace {

using namespace jj;

struct Case {
  std::string comments, input, expected;
  bool has_expected = false;
};

struct Outcome {
  std::string problem;  // empty: passed
  std::string blessed;  // what the expected text should be, if it can be written
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<Case> split(const std::string& text) {
  std::vector<Case> cases(1);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    Case& c = cases.back();
    if (line.rfind("---", 0) == 0)
      cases.emplace_back();
    else if (line.rfind("=>", 0) == 0)
      c.has_expected = true;
    else if (c.has_expected)
      c.expected += line + "\n";
    else if (line.rfind(";", 0) == 0 && c.input.empty())
      c.comments += line + "\n";
    else if (!line.empty() || !c.input.empty())
      c.input += line + "\n";
  }
  return cases;
}

std::string join(const std::vector<Case>& cases) {
  std::string text;
  for (const Case& c : cases) {
    if (!text.empty()) text += "---\n";
    text += c.comments + c.input;
    if (c.has_expected) text += "=>\n" + c.expected;
  }
  return text;
}

// The rest of the comment line that begins with `key`, or null.
bool directive(const Case& c, const std::string& key, std::string& rest) {
  std::istringstream in(c.comments);
  for (std::string line; std::getline(in, line);)
    if (line.rfind("; " + key, 0) == 0) {
      rest = line.substr(key.size() + 2);
      rest.erase(0, rest.find_first_not_of(' ') == std::string::npos ? rest.size() : rest.find_first_not_of(' '));
      return true;
    }
  return false;
}

Outcome run_error(const Case& c, const std::string& words) {
  hir::ParseResult parsed = hir::parse(c.input);
  const std::string message = parsed.ok ? hir::verify(parsed.function) : parsed.error;
  if (message.empty()) return {"was accepted; expected: " + words, ""};
  if (message.find(words) == std::string::npos) return {"expected: " + words + "\n     got: " + message, ""};
  return {};
}

Outcome run_text(const Case& c, const std::string* pass_name) {
  hir::ParseResult parsed = hir::parse(c.input);
  if (!parsed.ok) return {"does not parse: " + parsed.error, ""};
  if (std::string error = hir::verify(parsed.function); !error.empty()) return {"is not well-formed: " + error, ""};
  if (pass_name) {
    const passes::PassInfo* pass = passes::find_pass(*pass_name);
    if (!pass) return {"no pass named " + *pass_name, ""};
    pass->run(parsed.function);
    if (std::string error = hir::verify(parsed.function); !error.empty()) return {"breaks the function: " + error, ""};
  }
  const std::string text = hir::print(parsed.function);
  if (text == (pass_name ? c.expected : c.input)) return {};
  return {"differs; got:\n" + text, text};
}

Outcome run_translate(const Case& c, const std::string& path) {
  auto input = bytecode::parse_dump(read_file(path));
  if (auto* error = std::get_if<bytecode::DecodeError>(&input)) return {error->message, ""};
  auto code = bytecode::decode(std::get<bytecode::CodeInput>(input));
  if (auto* error = std::get_if<bytecode::DecodeError>(&code)) return {error->message, ""};
  auto result = translate::translate(std::get<bytecode::Code>(code));
  std::string text;
  if (auto* refusal = std::get_if<translate::Refusal>(&result)) {
    text = "; refused: " + refusal->reason + "\n";
  } else {
    hir::Function& f = std::get<hir::Function>(result);
    passes::PipelineOptions options;
    options.verify = true;
    if (std::string error = passes::run_pipeline(f, options); !error.empty()) return {error, ""};
    text = hir::print(f);
  }
  return text == c.expected ? Outcome{} : Outcome{"differs; got:\n" + text, text};
}

Outcome run_case(const Case& c) {
  std::string rest;
  if (directive(c, "error:", rest)) return run_error(c, rest);
  if (directive(c, "pass:", rest)) return run_text(c, &rest);
  if (directive(c, "translate:", rest)) return run_translate(c, rest);
  if (directive(c, "round-trip", rest)) return run_text(c, nullptr);
  return {"does not say what it tests", ""};
}

struct Totals {
  int passed = 0, failed = 0;
};

void run_file(const std::filesystem::path& path, bool bless, Totals& totals) {
  std::vector<Case> cases = split(read_file(path));
  bool rewrite = false;
  for (size_t k = 0; k < cases.size(); k++) {
    Case& c = cases[k];
    Outcome outcome = run_case(c);
    if (bless && !outcome.blessed.empty()) {
      std::string rest;
      const bool two_texts = directive(c, "pass:", rest) || directive(c, "translate:", rest);
      (two_texts ? c.expected : c.input) = outcome.blessed;
      c.has_expected = two_texts;
      rewrite = true;
      outcome.problem.clear();
    }
    (outcome.problem.empty() ? totals.passed : totals.failed)++;
    if (!outcome.problem.empty()) std::cout << path.string() << ", case " << k + 1 << ": " << outcome.problem << "\n";
  }
  if (rewrite) std::ofstream(path, std::ios::binary) << join(cases);
}

}  // namespace

int main(int argc, char** argv) {
  bool bless = false;
  std::vector<std::filesystem::path> files;
  for (int k = 1; k < argc; k++) {
    if (std::string(argv[k]) == "--bless") {
      bless = true;
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[k]))
      if (entry.path().extension() == ".hir") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Totals totals;
  for (const auto& file : files) run_file(file, bless, totals);
  std::cout << totals.passed << " passed, " << totals.failed << " failed\n";
  return totals.failed || !totals.passed ? 1 : 0;
}
