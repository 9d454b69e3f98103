// What was compiled of late, for code objects that are made again.
#include "core/memo.h"

#include <cstring>

namespace jj::core {
namespace {

constexpr size_t kLargest = 2000;  // bytes of bytecode

class Key {
 public:
  void number(int64_t value) { bytes(&value, sizeof value); }
  void array(const void* start, size_t size) {
    number(start ? static_cast<int64_t>(size) : -1);
    if (start) bytes(start, size);
  }
  void text(const char* chars) { array(chars, chars ? std::strlen(chars) : 0); }
  void texts(const char* const* all, int32_t count) {
    number(all ? count : -1);
    for (int32_t k = 0; all && k < count; k++) text(all[k]);
  }
  std::string take() { return std::move(out_); }

 private:
  void bytes(const void* start, size_t size) { out_.append(static_cast<const char*>(start), size); }
  std::string out_;
};

void add(Key& key, const JJCode& c) {
  for (const char* name : {c.name, c.qualname, c.filename}) key.text(name);
  for (int32_t n : {c.first_line, c.flags, c.argcount, c.posonly, c.kwonly, c.nlocals, c.ncells, c.nfrees, c.nslots,
                    c.stacksize, c.nconsts, c.nnames, c.class_cell})
    key.number(n);
  const auto consts = static_cast<size_t>(c.nconsts);
  key.array(c.code, c.code_size);
  key.array(c.exception_table, c.exception_table_size);
  key.array(c.const_kinds, consts);
  key.array(c.const_words, consts * sizeof *c.const_words);
  key.array(c.const_chars, 2 * consts * sizeof *c.const_chars);
  key.texts(c.varnames, c.nslots);
  key.texts(c.const_names, c.nconsts);
}

void add(Key& key, const JJCompileOptions& o) {
  for (int32_t n : {o.boundaries, o.regalloc, o.opt_level, o.vectorize, o.inlining, o.tier, o.profile,
                    o.everything_pays, o.asserts, o.wraps, o.deopt_stress})
    key.number(n);
  key.text(o.disabled_passes);
  key.array(o.entries, static_cast<size_t>(o.nentries) * sizeof *o.entries);
}

}  // namespace

std::optional<std::string> memo_key(const JJCode& code, const JJCompileOptions& options) {
  if (options.tier >= 2 || options.feedback || options.dump || options.check_only || code.code_size > kLargest)
    return std::nullopt;
  Key key;
  add(key, options);
  add(key, code);
  return key.take();
}

Compiled* Memo::use(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  found->second->compiled->uses++;
  return found->second->compiled;
}

Compiled* Memo::keep(const std::string& key, Compiled* compiled) {
  std::lock_guard lock(mutex_);
  if (by_key_.count(key)) return nullptr;  // two threads have compiled it at the same time
  entries_.push_front({key, compiled});
  by_key_[key] = entries_.begin();
  compiled->uses++;
  if (entries_.size() <= kMost) return nullptr;
  const Entry last = std::move(entries_.back());
  entries_.pop_back();
  by_key_.erase(last.key);
  return --last.compiled->uses == 0 ? last.compiled : nullptr;
}

bool Memo::give_up(Compiled* compiled) {
  std::lock_guard lock(mutex_);
  return --compiled->uses == 0;
}

}  // namespace jj::core
