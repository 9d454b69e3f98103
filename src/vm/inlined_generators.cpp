// Generators whose operations stand in the native loop that consumes them, while nobody resumes or suspends them.
#include <algorithm>

#include "runtime/quiet_drops.h"
#include "runtime/signature.h"
#include "vm/gen_inl.h"
#include "vm/internal.h"

using namespace jj;

// Namespaces are the loop's own, for its code looks names up.
extern "C" int32_t jj_generator_waits(PyThreadState* ts, Frame* fr, PyObject* object, PyObject* code, int32_t index) {
  auto* gen = reinterpret_cast<PyGenObject*>(object);
  if (!Py_IS_TYPE(object, &PyGen_Type) || !vm::can_step(ts, gen, nullptr) || gen_is_new(gen)) return 0;
  if (reinterpret_cast<PyObject*>(gen_code(gen)) != code) return 0;
  CodeData* cd = vm::code_data(gen_code(gen));
  Frame* own = gen_frame(gen);
  if (!cd || !vm::may_enter(ts, cd) || resume_index(own, cd->instr_base) != index) return 0;
  return frame_globals(own) == frame_globals(fr) && frame_builtins(own) == frame_builtins(fr);
}

namespace {

void finish(PyThreadState* ts, PyGenObject* gen) {
  Frame* own = gen_frame(gen);
  gen_enter_within(ts, gen, own);
  PyObject* returned = nullptr;
  vm::finish_run(ts, gen, own, vm::code_data(gen_code(gen)), new_ref(Py_None), nullptr, &returned);
}

}  // namespace

extern "C" void jj_finish_generator(PyThreadState* ts, Frame* fr, PyObject* object, int32_t index) {
  set_ip(fr, index);
  finish(ts, reinterpret_cast<PyGenObject*>(object));
}

extern "C" int32_t jj_finish_quietly(PyThreadState* ts, PyObject* object) {
  auto* gen = reinterpret_cast<PyGenObject*>(object);
  Frame* own = gen_frame(gen);
  if (!is_forgotten(gen) || frame_object_exists(own)) return 0;
  PyObject* const* slots = frame_slots(own);
  if (!std::all_of(slots, slots + vm::code_data(gen_code(gen))->nslots, goes_quietly)) return 0;
  finish(ts, gen);
  return 1;
}

JJ_CHECK_HELPER(jj_generator_waits);
JJ_CHECK_HELPER(jj_finish_generator);
JJ_CHECK_HELPER(jj_finish_quietly);
