// What generated code and the runtime share: the per-code-object data block, inline caches, helper prototypes.
#pragma once
#include "runtime/compat/compat.h"

#include <cstddef>
#include <cstdint>

#include "core/api.h"

namespace jj {

struct CodeData;
struct SamplePoint;
struct Trial;
struct LoopTrial;
using Body = auto (*)(PyThreadState* ts, Frame* fr, CodeData* cd, int64_t entry) -> PyObject*;
using Frameless = auto (*)(PyThreadState* ts, PyObject* const* args, CodeData* cd, PyFunctionObject* func) -> PyObject*;

// One inline cache line. The header is filled when the code is published; `word` belongs to the helper that uses it
// (runtime/caches.h overlays one struct per JJCacheKind).
struct alignas(64) Cache {
  PyObject* name;    // borrowed from co_names, or null
  uint32_t version;  // type version tag or similar; 0 = empty
  uint16_t misses;
  uint8_t state;  // 0 empty, else the helper's own variant number
  uint8_t kind;   // JJCacheKind
  uint64_t word[6];
};
static_assert(sizeof(Cache) == 64);
constexpr int kCallHandlerWord = 5;  // of a call's cache: the function that generated code calls (JJLayout)

struct ExitCount {  // exits to the interpreter, by place and reason (stats)
  int32_t index;    // code unit
  uint8_t reason;   // ExitReason
  uint32_t count;
};
// Guards follow: kGuardReasons + JJExitKind.
enum class ExitReason : uint8_t { Poll, Tracing, Forced, NoHandler, DeepStack, Suspended, Other };
constexpr uint8_t kGuardReasons = static_cast<uint8_t>(ExitReason::Other) + 1;

// co_flags of code whose frames suspend: native code resumes them, and never starts them (vm/generators.h).
constexpr int kSuspendingFlags = CO_GENERATOR | CO_COROUTINE | CO_ITERABLE_COROUTINE | CO_ASYNC_GENERATOR;

// What there is to know of a code unit at which a suspended frame may go on.
struct ResumePlace {
  int32_t entry;   // native entry, or -1
  int32_t send;    // code unit of the instruction that gets what is sent from the receiver on the stack, or -1
  bool in_blocks;  // 3.10: handlers may wait for what is raised there
};

// What the user asked for (the arguments of jit()). All zero: the defaults.
struct Wishes {
  uint8_t below_best;  // 3 - opt_level
  uint8_t no_numbers;  // mode 'object': nothing is assumed about numbers
  uint8_t no_vectors, no_inlining;
  uint8_t asserts;  // JJAsserts: mode 'int', 'float'
  uint8_t wraps;    // overflow 'wrap'
  uint8_t nested;   // functions that are made inside of it are to be native, too
  bool operator==(const Wishes&) const = default;
};

// Native code of one code object and all it needs. Lives in the code object's extra slot; freed with it.
struct CodeData {
  // All that a plain call reads, in one cache line.
  Body body;       // null: not compiled (see reason)
  uint64_t clean;  // poll word at which nothing was pending (see vm/)
  PyInterpreterState* interp;
  PyCodeObject* code;         // borrowed: the code object owns us
  const void* instr_base;     // first code unit
  const void* start;          // where the instruction pointer of a new frame stands
  int32_t nslots, framesize;  // framesize in PyObject* units (3.11+)
  int32_t argcount;           // positional parameters
  int32_t plain_args;         // the same, or -1 with *args, **kwargs or keyword-only parameters
  Frameless frameless;        // calls that nobody could see, or null (vm::call_frameless)
  uint64_t native_calls;
  uint64_t backedges;
  uint64_t begun_anew;                  // calls that `frameless` could not answer
  uint64_t call_limit, backedge_limit;  // the counts above at which somebody looks (vm::look_at_call, jj_backedge)
  int32_t kwonly, posonly;
  int32_t stacksize;
  int32_t flags;                // co_flags
  bool has_cells;               // 3.10: cells or free variables to set up
  struct SamplePoint* samples;  // type feedback (runtime/feedback.h)
  const JJState* states;
  const int32_t* state_of;
  int32_t ncode_units;
  const JJDeferred* deferreds;
  const JJRegion* regions;
  const JJEntryPoint* entries;
  int32_t nentries;
  ResumePlace* places;  // of code that suspends, by code unit
  uint8_t resumed_by;   // the same: vm/loop_trial.h
  uint64_t resumes;     // through C, until that is known
  LoopTrial* loop_trial;
  JJCompiled* compiled;  // owner of the tables and the machine code; null when not compiled
  const char* reason;    // why there is no native code, or null
  int32_t reason_line;
  uint64_t deopts;  // exits to the interpreter
  uint64_t left;    // native calls that the interpreter ended
  ExitCount* exits;
  int32_t nexits;
  ExitCount* raised;  // profiled baseline: where exceptions were raised that the same function handles
  int32_t nraised;
  double compile_ms;
  uint32_t ncaches, nconsts;
  uint32_t boundary_mode;      // compiled with forced-exit switches
  uint64_t* boundary_left;     // bitmap by code unit: boundaries left from; null unless boundary_mode
  uint64_t* boundary_entered;  // bitmap by code unit: entered natively again
  uint64_t calls;              // calls counted before compiling (enable)
  CodeData* retired;           // other native code of the same code object; frames may still return into it
  CodeData* baseline;          // tier 2: where exits go on; null: this is baseline code
  CodeData* landing;  // tier 2: baseline code with an entry for every exit, or null (JJCompileOptions::entries)
  bool is_landing;
  const JJPending* pendings;       // tier 2
  const JJInlined* inlined;        // tier 2: calls that exits may be inside of
  struct OperatorSeen* operators;  // runtime/operators.h
  JJTypes* records;                // profiled baseline: what each Record saw, by its number
  uint64_t* exits_taken;  // of code that leaves at random (deopt_stress): two bits per state, reached and left at
  uint64_t ready_calls, ready_backedges;  // counts at which better code is made
  JJCompiled* refused;                    // why the last try to make better code failed
  uint32_t guard_exits;                   // tier 2: exits so far
  uint8_t learned;                        // loops that were profiled because optimised code did not know them
  uint8_t rounds;                         // of optimising, so far
  uint8_t waits;                          // for profiles of callees, before the next of them
  bool profiled, settled;                 // settled: never optimised (again)
  bool pays_late;                         // profiled: by the next time it is optimised even little gain pays
  bool tried;                             // its trial is over, or there is none (compiler/trial.h)
  uint64_t trial_at;                      // native calls before the next trial
  struct Trial* trial;                    // going on; or null
  float gain;                             // interpreted to native time, as its trial has it; 0: not known
  bool leads;                             // trials of a group of functions (compiler/group.h)
  bool paused;                            // native code of the group, which nobody enters now, is to be used again
  uint8_t led;                            // how many trials
  bool taken_back;                        // from the interpreter, which had won its trial, for a caller to be optimised
  bool only_from_native;                  // other callers are better off with the interpreter's own entry
  Wishes wishes;
  uint32_t number;                // of the code object, for type feedback
  PyObject* held;                 // list of the code objects of inlined callees, or null
  char* own_reason;               // what `reason` points to, if that is not static
  alignas(64) PyObject* tail[1];  // constants, then (64-byte aligned) caches
};

inline Cache* code_caches(CodeData* cd) {
  size_t consts = (static_cast<size_t>(cd->nconsts) * sizeof(PyObject*) + 63) & ~size_t{63};
  return reinterpret_cast<Cache*>(reinterpret_cast<char*>(cd->tail) + consts);
}
inline const JJState* state_at(const CodeData* cd, int index) {
  int s = index >= 0 && index < cd->ncode_units ? cd->state_of[index] : -1;
  return s < 0 ? nullptr : &cd->states[s];
}

// site words (helpers.def)
inline int site_index(uint32_t site) { return static_cast<int>(site >> 4); }
enum : uint32_t { kOwnFirst = 1, kOwnSecond = 2, kOwnThird = 4, kInplace = 8 };

}  // namespace jj
