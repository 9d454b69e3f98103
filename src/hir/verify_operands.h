// The part of the verifier that knows what operations take: references, values without them, and inline caches.
#pragma once
#include "hir/function.h"

namespace jj::hir {

// What an operand may be.
enum class Wants : uint8_t { Object, Look, Borrowed, Owned, OwnedOrNull, Next };  // Look: an object, not consumed
Wants wanted(Op op, int operand);

// Int, Float or Cond when operand `n` of the operation is such a value; else None.
Result operand_type(Op op, int n);

// Whether the operation can use an inline cache of this kind (JJCacheKind).
bool uses_cache(const Instr& i, int kind);

}  // namespace jj::hir
