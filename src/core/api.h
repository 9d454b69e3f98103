// The boundary between the Python-version-specific module and the version-independent compiler library.
//
// Plain data only: the library never sees Python.h, and compiling needs no GIL. The library is loaded at the first
// compile (dlopen) and exports the single C symbol jj_core_open.
#pragma once
#include <cstddef>
#include <cstdint>

extern "C" {

enum { JJ_CORE_ABI = 1 };

// One inline poll test: read `width` bytes at base+offset, compare with zero or with CodeData::clean; unequal = poll hit.
enum JJPollBase : int32_t { JJ_POLL_THREAD, JJ_POLL_THREAD_FIELD, JJ_POLL_INTERP, JJ_POLL_CODE };
struct JJPollTest {
  int32_t base;   // JJPollBase
  int32_t deref;  // JJ_POLL_THREAD_FIELD: offset in the thread state of the pointer to follow first
  int32_t offset;
  int32_t width;          // 1, 4 or 8
  int32_t against_clean;  // 0: zero, 1: CodeData::clean
};

// Where things are in this interpreter's structs and in our CodeData. Filled by the module with offsetof, so that no
// layout is ever typed by hand into generated code.
struct JJLayout {
  int32_t python;         // 310..313
  int32_t frame_slots;    // Frame -> first fast local
  int32_t frame_ip;       // Frame -> instruction pointer
  int32_t ip_is_index;    // 1: int32 code-unit index (3.10); 0: pointer, instr_base + 2 * index
  int32_t refcnt;         // PyObject -> reference count
  int32_t immortal;       // 1: 32-bit count, negative or saturated means immortal (3.12+); 0: 64-bit plain count
  int32_t cd_instr_base;  // CodeData -> pointer to first code unit
  int32_t cd_clean;       // CodeData -> uint64 poll word
  int32_t cd_interp;      // CodeData -> PyInterpreterState*
  int32_t cd_code;        // CodeData -> PyCodeObject*
  int32_t cd_backedges;   // CodeData -> uint64 counter
  int32_t cd_tail;        // CodeData -> first constant; caches follow the constants, 64-byte aligned
  int32_t npolls;
  JJPollTest polls[4];
};

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
  const uint8_t* const_kinds;   // nconsts entries of bytecode::ConstKind, or null
  const char* const* varnames;  // nslots entries, or null
};

struct JJCompileOptions {
  int32_t boundaries;           // 1: put a jj_boundary call before every boundary (forced-exit testing)
  int32_t regalloc;             // 1: LLVM's optimising register allocator on top of FastISel
  int32_t opt_level;            // 0..3, recorded
  uint32_t dump;                // bits: 1 bytecode, 2 hir, 4 llvm, 8 asm -> text in JJCompiled::dump
  const char* disabled_passes;  // comma separated names, or null
};

enum JJEntryKind : uint8_t { JJ_DEFERRED_LOCAL, JJ_DEFERRED_CONST, JJ_DEFERRED_NULL };
struct JJDeferred {
  int16_t stack;
  uint8_t kind;
  int32_t value;
};  // stack entry, what it is, slot or constant index

// The frame as generated code keeps it when the instruction at `index` executes (operands included).
struct JJState {
  int32_t index;        // code unit of the opcode
  int32_t resume;       // code unit at which the interpreter may go on (start incl. EXTENDED_ARG), -1: not a boundary
  int32_t region;       // innermost JJRegion or -1
  int16_t depth;        // value-stack entries before the instruction
  int16_t error_depth;  // entries left if it raises
  int32_t deferred, ndeferred;  // range in JJCompiled::deferreds
};

enum JJRegionKind : uint8_t { JJ_REGION_HANDLER, JJ_REGION_FINALLY310, JJ_REGION_EXCEPT310 };
struct JJRegion {
  int32_t target;  // code unit of the handler, -1 for EXCEPT310
  int32_t label;   // native label of the handler block, -1: the handler has no native code -> leave
  int32_t parent;
  int16_t depth;
  uint8_t kind, push_lasti;
};

struct JJEntryPoint {
  int32_t index;
  int16_t depth;
};  // entry k (k >= 1) of the body: loop head at code unit `index`

enum JJCacheKind : uint8_t {
  JJ_CACHE_GLOBAL,
  JJ_CACHE_ATTR,
  JJ_CACHE_STORE_ATTR,
  JJ_CACHE_METHOD,
  JJ_CACHE_CALL,
  JJ_CACHE_SUPER
};
struct JJCacheInit {
  uint8_t kind;
  int32_t name;
  int32_t index;
};  // name: co_names index or -1; index: instruction

struct JJCompiled {
  int32_t ok;            // 0: see reason
  const char* reason;    // why not (names the construct), else null
  int32_t reason_index;  // code unit the reason is about, or -1
  void* body;            // PyObject* (*)(PyThreadState*, Frame*, CodeData*, int64_t entry)
  size_t code_bytes;
  double compile_ms;  // thread CPU time
  int32_t ninstrs;    // reachable bytecode instructions
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
  const char* dump;     // text, or null
  void* handle;         // owner of all of the above; release() frees it together with the machine code
};

struct JJCore {
  int32_t abi;
  JJCompiled* (*compile)(JJCore*, const JJCode*, const JJCompileOptions*);  // never null; thread-safe
  void (*release)(JJCore*, JJCompiled*);
  const char* (*llvm_version)();
  void* impl;
};

// Opens the compiler. `symbols` ends with a null name. Returns null and fills `error` when it cannot start.
JJCore* jj_core_open(const JJLayout* layout, const JJSymbol* symbols, char* error, size_t error_size);
typedef JJCore* (*JJCoreOpen)(const JJLayout*, const JJSymbol*, char*, size_t);

}  // extern "C"
