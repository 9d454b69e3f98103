// A fault of the compiler's own that a check finds becomes a function that stays interpreted, not a process that dies.
#pragma once

#include <functional>
#include <string>

namespace jj::core {

inline const std::string kFault = "internal error: ";  // how reasons begin that are the compiler's own fault

// Calls work(). Answers why it did not end: what it threw, or which of the standard library's checks failed in it (bounds
// of vectors, empty optionals: _GLIBCXX_ASSERTIONS); else an empty text. Behind a failed check nothing is destroyed:
// what work() held is leaked, as it cannot be trusted any more.
std::string run_safely(const std::function<void()>& work);

}  // namespace jj::core
