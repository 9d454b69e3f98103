// Which compiles share a result, how long it lives, and what is forgotten.
#include "core/memo.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace {

using jj::core::Compiled;
using jj::core::Memo;
using jj::core::memo_key;

void check(bool ok, const std::string& what) {
  if (ok) return;
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

const uint8_t kBytes[] = {1, 2, 3, 4};
const uint8_t kKinds[] = {1};
const int64_t kWords[] = {7}, kOtherWords[] = {8};
const char* const kNames[] = {nullptr};
const char* const kOtherNames[] = {"x"};

JJCode some_code() {
  JJCode c{};
  c.name = "f", c.qualname = "f", c.filename = "a.py";
  c.nconsts = 1;
  c.code = kBytes, c.code_size = sizeof kBytes;
  c.const_kinds = kKinds, c.const_words = kWords, c.const_names = kNames;
  return c;
}

void tell_keys_apart() {
  const JJCode code = some_code();
  const JJCompileOptions options{};
  const auto key = memo_key(code, options);
  check(key && key == memo_key(some_code(), options), "equal code");
  std::vector<JJCode> others(7, code);
  others[0].filename = "b.py";
  others[1].code_size = 2;
  others[2].const_words = kOtherWords;
  others[3].const_names = kOtherNames;
  others[4].const_names = nullptr;
  others[5].name = "", others[5].qualname = "ff";
  others[6].class_cell = 1;
  for (size_t k = 0; k < others.size(); k++)
    check(memo_key(others[k], options) != key, "other code " + std::to_string(k));
  JJCompileOptions asserting{}, optimising{}, showing{};
  asserting.asserts = JJ_ASSERTS_INT;
  optimising.tier = 2;
  showing.dump = 1;
  check(memo_key(code, asserting) && memo_key(code, asserting) != key, "other options");
  check(!memo_key(code, optimising) && !memo_key(code, showing), "what is never shared");
}

void count_uses() {
  Memo memo;
  Compiled one, other;
  check(!memo.use("a"), "nothing yet");
  check(!memo.keep("a", &one) && one.uses == 2, "kept, and used by whoever made it");
  check(memo.use("a") == &one && one.uses == 3, "used twice");
  check(!memo.keep("a", &other) && other.uses == 1 && memo.use("a") == &one,
        "the second of two at the same time is not kept");
  for (int k = 0; k < 3; k++) check(!memo.give_up(&one), "the memo still has it");
  check(memo.use("a") == &one && memo.give_up(&other), "nobody else has the second");
}

void forget() {
  Memo memo;
  std::vector<std::unique_ptr<Compiled>> all;
  std::vector<Compiled*> forgotten;
  for (int k = 0; k < 300; k++) {
    all.push_back(std::make_unique<Compiled>());
    if (Compiled* gone = memo.keep(std::to_string(k), all.back().get())) forgotten.push_back(gone);
    if (k != 1) memo.give_up(all.back().get());
    check(memo.use("0") == all[0].get() && !memo.give_up(all[0].get()), "used last");
  }
  check(forgotten.size() == 43 && forgotten[0] == all[2].get(), "the oldest that nobody uses");
  check(!memo.use("1") && memo.give_up(all[1].get()), "forgotten, but its user had it");
}

}  // namespace

int main() {
  tell_keys_apart();
  count_uses();
  forget();
  std::puts("memo: all as it should be");
}
