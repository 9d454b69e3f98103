// Living inside one CPython version: frames, leaving to the interpreter, unwinding, polling, function entry.
//
// vm/py31x.cpp implements the parts that differ; exactly one of them is built. exits.cpp, stack.cpp and entry.cpp hold
// what all versions share.
#pragma once
#include "runtime/abi.h"

namespace jj::vm {

// -- start-up
// Checks that the struct layouts this module was compiled with are those of the running interpreter and that every
// internal it needs is there. Returns null when all is well, else a sentence (static storage) naming the mismatch.
const char* probe();
bool init();                         // after probe; false with a Python exception set
void fill_layout(JJLayout* layout);  // core/api.h

// -- frames
// Pushes a complete frame for calling `func` (borrowed) natively: linked, locals null, recursion unit taken, on 3.10
// also cells and free variables prepared after arguments are in place (see frame_prologue). Returns null without an
// exception when there is no room (caller falls back to the interpreter) .
Frame* frame_push(PyThreadState* ts, PyFunctionObject* func, CodeData* cd);
// 3.10: makes cells and free variables once the arguments are stored; a no-op on 3.11+ (bytecode does it). -1 = error.
int frame_prologue(Frame* fr, PyFunctionObject* func, CodeData* cd);
// Ends a native call. A frame whose body returned natively (value stack empty) is popped: unlinked, the recursion unit
// given back, locals released; an escaped frame object takes the contents over. Keeps a pending exception.
void frame_end(PyThreadState* ts, Frame* fr, CodeData* cd);

// Hands the frame to the interpreter at `state` (deferred entries are made real first) and returns its result; the
// frame is gone afterwards. throwing: an exception is pending and is to be raised at that instruction.
PyObject* frame_leave(PyThreadState* ts, Frame* fr, CodeData* cd, const JJState* state, bool throwing,
                      ExitReason reason);

// How many calls of this code the thread is in, counted up to `most`.
int calls_under_way(PyThreadState* ts, PyCodeObject* code, int most);

void materialise(Frame* fr, CodeData* cd, const JJState* state, int depth);  // deferred entries below depth -> slots
void add_traceback(PyThreadState* ts, Frame* fr);
// Pushes what a handler of `region` finds on the stack above `sp` (consumes the pending exception); new top, or null.
PyObject** push_handler_entries(PyThreadState* ts, Frame* fr, const JJRegion* region, PyObject** sp);
PyObject** pop_except310(PyThreadState* ts, Frame* fr, int depth, PyObject** sp);  // 3.10 EXCEPT_HANDLER block

// How the exception that jj_unwind is about to handle was raised, set by the re-raising stack helpers right before they
// return -1: no traceback entry is added, and (3.11+, lasti >= 0, or 3.10, from_block) the frame's instruction pointer
// goes back to the original raise.
// done > 0 or next >= 0: nothing was raised. The instruction is over, its `done` results are on the stack, and the interpreter goes
// on behind it, because tracing was switched on meanwhile.
// suspended >= 0: the exception was thrown into a frame that waited behind this instruction, with `depth` entries on its
// stack.
struct Reraise {
  bool active = false;
  bool from_block = false;
  int lasti = -1;
  int done = 0;
  int next = -1;  // where the interpreter goes on after all, if not behind it
  int suspended = -1, depth = 0;
};
extern Reraise reraise;

// -- may native code run now?
bool entry_allowed(PyThreadState* ts,
                   CodeData* cd);  // false: tracing/monitoring is on for this code, or recursion limit hit
bool tracing_active(PyThreadState* ts, CodeData* cd);
// sys.monitoring tools (bit per tool id) whose events native code need not send: our own. 3.12+.
extern uint8_t ignored_tools;
// Handles what the poll found, with the ip at idx. 0 nothing or handled, 1 exception set, 2 must leave.
int handle_pending(PyThreadState* ts, CodeData* cd);

// -- C stack
extern __thread uintptr_t stack_mark __attribute__((tls_model("initial-exec")));  // highest address until first asked
bool stack_low_slow();
int c_calls_left();        // how many nested interpreter loops the rest of the C stack bears
inline bool stack_low() {  // below the low-water mark of this thread's C stack
  return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < stack_mark && stack_low_slow();
}

// -- function entry
extern vectorcallfunc original_vectorcall;  // the interpreter's own
extern PyTypeObject JitFunction_Type;       // 3.11, and __init__ on 3.13: a function the interpreter calls
// The type of functions that have native code, initialisers apart.
inline PyTypeObject& native_function_type() { return PY_MINOR_VERSION == 11 ? JitFunction_Type : PyFunction_Type; }
inline bool is_function(PyObject* o) { return PyFunction_Check(o) || Py_IS_TYPE(o, &JitFunction_Type); }
void install(PyFunctionObject* func, vectorcallfunc entry);        // entry is honoured by every way of calling func
void install_fresh(PyFunctionObject* func, vectorcallfunc entry);  // the same for one just made, in no class yet
void uninstall(PyFunctionObject* func);
bool installed(PyFunctionObject* func, vectorcallfunc entry);
PyObject* referent(PyObject* weak);  // owned, or null; an exception may be pending, and stays so
// 3.13: giving an __init__ the interpreter's entry, or taking that from it, makes the interpreter forget what it knows of
// all its classes. That is worth it once.
inline bool keeps_entry(PyFunctionObject* func) {
  return PY_MINOR_VERSION >= 13 && Py_IS_TYPE(reinterpret_cast<PyObject*>(func), &JitFunction_Type);
}

// Runs an exact interpretation of the function, giving back the C-recursion units that nesting costs on 3.12+.
PyObject* call_original(PyThreadState* ts, PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames);

// Forced exits (testing): leave at the n-th executed boundary of each call. n == 0: off; n < 0: seeded at random.
void set_forced_exit(int64_t n, uint64_t seed);
// Leave, or enter again, at every boundary where nothing has done so before; so does optimised code that leaves at random.
void leave_where_new();
uint64_t count_new_exits();

// Optimised code made for it leaves at random (testing); 0: not.
void set_deopt_stress(uint64_t seed);
int usable_cpus();  // that this process may run on

}  // namespace jj::vm
