// Finds the compiler library beside this extension, opens it and tells it layouts and symbols.
#include "compiler/core_library.h"

#include <dlfcn.h>

#include <cstddef>
#include <cstdio>
#include <string>

#include "compiler/symbols.h"
#include "runtime/abi.h"
#include "vm/vm.h"

namespace jj::compiler {
namespace {

char g_error[512];
JJLayout g_layout{};
const JJSymbol* g_symbols = nullptr;

std::string library_path() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<void*>(&core), &info) || !info.dli_fname) return "libjustjit_core.so";
  std::string path = info.dli_fname;
  size_t slash = path.rfind('/');
  return (slash == std::string::npos ? std::string() : path.substr(0, slash + 1)) + "libjustjit_core.so";
}

JJLayout code_layout() {
  JJLayout layout{};
  vm::fill_layout(&layout);
  layout.cd_instr_base = offsetof(CodeData, instr_base);
  layout.cd_clean = offsetof(CodeData, clean);
  layout.cd_interp = offsetof(CodeData, interp);
  layout.cd_code = offsetof(CodeData, code);
  layout.cd_backedges = offsetof(CodeData, backedges);
  layout.cd_tail = offsetof(CodeData, tail);
  return layout;
}

JJCore* open_core() {
  std::string path = library_path();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    std::snprintf(g_error, sizeof g_error, "the compiler library cannot be loaded: %s", dlerror());
    return nullptr;
  }
  auto open = reinterpret_cast<JJCoreOpen>(dlsym(library, "jj_core_open"));
  if (!open) {
    std::snprintf(g_error, sizeof g_error, "%s has no jj_core_open", path.c_str());
    return nullptr;
  }
  JJCore* opened = open(&g_layout, g_symbols, g_error, sizeof g_error);
  if (opened && opened->abi != JJ_CORE_ABI) {
    std::snprintf(g_error, sizeof g_error, "%s is of another version than the extension", path.c_str());
    return nullptr;
  }
  return opened;
}

}  // namespace

void prepare_core() {
  if (g_symbols) return;
  g_layout = code_layout();
  g_symbols = symbol_table();
}

// Opened once and never closed: machine code outlives every module teardown.
JJCore* core() {
  static JJCore* opened = open_core();
  return opened;
}

const char* core_error() { return g_error; }

}  // namespace jj::compiler
