// Which code is worth how much of LLVM.
#include "core/weigh.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "hir/function.h"

namespace {

void check(bool ok, const std::string& what) {
  if (ok) return;
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

// A loop with these operations in it, behind three additions.
jj::hir::Function loop_of(const std::string& operations) {
  jj::hir::ParseResult parsed = jj::hir::parse(
      "function \"f\" slots 1 stacksize 2 values 20 entries 1\n"
      "block 0 pc 0 depth 0 entry 0\n"
      "  %0 = IntConst low=5 high=0\n"
      "  %1 = IntAdd %0 %0 @1\n"
      "  %2 = IntAdd %1 %0 @2\n"
      "  %3 = IntAdd %2 %0 @3\n"
      "  Jump -> 1\n"
      "block 1 pc 4 depth 0\n" +
      operations +
      "  %10 = LoadLocal slot=0\n"
      "  %11 = Truth %10 @9\n"
      "  Branch %11 -> 1, 2\n"
      "block 2 pc 10 depth 0\n"
      "  %12 = LoadLocal slot=0\n"
      "  Return %12 @10\n");
  check(parsed.ok, parsed.error);
  return std::move(parsed.function);
}

}  // namespace

int main() {
  using jj::core::is_mostly_in_registers, jj::core::is_worth_it;
  const std::string add = "  %4 = IntAdd %3 %0 @4\n", more = "  %5 = IntAdd %4 %0 @5\n  %6 = IntAdd %5 %0 @6\n";
  const std::string calls = "  %7 = LoadGlobal name=0 cache=0 @7\n";
  check(!is_worth_it(loop_of("")), "a loop that only asks the runtime");
  check(is_worth_it(loop_of(add)) && !is_mostly_in_registers(loop_of(add)), "an addition for each call");
  check(is_mostly_in_registers(loop_of(add + more)), "three additions for each call");
  check(is_worth_it(loop_of(add + more + calls)) && !is_mostly_in_registers(loop_of(add + more + calls)),
        "three additions, two calls");
  std::puts("weigh: all as it should be");
}
