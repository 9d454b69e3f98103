// One compiled function with every table that JJCompiled points to, in one owner.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "bytecode/instr.h"
#include "core/api.h"
#include "hir/function.h"

namespace jj::core {

struct Compiled {
  JJCompiled api{};  // api.handle is this object
  std::string reason, dump;
  std::vector<JJState> states;
  std::vector<int32_t> state_of;
  std::vector<JJDeferred> deferreds;
  std::vector<JJPending> pendings;
  std::vector<JJInlined> inlined;
  std::deque<std::string> keywords;  // that those name
  int32_t places = 0;                // JJCompiled::nplaces
  std::vector<JJRegion> regions;
  std::vector<JJEntryPoint> entries;
  std::vector<JJCacheInit> caches;
  std::vector<int32_t> boundaries, records;
  uint64_t machine_code = 0;  // engine id, 0: none
  int uses = 1;               // of several code objects that are equal (core/memo.h)

  Compiled() { api.handle = this; }
  void fail(std::string why, int32_t index = -1);
  // Copies what the runtime needs to know about `f`; labels are those of the lowered regions.
  void fill_tables(const hir::Function& f, const std::vector<int32_t>& region_labels, const bytecode::Code& code,
                   int32_t code_units);
  void note_records(const hir::Block& block);
  // Lets api point at the vectors; call when they have stopped changing.
  void publish();
};

}  // namespace jj::core
