// A clock that costs as little as a few instructions, for comparing times.
#pragma once
#include <cstdint>
#include <ctime>

namespace jj::vm {

inline double monotonic_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

#if defined(__x86_64__)

inline uint64_t ticks() { return __builtin_ia32_rdtsc(); }
// The better the longer ago the first call was.
inline double ticks_to_ns(double count) {
  static const double ns_then = monotonic_ns();
  static const uint64_t ticks_then = ticks();
  uint64_t passed = ticks() - ticks_then;
  double rate = passed > 1000000 ? (monotonic_ns() - ns_then) / static_cast<double>(passed) : 0.4;
  return count * rate;
}

#else

inline uint64_t ticks() { return static_cast<uint64_t>(monotonic_ns()); }
inline double ticks_to_ns(double count) { return count; }

#endif

}  // namespace jj::vm
