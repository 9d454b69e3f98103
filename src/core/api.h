// The boundary between the Python-version-specific module and the version-independent compiler library.
//
// Plain data only: the library never sees Python.h, and compiling needs no GIL. The library is loaded at the first
// compile (dlopen) and exports the single C symbol jj_core_open.
#pragma once
#include <cstddef>
#include <cstdint>

extern "C" {
enum { JJ_CORE_ABI = 7 };

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
  int32_t python;             // 310..313
  int32_t frame_slots;        // Frame -> first fast local
  int32_t frame_ip;           // Frame -> instruction pointer
  int32_t ip_is_index;        // 1: int32 code-unit index (3.10); 0: pointer, instr_base + 2 * index
  int32_t refcnt;             // PyObject -> reference count
  int32_t immortal;           // 1: 32-bit count, negative or saturated means immortal (3.12+); 0: 64-bit plain count
  int32_t cd_instr_base;      // CodeData -> pointer to first code unit
  int32_t cd_clean;           // CodeData -> uint64 poll word
  int32_t cd_interp;          // CodeData -> PyInterpreterState*
  int32_t cd_code;            // CodeData -> PyCodeObject*
  int32_t cd_backedges;       // CodeData -> uint64 counter
  int32_t cd_backedge_limit;  // CodeData -> uint64: from this count on, every back-edge calls jj_backedge
  int32_t cd_tail;            // CodeData -> first constant; caches follow the constants, 64-byte aligned
  int32_t cache_handler;  // Cache of a call -> function that performs it now; 0: the helper of its layout always does
  int32_t npolls;
  JJPollTest polls[4];
  // What optimised code reads and writes inline. Offsets from the start of the object.
  int32_t type;          // PyObject -> ob_type
  int32_t type_version;  // PyTypeObject -> tp_version_tag (uint32)
  int32_t long_size;     // int: 3.10, 3.11 number of digits with the sign of the value (int64); 3.12+ lv_tag (uint64):
                         // number of digits << 3 | 0 positive, 1 zero, 2 negative
  int32_t long_tagged;   // 1: lv_tag
  int32_t long_digits;   // int: uint32 digits of 30 bits, lowest first
  int32_t float_value;   // float: double
  int32_t list_items;    // list: pointer to PyObject*[]
  int32_t var_size;      // list, tuple, bytes: int64 length
  int32_t tuple_items;   // tuple: PyObject*[] in place
  int32_t range_next;    // range iterator, 3.12+: int64 next value (advances); 3.10, 3.11: start (does not)
  int32_t range_step;    // int64
  int32_t range_len;     // 3.12+: items left; 3.10, 3.11: items in all (does not change)
  int32_t range_index;   // 3.10, 3.11: int64 items taken; 3.12+: -1
  int32_t list_iter_index;  // list iterator: int64; and the list it is over (null when exhausted)
  int32_t list_iter_list;
  int32_t tuple_iter_index;  // tuple iterator: the same
  int32_t tuple_iter_tuple;
  int32_t frame_object;     // Frame -> PyFrameObject* or null (3.11+); -1 on 3.10, where the frame is the object
  int32_t locals_writable;  // 1: a callee can write a frame's locals once it has a frame object (3.13)
  // Namespaces and instances. A dict's version changes with every change of the dict and belongs to no other dict.
  int32_t frame_globals, frame_builtins;                                      // Frame -> dict
  int32_t dict_version;                                                       // uint64
  int32_t cache_globals_version, cache_builtins_version, cache_global_value;  // Cache of a global that GlobalPeek noted
  int32_t values_kind;                                                        // JJValuesKind
  int32_t values_pointer;    // instance -> word that points to its values; before the object
  int32_t values_items;      // from where that word points, or from the values inside an instance -> PyObject*[]
  int32_t values_valid;      // JJ_VALUES_INLINE: values -> uint8
  int32_t managed_dict;      // JJ_VALUES_INLINE: instance -> dict or null; before the object
  int32_t type_shared_keys;  // class -> keys that its instances share
  int32_t function_code, function_globals, function_builtins, function_defaults;  // function -> object
  int32_t recursion_left;   // thread state -> int32: calls that are left, less than 1 is none; -1: the next two tell
  int32_t recursion_depth;  // thread state -> int32 (3.10)
  int32_t recursion_limit;  // interpreter state -> int32 (3.10)
  int32_t keys_count;       // keys -> int64: how many
};

