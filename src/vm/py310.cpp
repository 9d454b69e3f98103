// Living inside CPython 3.10: heap frames, a block stack, exceptions as triples.
#include <cstddef>

#include "runtime/compat/gens.h"
#include "vm/internal.h"

namespace jj::vm {

namespace {

constexpr int block_finally = 122;  // SETUP_FINALLY, as the interpreter stores it
constexpr int block_handler = 257;  // EXCEPT_HANDLER

int nesting(const CodeData* cd, int region) {
  int n = 0;
  for (; region >= 0; region = cd->regions[region].parent) ++n;
  return n;
}

PyObject* owned(PyObject* o) {
  Py_XINCREF(o);
  return o;
}

}  // namespace

Frame* make_frame(PyThreadState* ts, PyFunctionObject* func, PyCodeObject* code) {
  auto fr = static_cast<PyFrameObject*>(code->co_zombieframe);
  if (!fr) {
    fr = PyFrame_New(ts, code, func->func_globals, nullptr);
    if (!fr) {
      PyErr_Clear();
      return nullptr;
    }
    PyObject_GC_UnTrack(fr);
    Py_XSETREF(fr->f_builtins, owned(func->func_builtins));
    return fr;
  }
  code->co_zombieframe = nullptr;  // the code object keeps one dead frame for reuse
  _Py_NewReference(reinterpret_cast<PyObject*>(fr));
  fr->f_back = reinterpret_cast<PyFrameObject*>(owned(reinterpret_cast<PyObject*>(ts->frame)));
  fr->f_code = reinterpret_cast<PyCodeObject*>(owned(reinterpret_cast<PyObject*>(code)));
  fr->f_builtins = owned(func->func_builtins);
  fr->f_globals = owned(func->func_globals);
  fr->f_locals = nullptr;
  fr->f_trace = nullptr;
  fr->f_trace_lines = 1;
  fr->f_trace_opcodes = 0;
  fr->f_gen = nullptr;
  fr->f_lasti = -1;
  fr->f_lineno = 0;
  fr->f_iblock = 0;
  return fr;
}

int frame_prologue(Frame* fr, PyFunctionObject* func, CodeData* cd) {
  if (!cd->has_cells) return 0;
  PyCodeObject* code = cd->code;
  PyObject** slots = fr->f_localsplus;
  Py_ssize_t ncells = PyTuple_GET_SIZE(code->co_cellvars), nfrees = PyTuple_GET_SIZE(code->co_freevars);
  for (Py_ssize_t i = 0; i < ncells; ++i) {
    PyObject** arg = nullptr;
    if (code->co_cell2arg && code->co_cell2arg[i] != CO_CELL_NOT_AN_ARG) arg = &slots[code->co_cell2arg[i]];
    PyObject* cell = PyCell_New(arg ? *arg : nullptr);
    if (!cell) return -1;
    if (arg) Py_CLEAR(*arg);
    slots[code->co_nlocals + i] = cell;
  }
  for (Py_ssize_t i = 0; i < nfrees; ++i)
    slots[code->co_nlocals + ncells + i] = owned(PyTuple_GET_ITEM(func->func_closure, i));
  return 0;
}

PyObject* run_interpreter(PyThreadState* ts, Frame* fr, CodeData* cd, int ip, int depth, bool throwing) {
  set_stack_depth(fr, cd->code, depth);
  throwing ? set_ip(fr, ip) : set_resume_ip(fr, ip);
  recursion_leave(ts);
  bool hidden = hide_call_event(ts);  // entering reports a call
  PyObject* result = _PyEval_EvalFrameDefault(ts, fr, throwing);
  if (hidden) show_call_events(ts);
  if (PyGenObject* gen = frame_generator(fr))
    gen_end_interpreted(ts, gen, fr);
  else
    drop_frame(ts, fr);
  return result;
}

// Blocks that handle an exception keep the index of its raise where it was written when they were entered.
void rebuild_blocks(Frame* fr, const CodeData* cd, int region) {
  int level = nesting(cd, region);
  fr->f_iblock = level;
  for (; region >= 0; region = cd->regions[region].parent) {
    const JJRegion& r = cd->regions[region];
    PyTryBlock& block = fr->f_blockstack[--level];
    bool handler = r.kind == JJ_REGION_EXCEPT310;
    block.b_type = handler ? block_handler : block_finally;
    if (!handler) block.b_handler = r.target;
    block.b_level = r.depth;
  }
}

void suspend_blocks(Frame* fr, const CodeData* cd, int index, bool delegating) {
  const JJState* state = state_at(cd, delegating ? index : index - 1);
  if (!state) Py_FatalError("JustJIT: a frame was suspended where no frame state was recorded");
  rebuild_blocks(fr, cd, state->region);
}

// YIELD_FROM cannot be run again for its value, so the events that end it are sent from here.
PyObject* suspend_traced(PyThreadState* ts, Frame* fr, CodeData* cd, PyObject* value, const Suspension& at) {
  PyGenObject* gen = frame_generator(fr);
  if (forced_exits_on) forget_frame(fr);
  suspend_blocks(fr, cd, at.index, at.delegating);
  gen_set_suspended(gen, fr, cd->instr_base, cd->nslots, at.index, at.depth, at.delegating);
  if (!send_return_events(ts, fr, value)) {
    Py_CLEAR(value);
    fr->f_state = FRAME_RAISED;
  }
  gen_leave(ts, gen, fr);
  gen_unlink(fr);
  return value;
}

int block_lasti(Frame* fr, const CodeData* cd, int region) {
  return region < 0 ? -1 : fr->f_blockstack[nesting(cd, region) - 1].b_handler;
}

void enter_handler_block(Frame* fr, const CodeData* cd, const JJRegion* region) {
  fr->f_blockstack[nesting(cd, region->parent)] = {block_handler, fr->f_lasti, region->depth};
}

void push_handler_block(Frame* fr, const CodeData*, const JJRegion* region) {
  fr->f_blockstack[fr->f_iblock++] = {block_handler, fr->f_lasti, region->depth};
}

PyObject** push_handler_entries(PyThreadState* ts, Frame*, const JJRegion*, PyObject** sp) {
  _PyErr_StackItem* info = ts->exc_info;
  *sp++ = info->exc_traceback;
  *sp++ = info->exc_value;
  *sp++ = info->exc_type ? info->exc_type : owned(Py_None);
  PyObject *type, *value, *tb;
  PyErr_Fetch(&type, &value, &tb);
  PyErr_NormalizeException(&type, &value, &tb);
  PyException_SetTraceback(value, tb ? tb : Py_None);
  info->exc_type = owned(type);
  info->exc_value = owned(value);
  info->exc_traceback = tb;
  *sp++ = owned(tb ? tb : Py_None);
  *sp++ = value;
  *sp++ = type;
  return sp;
}

PyObject** pop_except310(PyThreadState* ts, Frame* fr, int depth, PyObject** sp) {
  sp = cut_stack(sp, fr->f_valuestack + depth + 3);
  _PyErr_StackItem* info = ts->exc_info;
  PyObject *type = info->exc_type, *value = info->exc_value, *tb = info->exc_traceback;
  info->exc_type = *--sp;
  info->exc_value = *--sp;
  info->exc_traceback = *--sp;
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(tb);
  return sp;
}

void push_reraised(PyThreadState*, PyObject** sp) {
  PyObject *type, *value, *tb;
  PyErr_Fetch(&type, &value, &tb);
  sp[0] = tb ? tb : owned(Py_None);
  sp[1] = value;
  sp[2] = type;
}

void raise_unbound_local(PyCodeObject* code, int slot) {
  PyErr_Format(PyExc_UnboundLocalError, "local variable '%U' referenced before assignment",
               PyTuple_GET_ITEM(code->co_varnames, slot));
}

void add_traceback(PyThreadState*, Frame* fr) { PyTraceBack_Here(fr); }

int serve_requests(PyThreadState* ts) {
  auto& ceval = ts->interp->ceval;
  if (!ceval.eval_breaker._value) return 0;
  if (Py_MakePendingCalls() < 0) return 1;
  yield_gil_if_asked(ceval.gil_drop_request._value != 0);
  return ts->async_exc ? 2 : 0;
}

void fill_polls(JJLayout* layout) {
  layout->frame_slots = offsetof(PyFrameObject, f_localsplus);
  layout->frame_ip = offsetof(PyFrameObject, f_lasti);
  layout->ip_is_index = 1;
  layout->npolls = 2;
  layout->polls[0] = {JJ_POLL_INTERP, 0, offsetof(PyInterpreterState, ceval.eval_breaker), 4, 0};
  layout->polls[1] = {JJ_POLL_THREAD_FIELD, offsetof(PyThreadState, cframe), offsetof(CFrame, use_tracing), 4, 0};
}

namespace {

// In place of sys._clear_type_cache, which would begin to count type versions from 0 again: numbers that caches know
// would come to stand for other types.
PyObject* forget_types(PyObject*, PyObject*) {
  PyType_Modified(&PyBaseObject_Type);
  Py_RETURN_NONE;
}

}  // namespace

bool init_version() {
  PyObject* clear = PySys_GetObject("_clear_type_cache");
  if (clear && PyCFunction_CheckExact(clear) && PyCFunction_GET_FLAGS(clear) == METH_NOARGS)
    reinterpret_cast<PyCFunctionObject*>(clear)->m_ml->ml_meth = forget_types;
  return true;
}

const char* probe_version(Frame* fr, PyObject* func) {
  if (fr->f_valuestack != fr->f_localsplus + code_nlocalsplus(fr->f_code))
    return "frames are not laid out as in 3.10.13";
  if (reinterpret_cast<PyFunctionObject*>(func)->func_builtins != fr->f_builtins)
    return "functions are not laid out as in 3.10.13";
  return nullptr;
}

void mark_as_called(PyFunctionObject* func, vectorcallfunc entry) { func->vectorcall = entry; }
void unmark_as_called(PyFunctionObject* func) { func->vectorcall = original_vectorcall; }

}  // namespace jj::vm
