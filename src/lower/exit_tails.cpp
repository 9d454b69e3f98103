// Exits share the ends of their code: what many of them store, loops' variables above all, is stored in one place.
#include <algorithm>

#include "hir/exits.h"
#include "lower/emitter.h"

namespace jj::lower {
namespace {

using Words = std::vector<hir::ValueId>;

Words common(const Words& a, const Words& b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return {a.begin(), end};
}

}  // namespace

// The beginnings of buffers that more than one exit fills with the same values.
void Emitter::find_shared_words() {
  std::vector<Words> all;
  for (const hir::FrameState& s : f_.states)
    if (s.exit != JJ_EXIT_NONE) all.push_back(hir::exit_buffer(s).words);
  std::sort(all.begin(), all.end());
  for (size_t k = 1; k < all.size(); k++) tails_.try_emplace(common(all[k - 1], all[k]));
  tails_.try_emplace({});
}

// Stores so many of the words that this block still has to store itself, and goes on where the others are stored.
void Emitter::leave_with(const Words& words, size_t stored, Value* number) {
  Words rest(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(stored));
  auto tail = tails_.find(rest);
  while (tail == tails_.end()) {
    store_word(rest.back(), rest.size() - 1);
    rest.pop_back();
    tail = tails_.find(rest);
  }
  auto& [block, state] = tail->second;
  if (!block) {
    block = cold_block("leave");
    llvm::BasicBlock* from = b.GetInsertBlock();
    enter(block);
    state = b.CreatePHI(b.getInt32Ty(), 4);
    if (rest.empty()) {
      b.CreateRet(call(Helper::jj_exit, {thread_, frame_, code_data_, state, exit_words()}));
    } else {
      store_word(rest.back(), rest.size() - 1);
      leave_with(rest, rest.size() - 1, state);
    }
    enter(from);
  }
  state->addIncoming(number, b.GetInsertBlock());
  b.CreateBr(block);
}

}  // namespace jj::lower
