// The compiler library, loaded at the first compile.
#pragma once
#include "core/api.h"

namespace jj::compiler {

// Collects what the compiler is told about this interpreter. Needs the GIL; comes before the first core().
void prepare_core();
// Null when it cannot be loaded; core_error() then says why.
JJCore* core();
const char* core_error();

}  // namespace jj::compiler
