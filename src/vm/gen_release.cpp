// Frees generators and coroutines that are over: most are by the time that they are dropped, and there is nothing to
// finalise then.
#include "runtime/compat/gens.h"
#include "vm/generators.h"

namespace jj::vm {

namespace {

destructor original_dealloc = nullptr;

void free_generator(PyObject* self) {
  auto* gen = reinterpret_cast<PyGenObject*>(self);
  if (!gen_is_over(gen) || gen->gi_weakreflist) [[unlikely]]
    return original_dealloc(self);
  _PyObject_GC_UNTRACK(self);
  if (Py_IS_TYPE(self, &PyCoro_Type)) Py_CLEAR(*gen_origin(gen));
  gen_release_code(gen);
  Py_CLEAR(gen->gi_name);
  Py_CLEAR(gen->gi_qualname);
  PyObject_GC_Del(self);
}

}  // namespace

void replace_generator_dealloc() {
  if (PyGen_Type.tp_dealloc != PyCoro_Type.tp_dealloc) return;
  original_dealloc = PyGen_Type.tp_dealloc;
  PyGen_Type.tp_dealloc = PyCoro_Type.tp_dealloc = free_generator;
}

}  // namespace jj::vm
