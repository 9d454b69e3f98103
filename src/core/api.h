// The boundary between the Python-version-specific module and the version-independent compiler library.
//
// Plain data only: the library never sees Python.h, and compiling needs no GIL. The library is loaded at the first
// compile (dlopen) and exports the single C symbol jj_core_open.
#pragma once
#include <cstddef>
#include <cstdint>

#include "core/feedback.h"
#include "core/layout.h"

extern "C" {
enum { JJ_CORE_ABI = 9 };

// Name and address of everything generated code may refer to (helpers.def plus data symbols such as Py_None).
struct JJSymbol {
  const char* name;
  void* address;
};

struct JJCode {  // one code object as plain data (mirrors bytecode::CodeInput)
  const char *name, *qualname, *filename;
  int32_t first_line, flags, argcount, posonly, kwonly, nlocals, ncells, nfrees, nslots, stacksize, nconsts, nnames;
  const uint8_t* code;
  size_t code_size;
  const uint8_t* exception_table;
  size_t exception_table_size;
  const uint8_t* const_kinds;  // nconsts entries of bytecode::ConstKind, or null
  const int64_t* const_words;  // nconsts entries: value of an Int, bits of a Float, code of a Char; or null
  const uint64_t*
      const_chars;  // two per constant: the parts of a complex, bits of the ASCII characters that are in it, if it is a str, or a tuple
                    // or frozenset of such characters; or null
  const char* const* varnames;  // nslots entries, or null
  const char* const*
      const_names;  // nconsts entries, of a str without blanks: that, of a tuple of such: those, a blank between them; else null

  // Slot of the cell that super() without arguments looks into, if its object is in the first parameter's own slot; else 0.
  int32_t class_cell;
};

// What jit(mode=...) asserts of arguments, named locals and results.
enum JJAsserts : int32_t {
  JJ_ASSERTS_NOTHING,
  JJ_ASSERTS_INT,   // ints (or bools) of 64 bits
  JJ_ASSERTS_FLOAT  // floats; arguments and locals may also be such ints
};

struct JJCompileOptions {
  int32_t boundaries;           // 1: put a jj_boundary call before every boundary (forced-exit testing)
  int32_t regalloc;             // 1: LLVM's optimising register allocator on top of FastISel
  int32_t opt_level;            // 0..3; tier 2: 3 also copies loop bodies (unrolls, vectorises)
  int32_t vectorize;            // 0: no vectors
  int32_t inlining;             // 0: no callee becomes part of its caller
  uint32_t dump;                // bits: 1 bytecode, 2 hir, 4 llvm, 8 asm -> text in JJCompiled::dump
  const char* disabled_passes;  // comma separated names, or null
  int32_t tier;                 // 0 and 1 baseline, 2 optimised
  int32_t profile;              // baseline with Record ops
  int32_t everything_pays;      // tier 2: also code that can be expected to gain little
  int32_t deopt_stress;         // tier 2: every guard asks jj_deopt_stress whether to leave
  const JJFeedback* feedback;   // tier 2, or null
  const int32_t* entries;       // baseline: code units that get native entries besides the loop heads
  int32_t nentries;
  int32_t asserts;     // JJAsserts
  int32_t wraps;       // arithmetic on ints keeps the lowest 64 bits
  int32_t check_only;  // ends before machine code is made: ok says whether what is asserted can hold
};

enum JJEntryKind : uint8_t {
  JJ_DEFERRED_LOCAL,
  JJ_DEFERRED_CONST,
  JJ_DEFERRED_NULL,
  JJ_DEFERRED_ITERATOR  // over an inlined callee's *args; `value`: how many items it has given
};
struct JJDeferred {
  int16_t stack;
  uint8_t kind;
  int32_t value;
};  // stack entry, what it is, slot or constant index

// A value that optimised code has in a register while its frame slot is out of date. jj_exit gets a buffer of 64-bit
// words and makes the slots real, in this order. Pendings of one state that name the same word are the same object.
enum JJPendingKind : uint8_t {
  JJ_PENDING_INT,      // int64
  JJ_PENDING_FLOAT,    // double
  JJ_PENDING_BOOL,     // 0 or 1
  JJ_PENDING_OBJECT,   // a borrowed reference: the slot gets its own
  JJ_PENDING_OWNED,    // a reference that moves to the slot (may be null)
  JJ_PENDING_CHAR,     // code of an ASCII character
  JJ_PENDING_UINT,     // unsigned int64
  JJ_PENDING_RANGE,    // the slot holds a range iterator that is behind: two words, next value and items left
  JJ_PENDING_COMPLEX,  // two words, doubles: real and imaginary part
};
struct JJPending {
  int32_t
      slot;  // fast local, or nslots + value-stack entry. A local's memory holds null or a stale int, float, complex or bool
             // that the slot owns; a stack entry's memory is dead (but see JJ_PENDING_RANGE)
  uint8_t kind;       // JJPendingKind
  int32_t word;       // of the buffer
  int32_t condition;  // word that is 0 when the slot is right as it is, or -1
};
enum JJExitKind : uint8_t {  // why optimised code leaves
  JJ_EXIT_NONE,              // a state of an operation that does not leave
  JJ_EXIT_TYPE,
  JJ_EXIT_OVERFLOW,
  JJ_EXIT_ZERO,   // division by zero
  JJ_EXIT_RANGE,  // index, shift or length out of range
  JJ_EXIT_UNBOUND,
  JJ_EXIT_IDENTITY,  // another object than expected, or `is` that cannot be decided
  JJ_EXIT_LOCALS,    // somebody may have written the locals (3.13)
  JJ_EXIT_COLD,      // code that was never reached
  JJ_EXIT_POLL,      // pending work was found where there is no frame
  JJ_EXIT_ERROR,     // where an error is raised
  JJ_EXIT_OTHER,
  JJ_EXIT_OVER,    // a generator is over that another one consumed
  JJ_EXIT_UNSEEN,  // in front of a loop that the profile has never seen run
  JJ_EXIT_RAISED   // no exit: an exception was raised there that the same function handles
};

// The frame as generated code keeps it when the instruction at `index` executes (operands included).
struct JJState {
  int32_t index;        // code unit of the opcode
  int32_t resume;       // code unit at which the interpreter may go on (start incl. EXTENDED_ARG), -1: not a boundary
  int32_t region;       // innermost JJRegion or -1
  int16_t depth;        // value-stack entries before the instruction
  int16_t error_depth;  // entries left if it raises
  int32_t deferred, ndeferred;  // range in JJCompiled::deferreds
  int32_t pending, npending;    // range in JJCompiled::pendings (tier 2)
  uint8_t exit_kind;            // JJExitKind
  // The state is an inlined callee's, whose slots and entries it means: index into JJCompiled::inlined, or -1.
  int32_t inlined;
  int32_t inside;  // of an exit: the state of the innermost inlined callee, whose frame has to be made; or -1
};

// A call whose callee's operations stand in its caller. What the callee's frame would hold is in places behind those of
// the frame that there is, which exits name as slots.
struct JJInlined {
  int32_t state;    // of the call, in its own caller
  int32_t first;    // slot of the function; its locals and its stack follow
  int32_t nlocals;  // of them
  int32_t d;        // the call's first stack entry; of a call in an inlined callee: counted from the outermost's first
  // Slots of the callee for *args and **kwargs, or -1; behind slot `more` are so many arguments for the tuple, and then
  // those for the dict, whose keys have a blank between them.
  int32_t varargs, varkeywords, more, nmore;
  const char* keywords;
  int32_t instance;   // of a class that is called, whose __init__ the callee is: slot of the new instance, or -1
  int32_t operation;  // of a binary operator, whose method the callee is: its BinaryKind and JJ_OPERATION_..., or -1
  // Of a generator that is resumed by a loop: the slot that has it, or -1. Its frame is there, and has the memory of `nlocals`
  // slots from `locals` on and of `nstack` from `first` on.
  int32_t generator, locals, nstack;
};

enum JJRegionKind : uint8_t { JJ_REGION_HANDLER, JJ_REGION_FINALLY310, JJ_REGION_EXCEPT310 };
struct JJRegion {
  int32_t target;  // code unit of the handler, -1 for EXCEPT310
  int32_t label;   // native label of the handler block, -1: the handler has no native code -> leave
  int32_t parent;
  int16_t depth;
  uint8_t kind, push_lasti;
};

// What a body is entered with: the number of an entry in the lowest bits, above it the address of what consumes the
// generator, which Feed operations ask; 0: nobody does.
enum { JJ_CONSUMER_SHIFT = 16 };
struct JJEntryPoint {
  int32_t index;
  int16_t depth;
};  // entry k (k >= 1) of the body: a loop head, or where a suspended frame goes on, at code unit `index`, prefixes included

enum JJCacheKind : uint8_t {
  JJ_CACHE_GLOBAL,
  JJ_CACHE_ATTR,
  JJ_CACHE_STORE_ATTR,
  JJ_CACHE_METHOD,
  JJ_CACHE_SUPER,
  JJ_CACHE_CALL,  // and the next two: in the order of the layouts of op Call
  JJ_CACHE_CALL_NULL_FIRST,
  JJ_CACHE_CALL_SELF_SECOND
};
struct JJCacheInit {
  uint8_t kind;
  int32_t name;
  int32_t index;
  void* name_object;  // of code that was inlined: the name; else null
};  // name: co_names index or -1; index: instruction

struct JJCompiled {
  int32_t ok;            // 0: see reason
  const char* reason;    // why not (names the construct), else null
  int32_t reason_index;  // code unit the reason is about, or -1
  int32_t gains_little;  // tier 2, the reason: it takes long until this pays; see everything_pays
  void* body;            // PyObject* (*)(PyThreadState*, Frame*, CodeData*, int64_t entry)
  void* frameless;       // the same without a frame (CodeData::frameless), or null: it needs one
  size_t code_bytes;
  double compile_ms;                                    // thread CPU time of the compiler alone, when it was made
  int32_t ninstrs, call_instrs, loop_instrs, may_gain;  // reachable bytecode instructions; the others: core/weigh.h
  const JJState* states;
  int32_t nstates;
  const int32_t* state_of;
  int32_t ncode_units;  // code unit of an opcode -> state or -1
  const JJDeferred* deferreds;
  int32_t ndeferreds;
  const JJRegion* regions;
  int32_t nregions;
  const JJEntryPoint* entries;
  int32_t nentries;  // [0] is the function start
  const JJCacheInit* caches;
  int32_t ncaches;
  const int32_t* boundaries;
  int32_t nboundaries;  // with options.boundaries: code units that have a switch
  const JJPending* pendings;
  int32_t npendings;
  const JJInlined* inlined;
  int32_t ninlined, nplaces;  // nplaces: slots of the frame and of all inlined calls, 0: there are none
  const int32_t* records;     // options.profile: code unit of each Record, by its number
  int32_t nrecords;
  const char* dump;  // text, or null
  void* handle;      // owner of all of the above; release() frees it together with the machine code
};

struct JJCore {
  int32_t abi;
  // Never null; thread-safe. Baseline code of equal code objects may be the same, to be released as often as it was given out.
  JJCompiled* (*compile)(JJCore*, const JJCode*, const JJCompileOptions*);
  void (*release)(JJCore*, JJCompiled*);
  const char* (*llvm_version)();
  const char* (*pass_names)();  // those that disabled_passes may name, comma separated
  void* impl;
};

// Opens the compiler. `symbols` ends with a null name. Returns null and fills `error` when it cannot start.
JJCore* jj_core_open(const JJLayout* layout, const JJSymbol* symbols, char* error, size_t error_size);
typedef JJCore* (*JJCoreOpen)(const JJLayout*, const JJSymbol*, char*, size_t);

}  // extern "C"
