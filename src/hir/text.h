// Words that the printer and the parser of the text form share.
#pragma once
#include <string>
#include <vector>

#include "hir/function.h"

namespace jj::hir {

inline constexpr const char* kCacheKinds[] = {"global", "attr", "store_attr",      "method",
                                              "super",  "call", "call_null_first", "call_self_second"};  // JJCacheKind
inline constexpr const char* kRegionKinds[] = {"handler", "finally310", "except310"};  // bytecode::RegionKind
inline constexpr const char* kTypeKinds[] = {
#define TYPE_KIND(kind, text, name) text,
#include "core/types.def"
#undef TYPE_KIND
};  // JJTypeKind
inline constexpr const char* kPendingKinds[] = {"int",  "float", "bool",  "object", "owned",
                                                "char", "uint",  "range", "complex"};  // JJPendingKind
inline constexpr const char* kExitKinds[] = {"none",    "type",     "overflow", "zero",   "range",
                                             "unbound", "identity", "locals",   "cold",   "poll",
                                             "error",   "other",    "over",     "unseen", "raised"};  // JJExitKind
inline constexpr const char* kResultKinds[] = {"none", "owned", "borrowed", "cond",
                                               "next", "int",   "float",    "complex"};  // Result
inline constexpr const char* kAttrKinds[] = {"none",  "slot",   "values", "dict", "method", "static",
                                             "bound", "getter", "super",  "part", "field",  "operator"};  // JJAttrHow
inline constexpr const char* kLacksKinds[] = {"always", "keys", "lookup"};                                // JJAttrLacks
inline constexpr const char* kIdentities[] = {"", "traced ", "fresh "};                  // Signature::Identity
inline constexpr const char* kDeferredKinds[] = {"local", "const", "null", "iterator"};  // Deferred::Kind

// The fields of a row of Function::inlined, in order; the one with the list of stack entries comes behind `positional`.
struct CallField {
  const char* name;
  int32_t Inlined::* field;
};
inline constexpr CallField kCallFields[] = {{"pc", &Inlined::pc},
                                            {"object", &Inlined::object},
                                            {"d", &Inlined::d},
                                            {"entries", &Inlined::entries},
                                            {"function", &Inlined::function},
                                            {"null", &Inlined::null},
                                            {"positional", &Inlined::positional},
                                            {"base", &Inlined::base},
                                            {"nlocals", &Inlined::nlocals},
                                            {"result", &Inlined::result},
                                            {"levels", &Inlined::levels},
                                            {"around", &Inlined::around},
                                            {"instance", &Inlined::instance},
                                            {"cache", &Inlined::cache},
                                            {"direct", &Inlined::direct},
                                            {"state", &Inlined::state}};

// The names of an operation's immediates, in order.
const std::vector<std::string>& immediate_names(Op op);

}  // namespace jj::hir
