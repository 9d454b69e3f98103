// The symbol table of generated code, from runtime/helpers.def.
#include "compiler/symbols.h"

#include <vector>

#include "runtime/abi.h"

// Declared without their types here: only addresses are taken. Weak: a version lacks the helpers of operations that its
// bytecode does not have, and then the name is left out.
extern "C" {
#define HELPER(name, signature) __attribute__((weak)) void name();
#define STACK_HELPER(name, op) __attribute__((weak)) void name();
#define STACK_COND(name, op) __attribute__((weak)) void name();
#define DATA(name)
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA
}

namespace jj::compiler {
namespace {

PyObject* jj_none_address() { return Py_None; }
PyObject* jj_true_address() { return Py_True; }
PyObject* jj_false_address() { return Py_False; }

std::vector<JJSymbol> build_table() {
  std::vector<JJSymbol> table;
  auto add = [&table](const char* name, void (*function)()) {
    if (function) table.push_back({name, reinterpret_cast<void*>(function)});
  };
#define HELPER(name, signature) add(#name, &name);
#define STACK_HELPER(name, op) add(#name, &name);
#define STACK_COND(name, op) add(#name, &name);
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
