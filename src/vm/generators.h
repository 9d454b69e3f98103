// Native runs of generators, coroutines and async generators: resuming, suspending, finishing.
//
// The objects stay the interpreter's. Native code belongs to the code object; the slots through which the interpreter
// resumes are replaced once, and go natively where there is native code for the place at which the generator waits.
#pragma once
#include "runtime/abi.h"
#include "vm/entry.h"

namespace jj::vm {

// Parts of replace_generator_slots.
void replace_generator_dealloc();
void replace_generator_close();
PyMethodDef* find_method(PyTypeObject* type, const char* name, int flags);  // null: there is none
// Of the type's own methods, also where it was looked up before.
void replace_method(PyTypeObject* type, const char* name, int flags, PyCFunction* original, PyCFunction replacement);
// Replaces the slots, once per process. Null when they are replaced, else why they cannot be.
const char* replace_generator_slots();

// A consumer (runtime/consumers.h), as far as generators know it: native code hands items to it before it suspends.
// Between it and who does so there may be generators that only pass items on.
struct Passer {
  CodeData* cd;
  const Passer* outer;
};
struct Feeding {
  PyThreadState* ts = nullptr;
  const Passer* passers = nullptr;
};
bool watched(const Feeding& feeding);  // somebody watches one of these

// One step of an exact generator, coroutine or async generator, with am_send's protocol. `arg` is borrowed or null.
// `feeding`: of the generator that delegates to it, or null.
PySendResult resume_generator(PyThreadState* ts, PyObject* gen, PyObject* arg, PyObject** result,
                              Feeding* feeding = nullptr);
// The same for what asend() and __anext__() of an async generator return.
PySendResult resume_asend(PyThreadState* ts, PyObject* asend, PyObject* arg, PyObject** result);
// The object that calling a function with suspending native code gives, or null: nothing was done, the function has to be
// called. Arguments and function are borrowed; `moved` not null: says whether it took the caller's references instead.
PyObject* make_generator(PyThreadState* ts, PyFunctionObject* func, CodeData* cd, const Arguments& given, bool* moved);
extern PyInterpreterState* home_interpreter;  // whose code objects may have native code
// The next value of an exact generator for a for loop of native code: null at its end (the return value is dropped), and
// that where an exception is set.
PyObject* const kIterationFailed = reinterpret_cast<PyObject*>(1);
PyObject* generator_item(PyThreadState* ts, PyObject* gen);
// The same at the end of a run of its body, which has returned `value`.
PyObject* item_of_run(PyObject* gen, CodeData* cd, PyObject* value);

// The same for a consumer, with am_send's protocol.
PySendResult feed_generator(PyThreadState* ts, PyObject* gen, Feeding* consumer, PyObject** result);

// Where every first resume comes by the slots (up to 3.11; later interpreters resume inline), the first resume of a
// generator without native code may ask for some. Null: nobody is asked.
constexpr bool kResumesAreSeen = PY_MINOR_VERSION <= 11;
using FirstResume = CodeData* (*)(PyCodeObject*);  // native code to use, or null
extern FirstResume first_resume;

extern PyTypeObject* async_gen_value_type;    // what `yield` of async generators makes; known once slots are replaced
PyObject* wrap_async_value(PyObject* value);  // makes one; null with a Python exception set

ResumePlace* make_resume_places(const CodeData* cd);  // to be freed; null without memory

// Where `yield from` and `await` delegate to native code, that is resumed without running what delegates (delegation.cpp).
// When it returns or raises, its delegator goes on natively and finds the outcome here instead of sending.
struct Delegated {
  Frame* fr = nullptr;  // of the delegator; null: nothing waits
  PySendResult outcome;
  PyObject* value;
};
extern Delegated delegated;

}  // namespace jj::vm

extern "C" PyObject* jj_suspend(PyThreadState* ts, jj::Frame* fr, jj::CodeData* cd, PyObject* value, uint32_t site,
                                int32_t depth);
