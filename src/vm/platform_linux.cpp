// What vm/ asks of the operating system, for Linux.
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <cstring>

#include "vm/internal.h"

namespace jj::vm {

namespace {

#ifdef __x86_64__
// The thread-local block that one library has in this thread.
struct ThreadBlock {
  uintptr_t code;  // an address in the library
  const char* begin = nullptr;
  size_t size = 0;
};

int find_block(dl_phdr_info* info, size_t, void* data) {
  auto* block = static_cast<ThreadBlock*>(data);
  bool contains = false;
  size_t size = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD) contains |= block->code - (info->dlpi_addr + segment.p_vaddr) < segment.p_memsz;
    if (segment.p_type == PT_TLS) size = segment.p_memsz;
  }
  if (!contains) return 0;
  block->begin = static_cast<const char*>(info->dlpi_tls_data);
  block->size = block->begin ? size : 0;
  return 1;
}

ptrdiff_t offset_here(const char* address) {
  const char* thread_pointer;
  __asm__("movq %%fs:0, %0" : "=r"(thread_pointer));
  return address - thread_pointer;
}

// Runs in a new thread: a block that is not at a fixed place does not exist there yet.
void* block_offset(void* code) {
  ThreadBlock block{reinterpret_cast<uintptr_t>(code)};
  dl_iterate_phdr(find_block, &block);
  return reinterpret_cast<void*>(block.begin ? offset_here(block.begin) : 0);
}
#endif

}  // namespace

ptrdiff_t thread_word_offset([[maybe_unused]] const void* code, [[maybe_unused]] const void* value) {
#ifdef __x86_64__
  ThreadBlock block{reinterpret_cast<uintptr_t>(code)};
  dl_iterate_phdr(find_block, &block);
  const char* found = nullptr;
  for (size_t at = 0; at + sizeof value <= block.size; at += sizeof value) {
    if (std::memcmp(block.begin + at, &value, sizeof value) != 0) continue;
    if (found) return 0;
    found = block.begin + at;
  }
  pthread_t thread;
  void* elsewhere = nullptr;
  if (!found || pthread_create(&thread, nullptr, block_offset, const_cast<void*>(code)) != 0) return 0;
  pthread_join(thread, &elsewhere);
  return reinterpret_cast<ptrdiff_t>(elsewhere) == offset_here(block.begin) ? offset_here(found) : 0;
#else
  return 0;
#endif
}

int usable_cpus() {
  cpu_set_t cpus;
  return sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
}

StackBounds c_stack_bounds() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {0, 0};
  void* low = nullptr;
  size_t size = 0, guard = 0;
  bool ok = pthread_attr_getstack(&attributes, &low, &size) == 0;
  pthread_attr_getguardsize(&attributes, &guard);
  pthread_attr_destroy(&attributes);
  if (!ok || size == 0) return {0, 0};
  uintptr_t begin = reinterpret_cast<uintptr_t>(low), end = begin + size;
  constexpr size_t longest = size_t{512} << 20;  // "unlimited" main stacks: the address space ends somewhere
  if (size > longest) begin = end - longest;
  return {begin + guard, end};
}

}  // namespace jj::vm
