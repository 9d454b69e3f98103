// The table of a dict whose values are in it, as every version has one.
#pragma once

namespace jj {

struct DictTable {
  size_t mask;  // number of slots - 1
  int width;    // bytes of an index; -1: the slot is empty, -2: its entry was deleted
  const char* indices;
  const void* entries;  // TextEntry or HashedEntry
  bool text;            // all keys are exact strs, whose entries are without a hash
  int64_t count;        // entries, deleted ones included
};

}  // namespace jj
