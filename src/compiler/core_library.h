// The compiler library, loaded at the first compile.
#pragma once
#include "core/api.h"

namespace jj::compiler {

// Null when it cannot be loaded; core_error() then says why.
JJCore* core();
const char* core_error();

}  // namespace jj::compiler
