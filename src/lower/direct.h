// How functions without a frame are called: `{result, why} direct(ts, cd, stack mark, arguments)`, where `cd` is the data of
// the function with a frame that they belong to.
#pragma once
#include <string>

namespace jj::lower {

// Why such a function has no result; numbers below 0 tell whose object its result is.
enum GivenUp : int {
  kStuck = 1,  // it would need a frame
  kPolled = 2  // there was pending work
};

inline std::string direct_symbol(size_t number) { return "jj_direct_" + std::to_string(number); }

}  // namespace jj::lower
