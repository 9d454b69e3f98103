// A code object as the plain data that the compiler library takes.
#pragma once
#include <string>
#include <vector>

#include "runtime/abi.h"

namespace jj::compiler {

// Holds what a JJCode points into: copies, so that another thread may compile while the code object goes away.
class CodeSource {
 public:
  // False with a Python exception set.
  bool capture(PyCodeObject* code);
  CodeSource() = default;
  CodeSource(const CodeSource&) = delete;
  CodeSource& operator=(const CodeSource&) = delete;

  const JJCode& code() const { return code_; }

 private:
  bool capture_bytes(PyCodeObject* code);
  bool capture_names(PyCodeObject* code);
  void capture_consts(PyCodeObject* code);

  JJCode code_{};
  std::vector<uint8_t> bytecode_, exception_table_;
  std::vector<std::string> texts_;
  std::vector<const char*> varnames_;
  std::vector<uint8_t> const_kinds_;
  std::vector<int64_t> const_words_;
  std::vector<uint64_t> const_chars_;
  std::vector<std::string> name_texts_;
  std::vector<const char*> const_names_;
};

}  // namespace jj::compiler
