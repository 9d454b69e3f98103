// Delegating to generators and awaitables, asynchronous iteration and context managers.
#include "runtime/calls.h"
#include "runtime/compat/gens.h"
#include "runtime/consumers.h"
#include "runtime/ops.h"
#include "vm/generators.h"
#include "vm/vm.h"

namespace jj::ops {
namespace {

// SEND of these versions takes the receiver that has returned off the stack.
constexpr bool kDropsFinishedReceiver = PY_MINOR_VERSION < 12;

bool is_awaitable_generator(PyObject* o) {
  return PyGen_CheckExact(o) && gen_code(reinterpret_cast<PyGenObject*>(o))->co_flags & CO_ITERABLE_COROUTINE;
}
bool is_coroutine(PyObject* o) { return PyCoro_CheckExact(o) || is_awaitable_generator(o); }

// What `await` iterates for `o`, owned; null with a TypeError when there is no such thing.
PyObject* awaitable_iterator(PyObject* o) {
  if (is_coroutine(o)) return new_ref(o);
  PyTypeObject* type = Py_TYPE(o);
  if (!type->tp_as_async || !type->tp_as_async->am_await) {
    PyErr_Format(PyExc_TypeError, "object %.100s can't be used in 'await' expression", type->tp_name);
    return nullptr;
  }
  PyObject* iterator = type->tp_as_async->am_await(o);
  if (!iterator) return nullptr;
  bool coroutine = is_coroutine(iterator);
  if (!coroutine && PyIter_Check(iterator)) return iterator;
  if (coroutine)
    PyErr_SetString(PyExc_TypeError, "__await__() returned a coroutine");
  else
    PyErr_Format(PyExc_TypeError, "__await__() returned non-iterator of type '%.100s'", Py_TYPE(iterator)->tp_name);
  Py_DECREF(iterator);
  return nullptr;
}

// The interpreter's own answer to what a coroutine is waiting for.
getter find_cr_await() {
  PyGetSetDef* row = PyCoro_Type.tp_getset;
  while (PyUnicode_CompareWithASCIIString(JJ_NAME("cr_await"), row->name) != 0) ++row;
  return row->get;
}

bool is_awaited(PyObject* coroutine) {
  static const getter cr_await = find_cr_await();
  auto* gen = reinterpret_cast<PyGenObject*>(coroutine);
  if (!gen_waits(gen) || gen_is_new(gen)) return false;
  PyObject* awaited = cr_await(coroutine, nullptr);
  Py_DECREF(awaited);
  return awaited != Py_None;
}

// An object that no __await__ is for came from the method that an `async with` has called: 1 __aenter__, 2 __aexit__.
void name_giver(PyTypeObject* type, int giver) {
  if (giver == 0 || (type->tp_as_async && type->tp_as_async->am_await)) return;
  PyErr_Format(PyExc_TypeError, "'async with' received an object from %s that does not implement __await__: %.100s",
               giver == 1 ? "__aenter__" : "__aexit__", type->tp_name);
}

unaryfunc async_next_of(PyObject* o) {
  PyAsyncMethods* methods = Py_TYPE(o)->tp_as_async;
  return methods ? methods->am_anext : nullptr;
}

PyObject* async_iterator(PyObject* o) {
  PyTypeObject* type = Py_TYPE(o);
  if (!type->tp_as_async || !type->tp_as_async->am_aiter) {
    PyErr_Format(PyExc_TypeError, "'async for' requires an object with __aiter__ method, got %.100s", type->tp_name);
    return nullptr;
  }
  PyObject* iterator = type->tp_as_async->am_aiter(o);
  if (!iterator || async_next_of(iterator)) return iterator;
  PyErr_Format(PyExc_TypeError,
               "'async for' received an object from __aiter__ that does not implement __anext__: %.100s",
               Py_TYPE(iterator)->tp_name);
  Py_DECREF(iterator);
  return nullptr;
}

// What awaiting the next item of an asynchronous iterator iterates, owned.
PyObject* next_awaitable(PyObject* iterator) {
  unaryfunc next = async_next_of(iterator);
  if (!next) {
    PyErr_Format(PyExc_TypeError, "'async for' requires an iterator with __anext__ method, got %.100s",
                 Py_TYPE(iterator)->tp_name);
    return nullptr;
  }
  PyObject* item = next(iterator);
  if (!item || PyAsyncGen_CheckExact(iterator)) return item;
  PyObject* awaitable = awaitable_iterator(item);
  if (!awaitable)
    _PyErr_FormatFromCause(PyExc_TypeError, "'async for' received an invalid object from __anext__: %.100s",
                           Py_TYPE(item)->tp_name);
  Py_DECREF(item);
  return awaitable;
}

PySendResult send(PyThreadState* ts, PyObject* receiver, PyObject* value, PyObject** result, vm::Feeding* feeding) {
  if (PyGen_CheckExact(receiver) || PyCoro_CheckExact(receiver))
    return vm::resume_generator(ts, receiver, value, result, feeding);
  if (Py_IS_TYPE(receiver, &_PyAsyncGenASend_Type)) return vm::resume_asend(ts, receiver, value, result);
  return PyIter_Send(receiver, value, result);
}

// A receiver has returned and tracing was switched on meanwhile: the interpreter goes on where that leads to.
int leave_behind_send(const Args& o) {
  if (kDropsFinishedReceiver) {
    Py_DECREF(o.sp[-2]);
    o.sp[-2] = o.sp[-1];
  }
  vm::reraise.done = kDropsFinishedReceiver ? 0 : 1;
  vm::reraise.next = o.arg2;
  return -1;
}

int send_on(const Args& o, vm::Feeding* feeding) {
  PyObject *value = o.top(), *result;
  PySendResult what;
  if (vm::delegated.fr == o.fr) {
    vm::delegated.fr = nullptr;
    what = vm::delegated.outcome;
    result = vm::delegated.value;
  } else {
    what = send(o.ts, o.top(2), value, &result, feeding);
  }
  Py_DECREF(value);
  if (what == PYGEN_ERROR) return -1;
  o.sp[-1] = result;
  if (what == PYGEN_NEXT) return 0;
  return calls::traced_since(o.ts, o.fr) ? leave_behind_send(o) : 1;
}

// Whether the consumer takes what lies on top of the stack; None is sent instead then.
bool hand_over_top(void* consumer, PyObject** sp) {
  if (!jj_feed(consumer, sp[-1])) return false;
  Py_SETREF(sp[-1], new_ref(Py_None));
  return true;
}

}  // namespace

}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

