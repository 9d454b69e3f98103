// A compile that finds its own data wrong ends, says what was wrong, and the next one goes on.
#include "core/recovery.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <vector>

namespace {

void check(bool ok, const std::string& what) {
  if (ok) return;
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

bool says(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

int main() {
  using jj::core::run_safely;
  const std::vector<int> three(3);
  volatile int sum = 0, index = 3;
  check(run_safely([&] { sum = sum + three[static_cast<size_t>(index - 1)]; }).empty(), "nothing wrong");
  const std::string behind = run_safely([&] { sum = sum + three[static_cast<size_t>(index)]; });
  check(says(behind, "size()") && says(behind, "stl_vector.h"), "an index behind the end: " + behind);
  check(!run_safely([&] { sum = sum + three[static_cast<size_t>(index - 4)]; }).empty(), "an index before the start");
  check(!run_safely([&] { sum = sum + *std::optional<int>(); }).empty(), "an empty optional");
  check(run_safely([] { throw std::runtime_error("thrown"); }) == "thrown", "an exception");
  std::string inner;
  const std::string outer = run_safely([&] {
    inner = run_safely([&] { sum = three[static_cast<size_t>(index)]; });
    throw std::runtime_error("later");
  });
  check(!inner.empty() && outer == "later", "one inside another: " + outer);
  check(run_safely([] {}).empty(), "the next one");
  std::puts("recovery: all as it should be");
}
