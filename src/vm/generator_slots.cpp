// The slots by which the interpreter and C code resume generators, coroutines and the steps of async generators.
#include <cstddef>
#include <cstring>

#include "vm/gen_inl.h"
#include "vm/internal.h"
#include "vm/loop_trial.h"

#include <opcode.h>

namespace jj::vm {

// From the start: native code resumes generators that are not native before any slot is replaced.
sendfunc original_send = PyGen_Type.tp_as_async->am_send;

namespace {

iternextfunc original_next = nullptr, original_wrapper_next = nullptr, original_asend_next = nullptr;
PyCFunction original_gen_send = nullptr, original_wrapper_send = nullptr, original_asend_send = nullptr;

PyGenObject* as_gen(PyObject* o) { return reinterpret_cast<PyGenObject*>(o); }

// Runs `interpreted`, the interpreter's own slot. With little C stack left, C code that calls Python again and again has
// to end where the stack does; native runs have not counted for it.
template <class Step>
inline auto leave_to_interpreter(PyThreadState* ts, Step interpreted) {
  if (!stack_low()) [[likely]]
    return interpreted();
  int excess = c_recursion_room(ts) - c_calls_left();
  c_recursion_give_back(ts, excess > 0 ? -excess : 0);
  auto result = interpreted();
  c_recursion_give_back(ts, excess > 0 ? excess : 0);
  return result;
}

// Whether the interpreter's own slot is to be called at once: the generator does not wait, or its code has no native code
// or is better off interpreted. `by_loop`: an interpreted for loop may be who asks.
inline bool is_left(PyObject* gen, bool by_loop) {
  if (kCountsC && stack_low()) return false;
  if (!gen_waits(as_gen(gen))) return true;
  const CodeData* cd = code_data(gen_code(as_gen(gen)));
  if (!cd || !cd->body) return !first_resume;
  return resumed_by(cd, Resumer::Other) == kByInterpreter &&
         (!by_loop || resumed_by(cd, Resumer::Loop) == kByInterpreter);
}

// The counter of the interpreted for loop that asks for a resume and could do it itself, or null.
inline _Py_CODEUNIT* asking_loop([[maybe_unused]] PyThreadState* ts) {
#if PY_VERSION_HEX >= 0x030C0000
  Frame* caller = current_frame(ts);
  if (!caller || caller->owner == FRAME_OWNED_BY_CSTACK || caller->stacktop == kRunsNatively) return nullptr;
  _Py_CODEUNIT* unit = frame_instruction(caller);
  return unit->op.code == FOR_ITER ? unit + 1 : nullptr;
#else
  return nullptr;
#endif
}
inline Resumer resumer(const _Py_CODEUNIT* loop) { return loop ? Resumer::Loop : Resumer::Other; }

// Interpreted for loops over exact generators turn into an instruction that resumes inline, by the interpreter. As long as
// what they resume is native, the loop's counter is kept from getting there.
inline void keep_loop_general(_Py_CODEUNIT* loop) {
  constexpr uint16_t backoff_bits = 15, iterations = 1023 << 4, few = 512 << 4;
  uint16_t counter;
  std::memcpy(&counter, loop, sizeof counter);
  if (counter >= few) return;
  counter = static_cast<uint16_t>((counter & backoff_bits) | iterations);
  std::memcpy(loop, &counter, sizeof counter);
}

// Protocol of tp_iternext: a return value other than None is left in a StopIteration.
PyObject* next_result(PySendResult outcome, PyObject* value) {
  if (outcome == PYGEN_NEXT) [[likely]]
    return value;
  if (outcome == PYGEN_RETURN) {
    if (value != Py_None) _PyGen_SetStopIterationValue(value);
    Py_DECREF(value);
  }
  return nullptr;
}

// Protocol of send(): always a StopIteration at the end.
PyObject* send_result(PySendResult outcome, PyObject* value) {
  if (outcome == PYGEN_NEXT) [[likely]]
    return value;
  if (outcome == PYGEN_RETURN) {
    value == Py_None ? PyErr_SetNone(PyExc_StopIteration) : (void)_PyGen_SetStopIterationValue(value);
    Py_DECREF(value);
  }
  return nullptr;
}

// It is not known yet who resumes this code better for who asks, or it is the interpreter. `native` and `interpreted` do it.
template <class Native, class Interpreted>
[[gnu::noinline]] auto judged(CodeData* cd, Resumer who, Native native, Interpreted interpreted) {
  JudgedResume resume = begin_resume(cd, who);
  if (!resume.timed) return resume.interpreted ? interpreted() : native();
  PyCodeObject* code = cd->code;
  Py_INCREF(code);
  auto result = resume.interpreted ? interpreted() : native();
  end_resume(resume, code_data(code) == cd ? cd : nullptr);
  Py_DECREF(code);
  return result;
}
template <class Native, class Interpreted>
inline auto resume_either_way(CodeData* cd, Resumer who, Native native, Interpreted interpreted) {
  if (resumed_by(cd, who) == kByNative) [[likely]]
    return native();
  return judged(cd, who, native, interpreted);
}

[[gnu::noinline]] PySendResult send_natively(PyObject* self, PyObject* arg, PyObject** result) {
  PyThreadState* ts = thread_state();
  ResumePoint at;
  if (!can_step_from_c(ts, as_gen(self), arg) || !find_entry(ts, as_gen(self), &at)) [[unlikely]]
    return send_interpreted(ts, self, arg, result);
  return resume_either_way(
      at.cd, Resumer::Other, [&] { return run_step_from_c(ts, as_gen(self), at, arg, result); },
      [&] { return send_interpreted(ts, self, arg, result); });
}

PySendResult gen_am_send(PyObject* self, PyObject* arg, PyObject** result) {
  return is_left(self, false) ? original_send(self, arg, result) : send_natively(self, arg, result);
}

[[gnu::noinline]] PyObject* next_natively(PyObject* self) {
  PyThreadState* ts = thread_state();
  ResumePoint at;
  auto interpreted = [=] { return leave_to_interpreter(ts, [self] { return original_next(self); }); };
  if (!can_step_from_c(ts, as_gen(self), nullptr) || !find_entry(ts, as_gen(self), &at)) [[unlikely]]
    return interpreted();
  _Py_CODEUNIT* loop = asking_loop(ts);
  if (loop && resumed_by(at.cd, Resumer::Loop) != kByInterpreter) keep_loop_general(loop);
  auto native = [&] {
    PyObject* value;
    PySendResult outcome = run_step_from_c(ts, as_gen(self), at, nullptr, &value);
    return next_result(outcome, value);
  };
  return resume_either_way(at.cd, resumer(loop), native, interpreted);
}

[[gnu::noinline]] PyObject* end_next(PyGenObject* gen, CodeData* cd, PyObject* value) {
  PyObject* returned = nullptr;
  const PySendResult outcome = finish_run(thread_state(), gen, gen_frame(gen), cd, value, nullptr, &returned);
  return next_result(outcome, returned);
}

[[gnu::noinline]] PyObject* next_somehow(PyObject* self) {
  return is_left(self, !kResumesAreSeen) ? original_next(self) : next_natively(self);
}

PyObject* gen_next(PyObject* self) {
  PyThreadState* ts = thread_state();
  PyGenObject* gen = as_gen(self);
  CodeData* cd = gen_waits(gen) ? code_data(gen_code(gen)) : nullptr;
  const bool native = cd && resumed_by(cd, Resumer::Other) == kByNative && resumed_by(cd, Resumer::Loop) == kByNative;
  const bool here = native && ts->interp == home_interpreter && c_recursion_allows(ts, kUnitsOfLoop);
  const int32_t entry = here ? usual_entry(ts, gen, cd) : 0;
  if (entry <= 0) return next_somehow(self);
  if (_Py_CODEUNIT* loop = asking_loop(ts)) keep_loop_general(loop);
  c_recursion_give_back(ts, -kUnitsOfLoop);
  PyObject* value = run_from(ts, gen, cd, entry);
  c_recursion_give_back(ts, kUnitsOfLoop);
  return run_suspended(gen, gen_frame(gen)) ? value : end_next(gen, cd, value);
}

PyObject* gen_send(PyObject* self, PyObject* arg) {
  if (is_left(self, false)) return original_gen_send(self, arg);
  PyThreadState* ts = thread_state();
  ResumePoint at;
  auto interpreted = [=] { return leave_to_interpreter(ts, [=] { return original_gen_send(self, arg); }); };
  if (!can_step_from_c(ts, as_gen(self), arg) || !find_entry(ts, as_gen(self), &at)) [[unlikely]]
    return interpreted();
  auto native = [&] {
    PyObject* value;
    PySendResult outcome = run_step_from_c(ts, as_gen(self), at, arg, &value);
    return send_result(outcome, value);
  };
  return resume_either_way(at.cd, Resumer::Other, native, interpreted);
}

PyObject* wrapper_next(PyObject* self) {
  return gen_next(reinterpret_cast<PyObject*>(reinterpret_cast<CoroutineWrapper*>(self)->coroutine));
}
PyObject* wrapper_send(PyObject* self, PyObject* arg) {
  return gen_send(reinterpret_cast<PyObject*>(reinterpret_cast<CoroutineWrapper*>(self)->coroutine), arg);
}

PyObject* asend_next(PyObject* self) {
  PyThreadState* ts = thread_state();
  PySendResult outcome;
  PyObject* result;
  if (step_async_gen(ts, reinterpret_cast<AsyncGenSend*>(self), nullptr, &outcome, &result)) [[likely]]
    return send_result(outcome, result);
  return leave_to_interpreter(ts, [self] { return original_asend_next(self); });
}
PyObject* asend_send(PyObject* self, PyObject* arg) {
  PyThreadState* ts = thread_state();
  PySendResult outcome;
  PyObject* result;
  if (step_async_gen(ts, reinterpret_cast<AsyncGenSend*>(self), arg, &outcome, &result)) [[likely]]
    return send_result(outcome, result);
  return leave_to_interpreter(ts, [=] { return original_asend_send(self, arg); });
}

// -- replacing

// The descriptor behind type.__next__, which calls the slot that it was made for.
PyWrapperDescrObject* find_next_wrapper(PyTypeObject* type) {
  PyObject* found = PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "__next__");
  if (!found) {
    PyErr_Clear();
    return nullptr;
  }
  auto* wrapper = reinterpret_cast<PyWrapperDescrObject*>(found);
  bool good =
      Py_IS_TYPE(found, &PyWrapperDescr_Type) && wrapper->d_wrapped == reinterpret_cast<void*>(type->tp_iternext);
  Py_DECREF(found);  // the type holds it
  return good ? wrapper : nullptr;
}

// All that is replaced on one type.
struct Replacement {
  PyTypeObject* type;
  iternextfunc next;
  PyCFunction send;
  iternextfunc* original_next;
  PyCFunction* original_send;
  PyMethodDef* method = nullptr;
  PyWrapperDescrObject* wrapper = nullptr;