JJ_STACK_OP(jj_op_get_yield_from_iter) {
  PyObject* iterable = o.top();
  if (PyGen_CheckExact(iterable)) return 0;
  if (!PyCoro_CheckExact(iterable)) {
    if (replace(o, 1, PyObject_GetIter(iterable)) < 0) return -1;
    return finish(o, 1);
  }
  if (frame_code(o.fr)->co_flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE)) return 0;
  PyErr_SetString(PyExc_TypeError, "cannot 'yield from' a coroutine object in a non-coroutine generator");
  return consume(o, 1, -1);
}

JJ_STACK_OP(jj_op_get_awaitable) {
  PyObject* awaited = o.top();
  bool is_itself = PyCoro_CheckExact(awaited);
  if (!is_itself) {
    PyObject* iterator = awaitable_iterator(awaited);
    if (!iterator) name_giver(Py_TYPE(awaited), o.arg);
    if (replace(o, 1, iterator) < 0) return -1;
    awaited = iterator;
  }
  if (PyCoro_CheckExact(awaited) && is_awaited(awaited)) {
    Py_DECREF(awaited);
    PyErr_SetString(PyExc_RuntimeError, "coroutine is being awaited already");
    return -1;
  }
  return is_itself ? 0 : finish(o, 1);
}

JJ_STACK_OP(jj_op_get_aiter) {
  if (replace(o, 1, async_iterator(o.top())) < 0) return -1;
  return finish(o, 1);
}

JJ_STACK_OP(jj_op_get_anext) {
  if (push(o, next_awaitable(o.top())) < 0) return -1;
  return finish(o, 1);
}

JJ_STACK_OP(jj_op_async_gen_wrap) { return replace(o, 1, vm::wrap_async_value(o.top())); }

JJ_STACK_OP(jj_op_send) { return send_on(o, nullptr); }

// What the receiver yields would only be passed on: the consumer gets it, and the receiver goes on, as when both had been
// suspended and resumed (which polls nothing here).
extern "C" int jj_send_feeding(PyThreadState* ts, Frame* fr, PyObject** sp, void* consumer, int next, int idx) {
  set_ip(fr, idx);
  auto* feeding = static_cast<vm::Feeding*>(consumer);
  const vm::Passer passer = {vm::code_data(frame_code(fr)), feeding->passers};
  if (!passer.cd) feeding = nullptr;
  int status;
  do {
    if (feeding) feeding->passers = &passer;
    status = send_on({ts, fr, sp, 0, next, idx}, feeding);
    if (feeding) feeding->passers = passer.outer;
  } while (status == 0 && feeding && !calls::traced_since(ts, fr) && hand_over_top(consumer, sp));
  return status;
}
JJ_CHECK_HELPER(jj_send_feeding);

// receiver value exception -> None result
JJ_STACK_OP(jj_op_cleanup_throw) {
  PyObject* exc = o.top();
  if (!PyErr_GivenExceptionMatches(exc, PyExc_StopIteration)) {
    restore_exception(o.ts, exc);
    vm::reraise.active = true;
    return -1;
  }
  PyObject* result = new_ref(reinterpret_cast<PyStopIterationObject*>(exc)->value);
  release(o.sp - 3, o.sp);
  o.sp[-3] = new_ref(Py_None);
  o.sp[-2] = result;
  return 0;
}

// 3.10: iterator, the exception handled before, exception; three entries each. Later: iterator exception.
JJ_STACK_OP(jj_op_end_async_for) {
  const bool triples = o.arg != 0;
  if (!PyErr_GivenExceptionMatches(o.top(), PyExc_StopAsyncIteration)) {
    if (triples)
      PyErr_Restore(o.top(1), o.top(2), o.top(3));
    else
      restore_exception(o.ts, o.top());
    vm::reraise.active = true;
    return -1;
  }
  if (!triples) return consume(o, 2, 0);
  release(o.sp - 3, o.sp);
  int status = set_handled_triple(o.ts, o.top(4), o.top(5), o.top(6));
  Py_DECREF(o.top(7));
  return status;
}
