// Memory of dead generators and coroutines, kept for the next ones of the same size. The collector counts them as if they
// came from the allocator and went back to it.
#pragma once
#include "runtime/compat/gens.h"
#include "runtime/refs.h"
#include "vm/generators.h"

namespace jj::vm {

constexpr Py_ssize_t kPooledSizes = 48;  // words that the frame has for locals and stack
JJ_HIDDEN extern Pool generator_pools[kPooledSizes];

inline Py_ssize_t frame_words(PyCodeObject* code) { return code_nlocalsplus(code) + code->co_stacksize; }

#if PY_VERSION_HEX >= 0x030B0000

// Counts an object of the collector's. False: the next one makes it collect, which the allocator sees to.
inline bool count_collectable(PyThreadState* ts) {
  auto& gc = ts->interp->gc;
  if (gc.generations[0].count >= gc.generations[0].threshold && gc.enabled) return false;
  ++gc.generations[0].count;
  return true;
}

// As PyObject_GC_NewVar makes it, not tracked; null: there is none.
inline PyGenObject* pooled_generator(PyThreadState* ts, PyTypeObject* type, Py_ssize_t words) {
  if (words >= kPooledSizes || !generator_pools[words].head || tracing_memory() || !count_collectable(ts))
    return nullptr;
  PyObject* object = generator_pools[words].take();
  Py_SET_TYPE(object, type);
  PyGC_Head* head = _Py_AS_GC(object);
  head->_gc_next = head->_gc_prev = 0;
  return reinterpret_cast<PyGenObject*>(object);
}

// Keeps what is not tracked and holds no references any more. False: it is to be freed.
inline bool pool_generator(PyThreadState* ts, PyGenObject* gen, Py_ssize_t words) {
  if (words >= kPooledSizes || generator_pools[words].room <= 0 || tracing_memory() || ts->interp != home_interpreter)
    return false;
  int& count = ts->interp->gc.generations[0].count;
  if (count > 0) --count;
  generator_pools[words].put(reinterpret_cast<PyObject*>(gen));
  return true;
}

#else

inline bool pool_generator(PyThreadState*, PyGenObject*, Py_ssize_t) { return false; }  // the frame is an object apart

#endif

}  // namespace jj::vm
