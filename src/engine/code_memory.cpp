// Slabs of address space, given out in whole pages: a page that other threads execute is never made writable again.
#include "engine/code_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <iterator>

#include "llvm/ADT/StringRef.h"

namespace jj::engine {
namespace {

constexpr size_t kSlab = size_t{16} << 20;      // address space; memory is used as pages are
constexpr int64_t kNear = int64_t{1} << 30;     // a helper this near is called directly
constexpr size_t kLine = 64;                    // a cache line
constexpr const char* kPointerSuffix = ".ptr";  // as in lower/helpers.h

size_t whole_pages(size_t bytes) {
  static const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) & ~(page - 1);
}

// Pages that nobody uses are writable already, and cost nothing until they are written.
char* map_unused(void* at, size_t size) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (at ? MAP_FIXED : 0);
  void* memory = mmap(at, size, PROT_READ | PROT_WRITE, flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

}  // namespace

CodeMemory::CodeMemory(const JJSymbol* symbols) {
  for (const JJSymbol* s = symbols; s && s->name; s++) {
    indices_[s->name] = static_cast<uint32_t>(symbols_.size());
    symbols_.push_back(*s);
  }
}

CodeMemory::~CodeMemory() {
  for (const auto& slab : slabs_) munmap(slab->start, kSlab);
}

// A pointer per symbol, then a jump through it per symbol.
void CodeMemory::fill_table(char* table) const {
  size_t n = symbols_.size();
  for (size_t k = 0; k < n; k++) {
    std::memcpy(table + 8 * k, &symbols_[k].address, 8);
    char* jump = table + 8 * (n + k);
    const unsigned char opcode[8] = {0xff, 0x25, 0, 0, 0, 0, 0xcc, 0xcc};  // jmp *pointer(%rip)
    std::memcpy(jump, opcode, 8);
    auto distance = static_cast<int32_t>(-8 * static_cast<int64_t>(n) - 6);
    std::memcpy(jump + 2, &distance, 4);
  }
}

uint64_t CodeMemory::find(const Block& block, llvm::StringRef name) const {
  bool pointer = name.consume_back(kPointerSuffix);
  auto found = indices_.find(name);
  if (found == indices_.end()) return 0;
  uint32_t index = found->second;
  auto table = reinterpret_cast<uint64_t>(block.table);
  if (pointer) return table + 8 * index;
  auto address = reinterpret_cast<uint64_t>(symbols_[index].address);
  auto distance = static_cast<int64_t>(address - table);
  return distance > -kNear && distance < kNear ? address : table + 8 * (symbols_.size() + index);
}

CodeMemory::Slab* CodeMemory::add_slab() {
  char* start = map_unused(nullptr, kSlab);
  if (!start) return nullptr;
  size_t table = whole_pages(table_bytes());
  fill_table(start);
  if (mprotect(start, table, PROT_READ | PROT_EXEC) != 0) {
    munmap(start, kSlab);
    return nullptr;
  }
  slabs_.push_back(std::make_unique<Slab>(Slab{start, {{start + table, kSlab - table}}}));
  return slabs_.back().get();
}

char* CodeMemory::take(Slab& slab, size_t size) {
  for (auto run = slab.free.begin(); run != slab.free.end(); ++run) {
    if (run->second < size) continue;
    auto [start, length] = *run;
    slab.free.erase(run);
    if (length > size) slab.free.emplace(start + size, length - size);
    return start;
  }
  return nullptr;
}

CodeMemory::Block CodeMemory::allocate(size_t bytes) {
  Block block;
  block.size = whole_pages(bytes);
  std::lock_guard lock(mutex_);
  if (block.size > kSlab / 2) return {};
  for (const auto& slab : slabs_)
    if (!block.pages && (block.pages = take(*slab, block.size))) block.table = slab->start;
  if (!block.pages) {
    Slab* slab = add_slab();
    if (!slab) return {};
    block.pages = take(*slab, block.size);
    block.table = slab->start;
  }
  // Functions begin at different places in their pages, so that they do not all compete for the same cache lines.
  size_t room = (block.size - bytes) / kLine + 1;
  block.code = block.pages + kLine * (turn_++ * 7 % room);
  return block;
}

bool CodeMemory::finish(const Block& block) { return mprotect(block.pages, block.size, PROT_READ | PROT_EXEC) == 0; }

// New pages take the place of the old ones: the memory goes back, and a stale jump would fault.
void CodeMemory::release(const Block& block) {
  std::lock_guard lock(mutex_);
  if (!map_unused(block.pages, block.size)) return;
  for (const auto& slab : slabs_) {
    if (slab->start != block.table) continue;
    auto run = slab->free.emplace(block.pages, block.size).first;
    if (auto next = std::next(run); next != slab->free.end() && run->first + run->second == next->first) {
      run->second += next->second;
      slab->free.erase(next);
    }
    if (run == slab->free.begin()) return;
    if (auto before = std::prev(run); before->first + before->second == run->first) {
      before->second += run->second;
      slab->free.erase(run);
    }
    return;
  }
}

}  // namespace jj::engine
