// Reads a line of the text form of functions as tokens, and keeps the first error.
#pragma once
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace jj::hir {

class LineReader {
 public:
  void start(const std::string& line) {
    line_ = line;
    at_ = 0;
    number_++;
  }

  bool ok() const { return error_.empty(); }
  void fail(const std::string& what) {
    if (ok()) error_ = "line " + std::to_string(number_) + ": " + what;
  }

  void skip() {
    while (at_ < line_.size() && std::isspace(static_cast<unsigned char>(line_[at_]))) at_++;
    if (at_ < line_.size() && line_[at_] == ';') at_ = line_.size();
  }
  bool at_end() {
    skip();
    return at_ >= line_.size();
  }
  bool at_word() { return !at_end() && std::isalpha(static_cast<unsigned char>(line_[at_])); }
  bool accept(const std::string& token) {
    skip();
    if (line_.compare(at_, token.size(), token) != 0) return false;
    at_ += token.size();
    return true;
  }
  void expect(const std::string& token) {
    if (!accept(token)) fail("expected '" + token + "'");
  }
  std::string word() {
    skip();
    size_t start = at_;
    while (at_ < line_.size() && (std::isalnum(static_cast<unsigned char>(line_[at_])) || line_[at_] == '_')) at_++;
    if (at_ == start) fail("expected a word");
    return line_.substr(start, at_ - start);
  }
  int64_t long_integer() {
    skip();
    const char* start = line_.c_str() + at_;
    char* end = nullptr;
    const int64_t value = std::strtoll(start, &end, 10);
    if (end == start) fail("expected a number");
    at_ += static_cast<size_t>(end - start);
    return value;
  }
  int32_t integer() {
    const int64_t value = long_integer();
    if (value < INT32_MIN || value > INT32_MAX) fail("expected a number");
    return static_cast<int32_t>(value);
  }
  int32_t field(const std::string& name) {
    expect(name);
    return integer();
  }
  std::string quoted() {
    expect("\"");
    std::string out;
    while (ok() && at_ < line_.size() && line_[at_] != '"') {
      char c = line_[at_++];
      if (c == '\\' && at_ < line_.size()) {
        c = line_[at_++];
        if (c == 'n') c = '\n';
      }
      out += c;
    }
    expect("\"");
    return out;
  }
  template <size_t n>
  uint8_t kind(const char* const (&names)[n]) {
    std::string name = word();
    for (size_t k = 0; k < n; k++)
      if (name == names[k]) return static_cast<uint8_t>(k);
    fail("unknown kind '" + name + "'");
    return 0;
  }
  void number_of_row(size_t expected) {
    if (integer() != static_cast<int32_t>(expected)) fail("expected row number " + std::to_string(expected));
    expect(":");
  }

  const std::string& error() const { return error_; }
  std::string rest() const { return line_.substr(at_); }

 private:
  std::string line_, error_;
  size_t at_ = 0;
  int number_ = 0;  // of the line
};

}  // namespace jj::hir
