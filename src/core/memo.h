// What was compiled of late, for code objects that are made again: cloudpickle, exec() and the like make the same ones by the
// thousand.
#pragma once
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/tables.h"

namespace jj::core {

// All that the result of a compile depends on; nothing where a result is not to be shared: optimised code is made for one
// profile, and large code objects are not made again and again.
std::optional<std::string> memo_key(const JJCode& code, const JJCompileOptions& options);

// Keeps the last results alive. Every function is safe to call from any thread.
class Memo {
 public:
  // A result for this key that is used once more than before, or null.
  Compiled* use(const std::string& key);
  // Remembers a new result, which somebody uses. Answers what it has forgotten for that and nobody uses, or null.
  Compiled* keep(const std::string& key, Compiled* compiled);
  // One use less; answers whether it was the last.
  bool give_up(Compiled* compiled);

 private:
  static constexpr size_t kMost = 256;
  struct Entry {
    std::string key;
    Compiled* compiled;
  };
  std::mutex mutex_;
  std::list<Entry> entries_;  // used last first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace jj::core
