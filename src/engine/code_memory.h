// Executable memory in slabs; each begins with a near table through which code calls the runtime. Thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/api.h"
#include "llvm/ADT/StringMap.h"

namespace jj::engine {

class CodeMemory {
 public:
  // Pages of one function: writable until `finish`, then executable; never both.
  struct Block {
    char* pages = nullptr;  // null: there is no memory
    size_t size = 0;
    char* code = nullptr;  // where the function's code belongs
    const char* table = nullptr;
  };

  explicit CodeMemory(const JJSymbol* symbols);
  ~CodeMemory();
  CodeMemory(const CodeMemory&) = delete;
  CodeMemory& operator=(const CodeMemory&) = delete;

  Block allocate(size_t bytes);
  bool finish(const Block& block);
  void release(const Block& block);

  // Where code in `block` finds the symbol: `name` is the function or a jump to it, less than 2 GB away; `name.ptr` holds
  // its address. 0: there is no such symbol.
  uint64_t find(const Block& block, llvm::StringRef name) const;

 private:
  struct Slab {
    char* start;
    std::map<char*, size_t> free;  // runs of pages
  };
  size_t table_bytes() const { return 16 * symbols_.size(); }
  Slab* add_slab();
  void fill_table(char* table) const;
  char* take(Slab& slab, size_t size);

  std::vector<JJSymbol> symbols_;
  llvm::StringMap<uint32_t> indices_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<Slab>> slabs_;
  size_t turn_ = 0;
};

}  // namespace jj::engine
