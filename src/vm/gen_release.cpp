// Frees generators and coroutines that are over: most are by the time that they are dropped, and there is nothing to
// finalise then.
#include "vm/gen_pool.h"
#include "vm/generators.h"

namespace jj::vm {

Pool generator_pools[kPooledSizes];

namespace {

constexpr int kMostOfASize = 50;

destructor original_dealloc = nullptr;

void free_generator(PyObject* self) {
  auto* gen = reinterpret_cast<PyGenObject*>(self);
  if (!gen_is_over(gen) || gen->gi_weakreflist) [[unlikely]]
    return original_dealloc(self);
  _PyObject_GC_UNTRACK(self);
  if (Py_IS_TYPE(self, &PyCoro_Type)) Py_CLEAR(*gen_origin(gen));
  PyCodeObject* code = gen_take_code(gen);
  const Py_ssize_t words = frame_words(code);
  Py_DECREF(code);
  Py_CLEAR(gen->gi_name);
  Py_CLEAR(gen->gi_qualname);
  if (!pool_generator(thread_state(), gen, words)) PyObject_GC_Del(self);
}

}  // namespace

void replace_generator_dealloc() {
  if (PyGen_Type.tp_dealloc != PyCoro_Type.tp_dealloc) return;
  original_dealloc = PyGen_Type.tp_dealloc;
  PyGen_Type.tp_dealloc = PyCoro_Type.tp_dealloc = free_generator;
  if (int_pool.limit == 0) return;  // every allocation is to be seen
  for (Pool& pool : generator_pools) pool.limit = pool.room = kMostOfASize;
}

}  // namespace jj::vm
