// What vm/ asks of the operating system, for Linux.
#include <pthread.h>
#include <sys/resource.h>

#include "vm/internal.h"

namespace jj::vm {

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
  constexpr size_t longest = size_t{512} << 20;         // "unlimited" main stacks: the address space ends somewhere
  if (size > longest) begin = end - longest;
  return {begin + guard, end};
}

}  // namespace jj::vm
