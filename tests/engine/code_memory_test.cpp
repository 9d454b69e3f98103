// Executable memory: functions lie side by side, run while others are written, and leave traps and room behind.
#include "engine/code_memory.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

using jj::engine::CodeMemory;

void check(bool good, const char* what) {
  if (good) return;
  std::printf("%s\n", what);
  std::exit(1);
}

// mov eax, value; ret
std::vector<char> returning(int32_t value, size_t size) {
  std::vector<char> bytes(size, '\x90');
  bytes[0] = '\xb8';
  std::memcpy(bytes.data() + 1, &value, sizeof value);
  bytes[5] = '\xc3';
  return bytes;
}

CodeMemory::Block make(CodeMemory& memory, int32_t value, size_t size) {
  const CodeMemory::Block block = memory.allocate(size);
  check(block.code, "no memory");
  check(memory.write(block, returning(value, size)), "cannot be written");
  return block;
}

int call(const CodeMemory::Block& block) { return reinterpret_cast<int (*)()>(block.code)(); }

void share_pages(CodeMemory& memory) {
  std::vector<CodeMemory::Block> blocks;
  for (int k = 0; k < 100; k++) blocks.push_back(make(memory, k, 6 + static_cast<size_t>(k % 3) * 64));
  check(blocks.back().code - blocks.front().code < 100 * 192, "they are far apart");
  for (size_t k = 0; k < blocks.size(); k++) {
    check(call(blocks[k]) == static_cast<int>(k), "another function's code");
    check(reinterpret_cast<uintptr_t>(blocks[k].code) % 64 == 0, "not at a cache line");
  }
  // What is gone traps where its page lives on, and its room is used again.
  memory.release(blocks[50]);
  for (size_t at = 0; at < blocks[50].size; at++) check(blocks[50].code[at] == '\xcc', "no trap");
  check(call(blocks[49]) == 49 && call(blocks[51]) == 51, "the neighbours are damaged");
  check(make(memory, 1000, blocks[50].size).code == blocks[50].code, "the room is not used again");
  for (const CodeMemory::Block& block : blocks) memory.release(block);
  const CodeMemory::Block large = make(memory, 7, size_t{1} << 20);  // over pages that were executable
  check(large.code == blocks.front().code && call(large) == 7, "the runs of free memory are not joined");
  memory.release(large);
}

void run_while_writing(CodeMemory& memory) {
  const CodeMemory::Block block = make(memory, 42, 64);
  std::atomic<bool> stop{false};
  std::thread caller([&] {
    while (!stop) check(call(block) == 42, "the code changed");
  });
  for (int k = 0; k < 3000; k++) {
    const CodeMemory::Block other = make(memory, k, 64 + static_cast<size_t>(k % 5) * 1000);
    check(call(other) == k, "the new code is wrong");
    memory.release(other);
  }
  stop = true;
  caller.join();
}

}  // namespace

int main() {
  CodeMemory memory(nullptr);
  share_pages(memory);
  run_while_writing(memory);
  check(!memory.allocate(size_t{1} << 30).code, "more than there is");
  return 0;
}
