// Words that the printer and the parser of the text form share.
#pragma once
#include <string>
#include <vector>

#include "hir/function.h"

namespace jj::hir {

inline constexpr const char* kCacheKinds[] = {"global", "attr", "store_attr",
                                              "method", "call", "super"};              // JJCacheKind
inline constexpr const char* kRegionKinds[] = {"handler", "finally310", "except310"};  // bytecode::RegionKind
inline constexpr const char* kDeferredKinds[] = {"local", "const", "null"};            // Deferred::Kind

// The names of an operation's immediates, in order.
const std::vector<std::string>& immediate_names(Op op);

}  // namespace jj::hir
