// From a code object to published native code.
#pragma once
#include <string>

#include "runtime/abi.h"

namespace jj::compiler {

struct Options {
  bool boundaries = false;  // a forced-exit switch before every boundary (testing)
  bool regalloc = true;
  int opt_level = 3;
  bool vectorize = true, inlining = true;
  std::string disabled_passes;   // comma separated
  int tier = 1;                  // 2: optimised, from type feedback
  bool profile = false;          // baseline that records types of results
  bool everything_pays = false;  // optimised code also where little is to be gained
  bool deopt_stress = false;     // optimised code that leaves at random (testing)
  uint8_t asserts = 0;           // JJAsserts
  bool wraps = false;            // C's arithmetic
  bool operator==(const Options&) const = default;
};

// Why what is asserted can never hold in the code, and where; no reason: it can. False with a Python exception set.
bool check_asserted(PyCodeObject* code, JJAsserts asserts, std::string* reason, int* line);

// What has been compiled since the start, and what of it is alive.
struct Totals {
  uint64_t compiled = 0, failed = 0, given_back = 0;
  double compile_ms = 0;
  uint64_t live_objects = 0, live_bytes = 0;  // code objects with native code, and its size
  uint64_t native_calls = 0, completed = 0, deopts = 0;
  uint64_t native_generators = 0;  // of the native calls, starts of generators, coroutines and asynchronous generators
  static constexpr int kReasons = kGuardReasons + JJ_EXIT_UNSEEN + 1;
  uint64_t exits[kReasons] = {};  // by ExitReason
};

bool init();  // false with a Python exception set
// The slot's data, made empty when there is none. Null with a Python exception set.
CodeData* data_of(PyCodeObject* code);
// Notes what is asked of this code from now on. False with a Python exception set.
bool set_wishes(PyCodeObject* code, const Wishes& wishes, bool* changed);
// Compiles unless that was done or has failed before. Null only with a Python exception set; `body` of the result tells
// whether there is native code, `reason` why not.
CodeData* ensure_compiled(PyCodeObject* code, const Options& options);
// The same, but on the compile thread if there is one: neither `body` nor `reason` says that it is not done yet.
CodeData* request_compiled(PyCodeObject* code, const Options& options);
// Compiles again, whatever was done before; the old native code lives on as long as the code object.
CodeData* recompile(PyCodeObject* code, const Options& options);
// From now on the code is the interpreter's, for this reason.
void give_back(PyCodeObject* code, const std::string& reason);
// Calls enter this code from now on; what they entered is kept.
void make_primary(CodeData* cd);
// Text of the stages in `bits` (JJCompileOptions::dump); nothing is published.
std::string dump(PyCodeObject* code, const Options& options, uint32_t bits);
uint32_t dump_bits(const char* stages);  // "bytecode,hir,llvm,asm"

bool is_generator(const PyCodeObject* code);  // of generators, coroutines, async generators
Totals totals();
const char* pass_names();        // of all passes that can be disabled, comma separated
const char* llvm_version();      // null when the compiler library cannot be loaded
extern Options default_options;  // for everything compiled without options of its own

}  // namespace jj::compiler
