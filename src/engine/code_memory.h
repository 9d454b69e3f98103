// Executable memory in slabs, of which functions take whole cache lines; each slab begins with a near table through which
// code calls the runtime. Thread-safe.
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
  // Where the code of one function belongs.
  struct Block {
    char* code = nullptr;  // null: there is no memory
    size_t size = 0;
    const char* table = nullptr;
  };

  explicit CodeMemory(const JJSymbol* symbols);
  ~CodeMemory();
  CodeMemory(const CodeMemory&) = delete;
  CodeMemory& operator=(const CodeMemory&) = delete;

  Block allocate(size_t bytes);
  // Makes these bytes the block's code, which nobody executes yet. False: the memory cannot be made executable.
  bool write(const Block& block, const std::vector<char>& bytes);
  // Nobody executes the code any more, and nobody will.
  void release(const Block& block);

  // Where code in `block` finds the symbol: `name` is the function or a jump to it, less than 2 GB away; `name.ptr` holds
  // its address. 0: there is no such symbol.
  uint64_t find(const Block& block, llvm::StringRef name) const;

 private:
  using Runs = std::map<char*, size_t>;
  struct Slab {
    char* start;
    Runs free;  // runs of cache lines
  };
  size_t table_bytes() const { return 16 * symbols_.size(); }
  Slab* add_slab();
  void fill_table(char* table) const;
  static char* take(Slab& slab, size_t size);
  static Runs::iterator give_back(Slab& slab, const Block& block);

  std::vector<JJSymbol> symbols_;
  llvm::StringMap<uint32_t> indices_;
  std::mutex mutex_;  // guards what follows, and all that is written to the slabs
  std::vector<std::unique_ptr<Slab>> slabs_;
};

}  // namespace jj::engine