// Where an instance keeps values of attributes whose places all instances of its class share.
enum JJValuesKind : int32_t {
  JJ_VALUES_NONE,     // nowhere (3.10)
  JJ_VALUES_POINTER,  // 3.11: behind a pointer, which is null when they have moved into a dict
  JJ_VALUES_TAGGED,   // 3.12: the word's lowest bit is 1, or it points to a dict
  JJ_VALUES_INLINE    // 3.13: at an offset that its class tells, with a flag that says whether they are valid
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
  const int64_t* const_words;   // nconsts entries: value of an Int, bits of a Float; or null
  const char* const* varnames;  // nslots entries, or null
};

// -- type feedback: what profiled code has seen, for tier 2
enum JJTypeKind : uint8_t {
  JJ_TYPE_NULL,  // an unbound slot, or an exhausted iterator
  JJ_TYPE_NONE,
  JJ_TYPE_BOOL,
  JJ_TYPE_INT,      // exact int that fits in 64 bits
  JJ_TYPE_BIG_INT,  // exact int that does not
  JJ_TYPE_FLOAT,    // exact types, from here on
  JJ_TYPE_STR,
  JJ_TYPE_BYTES,
  JJ_TYPE_LIST,
  JJ_TYPE_TUPLE,
  JJ_TYPE_DICT,
  JJ_TYPE_SET,
  JJ_TYPE_RANGE,
  JJ_TYPE_RANGE_ITERATOR,
  JJ_TYPE_LIST_ITERATOR,
  JJ_TYPE_TUPLE_ITERATOR,
  JJ_TYPE_FUNCTION,  // a Python function, `id` its code object's (see JJTypes)
  JJ_TYPE_BUILTIN,   // the object that data symbol jj_builtin_* number `id` (JJBuiltin) names
  JJ_TYPE_HEAP,      // an instance of a class whose version tag is `id`
  JJ_TYPE_OTHER      // anything else
};
enum JJBuiltin : uint32_t {  // in the order of the rows jj_builtin_* of helpers.def
  JJ_BUILTIN_ABS,
  JJ_BUILTIN_BOOL,
  JJ_BUILTIN_CHR,
  JJ_BUILTIN_ENUMERATE,
  JJ_BUILTIN_FLOAT,
  JJ_BUILTIN_INT,
  JJ_BUILTIN_ISINSTANCE,
  JJ_BUILTIN_LEN,
  JJ_BUILTIN_MAX,
  JJ_BUILTIN_MIN,
  JJ_BUILTIN_ORD,
  JJ_BUILTIN_RANGE,
  JJ_BUILTIN_SUM,
  JJ_BUILTIN_ZIP,
  JJ_BUILTIN_DIVMOD,
  JJ_BUILTIN_ROUND,
  JJ_BUILTIN_COUNT,
  // Functions of the module math, which have no data symbol: first those that call the C library with one float, then
  // with two, then others.
  JJ_MATH_ACOS = JJ_BUILTIN_COUNT,
  JJ_MATH_ACOSH,
  JJ_MATH_ASIN,
  JJ_MATH_ASINH,
  JJ_MATH_ATAN,
  JJ_MATH_ATANH,
  JJ_MATH_COS,
  JJ_MATH_COSH,
  JJ_MATH_EXP,
  JJ_MATH_LOG,
  JJ_MATH_LOG10,
  JJ_MATH_LOG2,
  JJ_MATH_SIN,
  JJ_MATH_SINH,
  JJ_MATH_TAN,
  JJ_MATH_TANH,
  JJ_MATH_ATAN2,
  JJ_MATH_FMOD,
  JJ_MATH_POW,
  JJ_MATH_CEIL,
  JJ_MATH_DEGREES,
  JJ_MATH_FABS,
  JJ_MATH_FLOOR,
  JJ_MATH_ISFINITE,
  JJ_MATH_ISINF,
  JJ_MATH_ISNAN,
  JJ_MATH_RADIANS,
  JJ_MATH_SQRT,
  JJ_MATH_TRUNC,
  JJ_MATH_END
};
struct JJSeen {
  uint8_t kind;    // JJTypeKind
  uint32_t id;     // HEAP, FUNCTION, BUILTIN
  uint32_t count;  // how often, roughly
};
struct JJTypes {  // most frequent first
  uint8_t count;
  uint8_t megamorphic;  // there were more
  JJSeen seen[4];
};
struct JJSiteTypes {  // result of the instruction at `pc` (what its Record saw)
  int32_t pc;
  JJTypes types;
};
struct JJPlaceTypes {  // fast locals, then stack entries, at the function's entry (pc -1) or at the loop head `pc`
  int32_t pc;          // code unit where the interpreter would go on
  int32_t nslots;
  const JJTypes* slots;
};
struct JJExitFeedback {  // exits that earlier optimised code took
  int32_t pc;            // code unit of the state's instruction
  uint8_t kind;          // JJExitKind
  uint32_t count;
};
enum JJAttrHow : uint8_t {
  JJ_ATTR_NONE,
  JJ_ATTR_SLOT,    // at `offset` in the object
  JJ_ATTR_VALUES,  // number `index` of the instance's values, which begin at `offset` (JJ_VALUES_INLINE)
  JJ_ATTR_DICT,    // entry `index` of the instance's dict, if that has not changed much
  JJ_ATTR_METHOD   // `object`, a function of the class, to be called with the instance
};
enum JJAttrLacks : uint8_t {  // JJ_ATTR_METHOD: why the instance itself does not have the name
  JJ_LACKS_ALWAYS,            // it can have no attributes of its own
  JJ_LACKS_KEYS,              // `index` names are shared by all instances, this is none of them, and there is no dict
  JJ_LACKS_LOOKUP             // that has to be looked up
};
struct JJAttrSeen {  // an attribute's instruction that has always met instances of one class
  int32_t pc;
  uint8_t how;    // JJAttrHow
  uint8_t lacks;  // JJAttrLacks
  uint16_t index;
  uint32_t version;  // of the class
  int32_t offset;
  void* object;  // alive as long as the class has that version
};
struct JJFeedback;
struct JJCallee {  // a function that has native code, as the feedback of its callers names it
  const JJCode* code;
  const JJFeedback* feedback;
  void* code_object;
  void *const *consts, *const *names;  // objects
};
struct JJCalleeAt {  // the instruction that loads the function or method to be called
  int32_t pc;
  int32_t callee;  // index into JJFeedback::callees of the code that is compiled; -1: that code itself
};
struct JJFeedback {  // each array ordered by pc
  const JJSiteTypes* sites;
  int32_t nsites;
  const JJPlaceTypes* places;
  int32_t nplaces;
  const JJExitFeedback* exits;
  int32_t nexits;
  const JJAttrSeen* attrs;
  int32_t nattrs;
  const JJCalleeAt* calls;
  int32_t ncalls;
  const JJCallee* callees;
  int32_t ncallees;
  const JJCallee* self;  // the code that is compiled, where it or a callee calls it; else null
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
  int32_t deopt_stress;         // tier 2: every guard asks jj_deopt_stress whether to leave
  const JJFeedback* feedback;   // tier 2, or null
  const int32_t* entries;       // baseline: code units that get native entries besides the loop heads
  int32_t nentries;
  int32_t asserts;     // JJAsserts
  int32_t wraps;       // arithmetic on ints keeps the lowest 64 bits
  int32_t check_only;  // ends before machine code is made: ok says whether what is asserted can hold
};