  bool find() {
    method = find_method(type, "send", METH_O);
    wrapper = next ? find_next_wrapper(type) : nullptr;
    return method && (wrapper || !next);
  }
  void replace() {
    *original_send = method->ml_meth;
    method->ml_meth = send;
    if (!next) return;
    *original_next = type->tp_iternext;
    type->tp_iternext = next;
    wrapper->d_wrapped = reinterpret_cast<void*>(next);
  }
};

// Objects whose types and layouts no header names.
struct Samples {
  PyObject *coroutine = nullptr, *wrapper = nullptr, *async_gen = nullptr, *step = nullptr, *value = nullptr;
  PyObject *globals = PyDict_New(), *module = nullptr;

  // The code is not run as a module: a tracer would see that.
  Samples() {
    module = Py_CompileString("async def c(): pass\nasync def a(): yield 1\n", "justjit", Py_file_input);
    coroutine = make("c");
    async_gen = make("a");
    if (!coroutine || !async_gen) return;
    wrapper = PyObject_CallMethod(coroutine, "__await__", nullptr);
    reinterpret_cast<PyAsyncGenObject*>(async_gen)->ag_hooks_inited = 1;  // no event loop is to hear of it
    step = PyObject_CallMethod(async_gen, "asend", "O", globals);
    if (original_send(async_gen, Py_None, &value) != PYGEN_NEXT) value = nullptr;
  }
  ~Samples() {
    if (step && layout_known()) reinterpret_cast<AsyncGenSend*>(step)->state = kAwaitClosed;  // no warning
    PyObject* closed = coroutine ? PyObject_CallMethod(coroutine, "close", nullptr) : nullptr;
    for (PyObject* o : {closed, value, step, async_gen, wrapper, coroutine, globals, module}) Py_XDECREF(o);
    PyErr_Clear();
  }
  Samples(const Samples&) = delete;
  Samples& operator=(const Samples&) = delete;

