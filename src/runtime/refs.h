// Dropping references, and the pools of dead exact ints and floats that new ones are made from.
#pragma once
#include "runtime/abi.h"
#include "runtime/compat/objects.h"

#include <cstring>
#include <initializer_list>

extern "C" void jj_dealloc(jj::Frame* fr, PyObject* o, int idx);

namespace jj {

#define JJ_LIKELY(x) __builtin_expect(!!(x), 1)
#define JJ_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define JJ_HIDDEN [[gnu::visibility("hidden")]]

// Dead objects of one type, linked through their first word; protected by the GIL. `room` is how many more fit: 0 once
// the pool is off. Not used while tracemalloc runs, which must see every allocation.
struct Pool {
  PyObject* head = nullptr;
  int32_t room = 0;
  int32_t limit = 0;

  void put(PyObject* o) {
    std::memcpy(static_cast<void*>(o), &head, sizeof(PyObject*));
    head = o;
    --room;
  }
  PyObject* take() {  // its type survived in the pool
    PyObject* o = head;
    std::memcpy(&head, static_cast<void*>(o), sizeof(PyObject*));
    ++room;
    o->ob_refcnt = 1;
    return o;
  }
};
constexpr int kPoolLimit = 100;
JJ_HIDDEN extern Pool int_pool, float_pool;
// How many dead floats the interpreter keeps for new ones (where that is not known: always 0).
JJ_HIDDEN extern const int* interpreter_floats;
// Iterators over ranges, which inner loops make and give up all the time.
JJ_HIDDEN extern Pool range_pool;
// Ints whose memory holds 6 and 10 digits (blocks of 48 and 64 bytes).
constexpr int64_t kWideRoom[] = {6, 10};
JJ_HIDDEN extern Pool wide_pools[2];

constexpr int64_t kSmallIntMin = -5, kSmallIntMax = 256;
JJ_HIDDEN extern PyObject* small_ints[kSmallIntMax - kSmallIntMin + 1];  // the interpreter's own, borrowed

// True when every int object has room for two digits, whatever its value (pymalloc blocks are multiples of 16 bytes).
JJ_HIDDEN extern bool ints_have_two_digits;

// Sets up the above; call once per process with the GIL held, before any generated code runs. Returns null, or a
// sentence on what differs from the layout this module was compiled for.
const char* runtime_init();
// Frees the pools and stops using them (finalisation, or allocation hooks that must see every object).
void runtime_disable_freelists();

// Frees an exact int of more than two digits, or where the pool is full.
void release_wide_int(PyObject* o);
// Frees an exact int whose count is zero.
inline void release_int(PyObject* o) {
  if (JJ_LIKELY(int_pool.room > 0) && int_digit_count(o) <= 2 && !tracing_memory()) return int_pool.put(o);
  release_wide_int(o);
}
// Frees an exact float whose count is zero.
inline void release_float(PyObject* o) {
  if (JJ_LIKELY(float_pool.room > 0) && !tracing_memory()) return float_pool.put(o);
  deallocate(o);
}
// A new float object, from the allocator; null with MemoryError set.
PyObject* new_float(double v);

// A new reference to an exact float; null with MemoryError set.
inline PyObject* box_float(double v) {
  if (JJ_UNLIKELY(!float_pool.head || tracing_memory())) return new_float(v);
  PyObject* o = float_pool.take();
  float_field(o) = v;
  return o;
}
inline void drop_int(PyObject* o) {
  if (ref_drop(o)) release_int(o);
}
// Drops an exact int or float: nothing can observe it.
inline void drop_number(PyObject* o) {
  if (ref_drop(o)) is_exact_int(o) ? release_int(o) : release_float(o);
}
// Drops any object; what its deallocation runs sees the frame at instruction idx.
inline void drop(Frame* fr, int idx, PyObject* o) {
  if (JJ_UNLIKELY(ref_drop(o))) jj_dealloc(fr, o, idx);
}
// Drops an object last of all: as calls in tail position, deallocations leave the quick paths of helpers without a stack
// frame of their own.
PyObject* dealloc_then(Frame* fr, PyObject* o, int idx, PyObject* result);
int dealloc_then(Frame* fr, PyObject* o, int idx, int result);
inline PyObject* drop_then(Frame* fr, int idx, PyObject* o, PyObject* result) {
  return JJ_UNLIKELY(ref_drop(o)) ? dealloc_then(fr, o, idx, result) : result;
}
inline int drop_then(Frame* fr, int idx, PyObject* o, int result) {
  return JJ_UNLIKELY(ref_drop(o)) ? dealloc_then(fr, o, idx, result) : result;
}
inline PyObject* new_ref(PyObject* o) {
  Py_INCREF(o);
  return o;
}
// Makes the operand of a site our own, if it is not: for paths that may run Python code.
inline void own_operand(PyObject* o, uint32_t site, uint32_t flag) {
  if (!(site & flag)) Py_INCREF(o);
}
inline void drop_owned(Frame* fr, PyObject* o, uint32_t site, uint32_t flag) {
  if (site & flag) drop(fr, site_index(site), o);
}
template <class Result>
inline Result drop_owned_then(Frame* fr, PyObject* o, uint32_t site, uint32_t flag, Result result) {
  return site & flag ? drop_then(fr, site_index(site), o, result) : result;
}
inline PyObject* bool_object(bool b) { return new_ref(b ? Py_True : Py_False); }

}  // namespace jj