enum JJEntryKind : uint8_t { JJ_DEFERRED_LOCAL, JJ_DEFERRED_CONST, JJ_DEFERRED_NULL };
struct JJDeferred {
  int16_t stack;
  uint8_t kind;
  int32_t value;
};  // stack entry, what it is, slot or constant index

// A value that optimised code has in a register while its frame slot is out of date. jj_exit gets a buffer of 64-bit
// words and makes the slots real, in this order. Pendings of one state that name the same word are the same object.
enum JJPendingKind : uint8_t {
  JJ_PENDING_INT,     // int64
  JJ_PENDING_FLOAT,   // double
  JJ_PENDING_BOOL,    // 0 or 1
  JJ_PENDING_OBJECT,  // a borrowed reference: the slot gets its own
  JJ_PENDING_OWNED,   // a reference that moves to the slot (may be null)
  JJ_PENDING_RANGE,   // the slot holds a range iterator that is behind: two words, next value and items left
};
struct JJPending {
  int32_t slot;  // fast local, or nslots + value-stack entry. A local's memory holds null or a stale int, float or bool
                 // that the slot owns; a stack entry's memory is dead (but see JJ_PENDING_RANGE)
  uint8_t kind;  // JJPendingKind
  int32_t word;  // of the buffer
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
  JJ_EXIT_OTHER
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
};  // entry k (k >= 1) of the body: a loop head, or where a suspended frame goes on, at code unit `index`, prefixes included

enum JJCacheKind : uint8_t {
  JJ_CACHE_GLOBAL,
  JJ_CACHE_ATTR,
  JJ_CACHE_STORE_ATTR,
  JJ_CACHE_METHOD,
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
  void* body;            // PyObject* (*)(PyThreadState*, Frame*, CodeData*, int64_t entry)
  void* frameless;       // the same without a frame (CodeData::frameless), or null: it needs one
  size_t code_bytes;
  double compile_ms;                                    // thread CPU time of the compiler alone
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
  const int32_t* records;  // options.profile: code unit of each Record, by its number
  int32_t nrecords;
  const char* dump;  // text, or null
  void* handle;      // owner of all of the above; release() frees it together with the machine code
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
