// What generators with a consumer do in another way.
#pragma once
#include <functional>

#include "lower/lowering.h"

namespace jj::lower {

// SEND: what is delegated to is given the consumer, too. `alone`: emits it for generators without one.
Value* send_feeding(Emitter& e, const hir::Instr& i, const std::function<Value*()>& alone);

}  // namespace jj::lower
