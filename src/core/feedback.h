// Type feedback: what profiled code has seen, as plain data for the optimising tier.
#pragma once
#include <cstdint>

extern "C" {
enum JJTypeKind : uint8_t {
#define TYPE_KIND(kind, text, name) JJ_TYPE_##kind,
#include "core/types.def"
#undef TYPE_KIND
};
// The shape of an iterator: its parts before theirs, four bits each, from the lowest bits on. 0 as a whole: not known.
enum JJIterNode : uint32_t {
  JJ_ITER_NONE,
  JJ_ITER_LIST,
  JJ_ITER_TUPLE,
  JJ_ITER_RANGE,
  JJ_ITER_LIST_REVERSED,
  JJ_ITER_ENUMERATE,  // of one part
  JJ_ITER_ZIP2,       // of two, as the next ones of more
  JJ_ITER_ZIP3,
  JJ_ITER_ZIP4,
  JJ_ITER_DICT_KEYS,  // these have no parts, and are in none
  JJ_ITER_DICT_VALUES,
  JJ_ITER_DICT_ITEMS
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
  JJ_BUILTIN_SUPER,
  JJ_BUILTIN_KEY_ERROR,  // from here on classes of exceptions
  JJ_BUILTIN_INDEX_ERROR,
  JJ_BUILTIN_LOOKUP_ERROR,
  JJ_BUILTIN_EXCEPTION,
  JJ_BUILTIN_COMPLEX,
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
  JJ_MATH_EXPM1,
  JJ_MATH_LOG1P,
  JJ_MATH_ATAN2,
  JJ_MATH_FMOD,
  JJ_MATH_POW,
  JJ_MATH_COPYSIGN,
  JJ_MATH_HYPOT,
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
  JJ_MATH_GCD,
  JJ_MATH_ISQRT,
  // Those of cmath: first those with complex results.
  JJ_CMATH_ACOS,
  JJ_CMATH_ACOSH,
  JJ_CMATH_ASIN,
  JJ_CMATH_ASINH,
  JJ_CMATH_ATAN,
  JJ_CMATH_ATANH,
  JJ_CMATH_COS,
  JJ_CMATH_COSH,
  JJ_CMATH_EXP,
  JJ_CMATH_LOG10,
  JJ_CMATH_SIN,
  JJ_CMATH_SINH,
  JJ_CMATH_SQRT,
  JJ_CMATH_TAN,
  JJ_CMATH_TANH,
  JJ_CMATH_PHASE,
  JJ_MATH_END,
  // Methods of built-in types, which have no data symbol either: JJ_STR_LOWER, ...
  JJ_BEFORE_METHODS = JJ_MATH_END - 1,
#define METHOD(owner, id, name, arguments, result) JJ_##owner##_##id,
#include "core/methods.def"
#undef METHOD
  JJ_METHOD_END
};
enum JJErrors : int32_t {  // what container[key] raises: a set of these
  JJ_KEY_ERROR = 1,
  JJ_INDEX_ERROR = 2
};
struct JJSeen {
  uint8_t kind;    // JJTypeKind
  uint32_t id;     // HEAP, FUNCTION, BUILTIN, ITERATOR
  uint32_t count;  // how often, roughly
};
struct JJTypes {  // most frequent first
  uint8_t count;
  uint8_t megamorphic;  // there were more
  JJSeen seen[4];
};
// Places of an instruction's results but the first have the instruction's place and this many times their number.
// That of what a call calls, where a local has it: this further.
// That of the method that instances of the class in row k of several have: this and k times JJ_SITE_RESULT further.
enum : int32_t { JJ_SITE_RESULT = 1 << 24, JJ_SITE_CLASS = 9 << 24, JJ_SITE_CALLEE = 15 << 24 };
struct JJSiteTypes {  // result of the instruction at `pc` (what its Record saw)
  int32_t pc;
  JJTypes types;
};
struct JJPlaceTypes {  // fast locals, then stack entries, at the function's entry (pc -1) or at the loop head `pc`
  int32_t pc;          // code unit where the interpreter would go on
  int32_t nslots;
  const JJTypes* slots;
};
struct JJExitFeedback {  // exits that earlier optimised code took, and exceptions that were raised and handled
  int32_t pc;            // code unit of the state's instruction
  uint8_t kind;          // JJExitKind
  uint32_t count;
};
enum JJAttrHow : uint8_t {
  JJ_ATTR_NONE,
  JJ_ATTR_SLOT,    // at `offset` in the object
  JJ_ATTR_VALUES,  // number `index` of the instance's values, which begin at `offset` (JJ_VALUES_INLINE)
  JJ_ATTR_DICT,    // entry `index` of the instance's dict, if that has not changed much
  JJ_ATTR_METHOD,  // `object`, a function of the class, to be called with the instance
  JJ_ATTR_STATIC,  // `object`, found on the class, as it is
  JJ_ATTR_BOUND,   // `object`, a function to be called with the class: a class method
  JJ_ATTR_GETTER,  // what `object` answers, a property's function
  JJ_ATTR_SUPER,   // `object`, a function that super(`holder`, instance) finds, to be called with the instance
  JJ_ATTR_PART,    // of a complex number: real, or imag where `index` is 1
  JJ_ATTR_FIELD,   // item `index` of a named tuple
  // A binary operator of instances: `object`, a function of the left one's class, or of the right one's (JJ_OPERATION_RIGHT),
  // to be called with both. `index`: see JJInlined::operation; `builtin`: the other's type (JJTypeKind), HEAP: the same class;
  // `fills`: the right one is released first
  JJ_ATTR_OPERATOR
};
// Added to a BinaryKind: in place; the right operand's class is asked; a subscription, of no kind.
enum : int32_t { JJ_OPERATION_INPLACE = 1 << 8, JJ_OPERATION_RIGHT = 1 << 9, JJ_OPERATION_ITEM = 1 << 10 };
enum JJAttrLacks : uint8_t {  // JJ_ATTR_METHOD: why the instance itself does not have the name
  JJ_LACKS_ALWAYS,            // it can have no attributes of its own
  JJ_LACKS_KEYS,              // `index` names are shared by all instances, this is none of them, and there is no dict
  JJ_LACKS_LOOKUP             // that has to be looked up
};
enum { JJ_MOST_CLASSES = 4 };
struct JJAttrSeen {  // one of the classes, JJ_MOST_CLASSES at most, whose instances an attribute's instruction has met
  int32_t pc;
  uint8_t how;    // JJAttrHow
  uint8_t lacks;  // JJAttrLacks
  uint16_t index;
  uint32_t version;  // of the class
  int32_t offset;
  void* object;            // alive as long as the class has that version
  int32_t builtin;         // JJ_ATTR_METHOD: which of the known methods (JJBuiltin), or -1
  uint32_t class_version;  // not 0: the object is itself the class, which has this version
  int32_t held_at;         // `object` is what `holder` has there: the function of a static or class method, or property
  void* holder;            // or null; compared by JJ_ATTR_SUPER, never looked into
  int32_t fills;           // a store: some instances did not have the attribute before
};
struct JJCode;  // api.h
struct JJFeedback;
struct JJCallee {  // a function that has native code, as the feedback of its callers names it
  const JJCode* code;
  const JJFeedback* feedback;
  void* code_object;
  void *const *consts, *const *names;  // objects
  void* const* slot_names;             // nslots objects
};
struct JJCalleeAt {  // the instruction that loads the function or method to be called, or that calls a class: __init__
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

}  // extern "C"
