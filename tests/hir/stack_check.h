// A check of translated functions that needs the canonical operations: which stack entries are real at every point.
#pragma once
#include <string>

#include "hir/function.h"

// Follows the stack slots through every block: each entry is written when dead and taken when real, agrees with the
// frame state wherever an operation may raise or leave, and all are real where control meets. Empty when they do.
std::string check_stack(const jj::hir::Function& f);
