// Makes the object that a call of a suspending function gives, for callers that are native: what the interpreter does
// between the call and the first instruction that can be seen, without entering it.
#include "runtime/compat/gens.h"
#include "vm/entry.h"
#include "vm/gen_pool.h"
#include "vm/generators.h"
#include "vm/internal.h"

namespace jj::vm {

namespace {

bool takes_plainly(PyFunctionObject* func, const CodeData* cd, Py_ssize_t nargs) {
  return !cd->kwonly && takes_positionally(func, cd, nargs);
}

// Into empty slots; false with or without an exception set: only the interpreter can tell.
template <bool kMoves>
bool fill_arguments(PyObject** slots, PyFunctionObject* func, const CodeData* cd, const Arguments& given) {
  if (given.names || given.keywords || !takes_plainly(func, cd, given.nargs))
    return bind_everything(func, cd, given, slots);
  for (Py_ssize_t i = 0; i < given.nargs; ++i) slots[i] = kMoves ? given.args[i] : new_ref(given.args[i]);
  fill_positional_defaults(slots, func, cd, given.nargs);
  return true;
}

#if PY_VERSION_HEX < 0x030B0000

constexpr bool kMakesByMoving = false;
bool has_cells(const CodeData* cd) { return cd->has_cells; }

template <bool>
PyObject* make(PyThreadState* ts, PyFunctionObject* func, CodeData* cd, const Arguments& given) {
  Frame* fr = make_frame(ts, func, cd->code);
  if (!fr) return nullptr;
  fr->f_state = FRAME_CREATED;
  fr->f_stackdepth = 0;
  if (!fill_arguments<false>(fr->f_localsplus, func, cd, given) || frame_prologue(fr, func, cd) != 0) {
    Py_DECREF(fr);
    return nullptr;
  }
  Py_CLEAR(fr->f_back);
  auto create = cd->flags & CO_COROUTINE         ? PyCoro_New
                : cd->flags & CO_ASYNC_GENERATOR ? PyAsyncGen_New
                                                 : PyGen_NewWithQualName;
  PyObject* gen = create(fr, func->func_name, func->func_qualname);  // takes the frame over
  if (gen) PyObject_GC_Track(fr);
  return gen;
}

#else

constexpr bool kMakesByMoving = true;
bool has_cells(const CodeData* cd) {  // arguments that are cells included
  return cd->code->co_ncellvars + cd->code->co_nfreevars > 0;
}

// Cells and free variables, as the instructions before the suspension make them.
bool make_cells(Frame* fr, PyFunctionObject* func, const CodeData* cd) {
  const char* kinds = PyBytes_AS_STRING(cd->code->co_localspluskinds);
  Py_ssize_t next_free = 0;
  for (int i = 0; i < cd->nslots; ++i) {
    PyObject** slot = &fr->localsplus[i];
    if (kinds[i] & CO_FAST_FREE) *slot = new_ref(PyTuple_GET_ITEM(func->func_closure, next_free++));
    if (!(kinds[i] & CO_FAST_CELL)) continue;
    PyObject* cell = PyCell_New(*slot);
    if (!cell) return false;
    Py_XSETREF(*slot, cell);
  }
  return true;
}

PyGenObject* allocate(PyThreadState* ts, PyFunctionObject* func, const CodeData* cd) {
  PyTypeObject* type = cd->flags & CO_COROUTINE         ? &PyCoro_Type
                       : cd->flags & CO_ASYNC_GENERATOR ? &PyAsyncGen_Type
                                                        : &PyGen_Type;
  const Py_ssize_t words = frame_words(cd->code);
  PyGenObject* gen = type == &PyAsyncGen_Type ? nullptr : pooled_generator(ts, type, words);
  if (!gen && !(gen = PyObject_GC_NewVar(PyGenObject, type, words))) return nullptr;
  gen->gi_frame_state = FRAME_CLEARED;
#if PY_VERSION_HEX < 0x030C0000
  gen->gi_code = cd->code;
  Py_INCREF(cd->code);
#endif
  gen->gi_weakreflist = nullptr;
  gen->gi_exc_state = {};
  gen->gi_name = new_ref(func->func_name);
  gen->gi_qualname = new_ref(func->func_qualname);
  gen->gi_origin_or_finalizer = nullptr;
  gen->gi_closed = gen->gi_hooks_inited = gen->gi_running_async = 0;
  return gen;
}

template <bool kMoves>
PyObject* make(PyThreadState* ts, PyFunctionObject* func, CodeData* cd, const Arguments& given) {
  if (ts->coroutine_origin_tracking_depth) return nullptr;
  PyGenObject* gen = allocate(ts, func, cd);
  if (!gen) return nullptr;
  Frame* fr = gen_frame(gen);
  if (!kMoves) Py_INCREF(func);
  frame_init(fr, func, cd->code, cd->start);
  fr->owner = FRAME_OWNED_BY_GENERATOR;
  fr->previous = nullptr;
  fr->stacktop = cd->nslots;
  set_resume_ip(fr, cd->entries[0].index);
  for (int i = kMoves ? cd->argcount : 0; i < cd->nslots; ++i) fr->localsplus[i] = nullptr;
  gen->gi_frame_state = FRAME_CREATED;
  bool good = fill_arguments<kMoves>(fr->localsplus, func, cd, given);
  good = good && (kMoves || !has_cells(cd) || make_cells(fr, func, cd));
  auto* object = reinterpret_cast<PyObject*>(gen);
  gc_track(ts, object);
  if (good) return object;
  gen->gi_frame_state = FRAME_COMPLETED;  // it is never to run, nor to warn
  Py_DECREF(object);
  return nullptr;
}

#endif

}  // namespace

PyObject* make_generator(PyThreadState* ts, PyFunctionObject* func, CodeData* cd, const Arguments& given, bool* moved) {
  if (moved) *moved = false;
  if (!recursion_room(ts) || ts->interp != home_interpreter) return nullptr;
  PyObject* made;
  // Making cells and binding may fail, with nobody left to own the arguments.
  if (moved && kMakesByMoving && !has_cells(cd) && takes_plainly(func, cd, given.nargs)) {
    *moved = true;
    made = make<true>(ts, func, cd, given);
  } else {
    made = make<false>(ts, func, cd, given);
  }
  if (!made) PyErr_Clear();  // the call finds out itself
  return made;
}

}  // namespace jj::vm