  // The generator of the function called `name` in the module.
  PyObject* make(const char* name) {
    PyObject* made = nullptr;
    PyObject* consts = module ? reinterpret_cast<PyCodeObject*>(module)->co_consts : nullptr;
    for (Py_ssize_t i = 0; consts && globals && !made && i < PyTuple_GET_SIZE(consts); ++i) {
      PyObject* code = PyTuple_GET_ITEM(consts, i);
      if (!PyCode_Check(code)) continue;
      if (PyUnicode_CompareWithASCIIString(reinterpret_cast<PyCodeObject*>(code)->co_name, name) != 0) continue;
      PyObject* function = PyFunction_New(code, globals);
      made = function ? original_vectorcall(function, nullptr, 0, nullptr) : nullptr;  // compiles nothing
      Py_XDECREF(function);
    }
    return made;
  }
  bool layout_known() const {
    if (!wrapper || !step || !value) return false;
    auto* asend = reinterpret_cast<AsyncGenSend*>(step);
    auto* gen = reinterpret_cast<PyGenObject*>(coroutine);
    return reinterpret_cast<PyObject*>(asend->gen) == async_gen && asend->value == globals &&
           asend->state == kAwaitNew && Py_IS_TYPE(step, &_PyAsyncGenASend_Type) &&
           reinterpret_cast<CoroutineWrapper*>(wrapper)->coroutine == gen &&
           PyLong_CheckExact(reinterpret_cast<AsyncGenValue*>(value)->value) && gen_waits(gen) && gen_is_new(gen) &&
           resume_index(gen_frame(gen), code_units(gen_code(gen))) >= 0 &&
           PyGen_Type.tp_as_async->am_send == PyCoro_Type.tp_as_async->am_send;
  }
};

const char* replace_slots(const Samples& samples) {
  if (!samples.layout_known()) return "generators are laid out differently from what this build knows";
  static Replacement all[] = {
      {&PyGen_Type, gen_next, gen_send, &original_next, &original_gen_send},
      {&PyCoro_Type, nullptr, gen_send, nullptr, &original_gen_send},
      {Py_TYPE(samples.wrapper), wrapper_next, wrapper_send, &original_wrapper_next, &original_wrapper_send},
      {&_PyAsyncGenASend_Type, asend_next, asend_send, &original_asend_next, &original_asend_send},
  };
  for (Replacement& r : all)
    if (!r.find()) return "the slots of generators are not where this build expects them";
  for (Replacement& r : all) r.replace();
  PyGen_Type.tp_as_async->am_send = gen_am_send;
  PyCoro_Type.tp_as_async->am_send = gen_am_send;
  async_gen_value_type = Py_TYPE(samples.value);
  replace_generator_dealloc();
  replace_generator_close();
  return nullptr;
}

}  // namespace

PyMethodDef* find_method(PyTypeObject* type, const char* name, int flags) {
  for (PyMethodDef* row = type->tp_methods; row && row->ml_name; ++row)
    if (std::strcmp(row->ml_name, name) == 0 && row->ml_flags == flags) return row;
  return nullptr;
}

void replace_method(PyTypeObject* type, const char* name, int flags, PyCFunction* original, PyCFunction replacement) {
  PyMethodDef* method = find_method(type, name, flags);
  if (!method) return;
  *original = method->ml_meth;
  method->ml_meth = replacement;
}

PySendResult send_interpreted(PyThreadState* ts, PyObject* gen, PyObject* arg, PyObject** result) {
  return leave_to_interpreter(ts, [=] { return original_send(gen, arg, result); });
}

const char* replace_generator_slots() {
  static bool done = false;
  static const char* reason = nullptr;
  if (done) return reason;
  PyThreadState* ts = thread_state();
  home_interpreter = ts->interp;
  pause_tracing(ts);
  {
    Samples samples;
    reason = replace_slots(samples);
  }
  go_on_tracing(ts);
  done = true;
  return reason;
}

}  // namespace jj::vm
