// Words that the printer and the parser of the text form share.
#pragma once
#include <string>
#include <vector>

#include "hir/function.h"

namespace jj::hir {

inline constexpr const char* kCacheKinds[] = {
    "global", "attr", "store_attr", "method", "call", "call_null_first", "call_self_second"};  // JJCacheKind
inline constexpr const char* kRegionKinds[] = {"handler", "finally310", "except310"};          // bytecode::RegionKind
inline constexpr const char* kTypeKinds[] = {
#define TYPE_KIND(kind, text, name) text,
#include "core/types.def"
#undef TYPE_KIND
};  // JJTypeKind
inline constexpr const char* kPendingKinds[] = {"int",   "float", "bool", "object",
                                                "owned", "char",  "range"};  // JJPendingKind
inline constexpr const char* kExitKinds[] = {"none",     "type",   "overflow", "zero", "range", "unbound",
                                             "identity", "locals", "cold",     "poll", "other"};  // JJExitKind
inline constexpr const char* kResultKinds[] = {"none", "owned", "borrowed", "cond", "next", "int", "float"};  // Result
inline constexpr const char* kAttrKinds[] = {"none", "slot", "values", "dict", "method"};  // JJAttrHow
inline constexpr const char* kLacksKinds[] = {"always", "keys", "lookup"};                 // JJAttrLacks
inline constexpr const char* kDeferredKinds[] = {"local", "const", "null"};                // Deferred::Kind

// The names of an operation's immediates, in order.
const std::vector<std::string>& immediate_names(Op op);

}  // namespace jj::hir
