// The symbol table of generated code, from runtime/helpers.def.
#include "compiler/symbols.h"

#include <vector>

#include "runtime/abi.h"
#include "runtime/signature.h"

namespace jj::compiler {
namespace {

PyObject* jj_none_address() { return Py_None; }
PyObject* jj_true_address() { return Py_True; }
PyObject* jj_false_address() { return Py_False; }

std::vector<JJSymbol> build_table() {
  std::vector<JJSymbol> table;
#define HELPER(name, signature) table.push_back({#name, const_cast<void*>(name##_address)});
#define STACK_HELPER(name, op) HELPER(name, "")
#define STACK_COND(name, op) HELPER(name, "")
#define DATA(name) table.push_back({#name, name##_address()});
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA
  table.push_back({nullptr, nullptr});
  return table;
}

}  // namespace

const JJSymbol* symbol_table() {
  static const std::vector<JJSymbol> table = build_table();
  return table.data();
}

}  // namespace jj::compiler
