// Names and addresses of everything that generated code may refer to.
#pragma once
#include "core/api.h"

namespace jj::compiler {

const JJSymbol* symbol_table();  // ends with a null name

}  // namespace jj::compiler
