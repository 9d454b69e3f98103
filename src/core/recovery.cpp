// Leaves a compile whose data are found to be wrong.
#include "core/recovery.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace jj::core {
namespace {

struct Recovery {
  std::jmp_buf place;
  char what[256];
};
thread_local Recovery* current = nullptr;

[[noreturn]] void fail(const char* file, int line, const char* condition) {
  Recovery* recovery = current;
  if (!recovery) {
    std::fprintf(stderr, "%s:%d: %s does not hold\n", file, line, condition);
    std::abort();
  }
  std::snprintf(recovery->what, sizeof recovery->what, "%s does not hold (%s:%d)", condition, file, line);
  std::longjmp(recovery->place, 1);
}

}  // namespace

std::string run_safely(const std::function<void()>& work) {
  Recovery recovery{};
  Recovery* const outer = current;
  std::string thrown;
  if (setjmp(recovery.place) == 0) {
    current = &recovery;
    try {
      work();
    } catch (const std::exception& error) {
      thrown = error.what();
      if (thrown.empty()) thrown = "an exception without a text";
    }
  }
  current = outer;
  return *recovery.what ? recovery.what : thrown;
}

}  // namespace jj::core

// The library's own prints and aborts. This one is bound inside of the compiler alone (cmake/core.map).
namespace std {
void __glibcxx_assert_fail(const char* file, int line, const char*, const char* condition) noexcept {
  jj::core::fail(file, line, condition);
}
}  // namespace std
