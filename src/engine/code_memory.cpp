// Slabs of address space, given out in cache lines: functions share pages, because a processor remembers few of them.
//
// Other threads may execute a page while a function is written to it, so it is executable and writable for as long as
// copying takes, and only executable before and after.
#include "engine/code_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "llvm/ADT/StringRef.h"

namespace jj::engine {
namespace {

constexpr size_t kSlab = size_t{16} << 20;      // address space; memory is used as pages are
constexpr int64_t kNear = int64_t{1} << 30;     // a helper this near is called directly
constexpr size_t kLine = 64;                    // a cache line
constexpr const char* kPointerSuffix = ".ptr";  // as in lower/helpers.h

size_t page_size() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) & ~(unit - 1); }
char* page_of(char* at) { return at - reinterpret_cast<uintptr_t>(at) % page_size(); }
char* page_behind(char* at) { return page_of(at + page_size() - 1); }

// What a stale jump into code that is gone gets to.
constexpr char kTrap = '\xcc';

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
  size_t table = round_up(table_bytes(), page_size());
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
  block.size = round_up(bytes, kLine);
  std::lock_guard lock(mutex_);
  if (block.size > kSlab / 2) return {};
  for (const auto& slab : slabs_)
    if (!block.code && (block.code = take(*slab, block.size))) block.table = slab->start;
  if (!block.code) {
    Slab* slab = add_slab();
    if (!slab) return {};
    block.code = take(*slab, block.size);
    block.table = slab->start;
  }
  return block;
}

// Calls write() while the block's pages can be written.
template <typename Write>
static bool while_writable(const CodeMemory::Block& block, Write write) {
  char* pages = page_of(block.code);
  const auto size = static_cast<size_t>(page_behind(block.code + block.size) - pages);
  if (mprotect(pages, size, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) return false;
  write();
  return mprotect(pages, size, PROT_READ | PROT_EXEC) == 0;
}

bool CodeMemory::write(const Block& block, const std::vector<char>& bytes) {
  std::lock_guard lock(mutex_);
  return while_writable(block, [&] { std::memcpy(block.code, bytes.data(), std::min(bytes.size(), block.size)); });
}

// Answers the run that the block is a part of now.
CodeMemory::Runs::iterator CodeMemory::give_back(Slab& slab, const Block& block) {
  auto run = slab.free.emplace(block.code, block.size).first;
  if (auto next = std::next(run); next != slab.free.end() && run->first + run->second == next->first) {
    run->second += next->second;
    slab.free.erase(next);
  }
  if (run == slab.free.begin()) return run;
  auto before = std::prev(run);
  if (before->first + before->second != run->first) return run;
  before->second += run->second;
  slab.free.erase(run);
  return before;
}

// The memory of pages that nobody uses any more goes back.
void CodeMemory::release(const Block& block) {
  std::lock_guard lock(mutex_);
  const auto slab = std::find_if(slabs_.begin(), slabs_.end(), [&](const auto& s) { return s->start == block.table; });
  if (slab == slabs_.end() || !while_writable(block, [&] { std::memset(block.code, kTrap, block.size); })) return;
  const auto [start, size] = *give_back(**slab, block);
  char* from = std::max(page_behind(start), page_of(block.code));
  char* to = std::min(page_of(start + size), page_behind(block.code + block.size));
  if (from < to) map_unused(from, static_cast<size_t>(to - from));
}

}  // namespace jj::engine
