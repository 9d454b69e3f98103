// What the shared parts of vm/ need from the one py31x.cpp that is built, and from each other.
#pragma once
#include "vm/frame_inl.h"

namespace jj::vm {

// -- py31x.cpp
// Runs the interpreter on the frame and returns its result; the frame is gone afterwards. Not throwing: `ip` is the
// next instruction. Throwing: the pending exception is raised at instruction `ip`.
PyObject* run_interpreter(PyThreadState* ts, Frame* fr, CodeData* cd, int ip, int depth, bool throwing);
void fill_polls(JJLayout* layout);
// Serves signals, pending calls, requests for the GIL and the like. 0 served, 1 exception set, 2 only by leaving.
int serve_requests(PyThreadState* ts);
bool init_version();                                                // false with a Python exception set
const char* probe_version(Frame* fr, PyObject* func);               // null or what differs
void mark_as_called(PyFunctionObject* func, vectorcallfunc entry);  // install, uninstall
void unmark_as_called(PyFunctionObject* func);
#if PY_VERSION_HEX >= 0x030D0000
void forget_inlined_calls(PyFunctionObject* func);  // where call sites run an initialiser without looking at its entry
#else
inline void forget_inlined_calls(PyFunctionObject*) {}
#endif

// 3.10: writes the frame's block stack as the interpreter would have it inside `region`; others: nothing.
void rebuild_blocks(Frame* fr, const CodeData* cd, int region);
// 3.10: writes it as it is when the frame suspends and goes on at `index`; others: nothing.
#if PY_VERSION_HEX < 0x030B0000
void suspend_blocks(Frame* fr, const CodeData* cd, int index, bool delegating);
constexpr bool kHasBlocks = true;
inline void forget_blocks(Frame* fr) { fr->f_iblock = 0; }  // the same where there are none
#else
constexpr bool kHasBlocks = false;
inline void forget_blocks(Frame*) {}
inline void suspend_blocks(Frame*, const CodeData*, int, bool) {}
#endif
// The same for a frame that a tool watches by now: the tool is told. What the body returns.
struct Suspension {
  int index, depth;  // where it goes on, with how many stack entries below what is sent
  bool delegating;
};
PyObject* suspend_traced(PyThreadState* ts, Frame* fr, CodeData* cd, PyObject* value, const Suspension& at);
// 3.10: the index of the instruction that raised what the handler block `region` handles; others: -1.
int block_lasti(Frame* fr, const CodeData* cd, int region);
// 3.10: notes a just entered handler block in the frame (its place is its nesting depth); others: nothing.
void enter_handler_block(Frame* fr, const CodeData* cd, const JJRegion* region);
// 3.10: puts the handler block on top of rebuilt blocks; others: nothing.
void push_handler_block(Frame* fr, const CodeData* cd, const JJRegion* region);

// Gives the consumed operands of a RERAISE back to the stack (from the pending exception).
void push_reraised(PyThreadState* ts, PyObject** sp);

void raise_unbound_local(PyCodeObject* code, int slot);  // the version's own words

// -- discovery.cpp
extern bool hook_stays;  // 3.11: the interpreter inlines no calls, so entries are honoured

// -- install.cpp
bool ready_function_type();

// -- exits.cpp
bool leaving_where_new();  // see leave_where_new
void add_new_exit();

// -- poll.cpp
void yield_gil_if_asked(bool asked);

// -- stack.cpp
PyObject* deferred_value(const JJDeferred& d, PyObject* const* slots, const CodeData* cd);  // a new reference, or null
PyObject** cut_stack(PyObject** sp, PyObject** to);  // releases entries from the top down to `to`

// -- exits.cpp
struct Place {  // where the interpreter takes over: see run_interpreter
  int index;    // instruction that was left at
  int ip, depth;
  bool throwing;
};
// Leaves native code: the interpreter's result. The frame needs its stack and blocks complete and is gone afterwards; its
// code object stays until end_call, as native code returns into it.
PyObject* hand_over(PyThreadState* ts, Frame* fr, CodeData* cd, const Place& at, ExitReason reason);
void set_left_result(PyObject* result);
void count_exit(CodeData* cd, int index, ExitReason reason);
void count_raised(CodeData* cd, int index);  // by an instruction of profiled code, and handled there

// -- object_layout.cpp
void fill_object_layout(JJLayout* layout);

// -- call_watch.cpp: while sys.monitoring reports calls, install and uninstall only note what is to be
#if PY_VERSION_HEX >= 0x030C0000
extern bool entries_suspended;
void remember_entry(PyFunctionObject* func, vectorcallfunc entry);
void forget_entry(PyFunctionObject* func);
bool init_call_watch();  // false with a Python exception set
#else
constexpr bool entries_suspended = false;
inline void remember_entry(PyFunctionObject*, vectorcallfunc) {}
inline void forget_entry(PyFunctionObject*) {}
inline bool init_call_watch() { return true; }
#endif

// -- trace_events.cpp
bool hide_call_event(PyThreadState* ts);  // the next `call` event of this thread, if it is traced
void show_call_events(PyThreadState* ts);
// A call through `args` has returned. 3.12: line events of an interpreted caller depend on whether it ran the call inline,
// as it does with functions that have no entry of ours.
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
void stand_behind_call(PyThreadState* ts, PyObject* func, PyObject* const* args);
#else
inline void stand_behind_call(PyThreadState*, PyObject*, PyObject* const*) {}
#endif

#if PY_VERSION_HEX < 0x030B0000
// Tells tracer and profiler that the running frame returns `value`, or yields it. False: an exception is pending.
bool send_return_events(PyThreadState* ts, PyFrameObject* fr, PyObject* value);
#endif
void pause_tracing(PyThreadState* ts);  // no events at all, until go_on_tracing
void go_on_tracing(PyThreadState* ts);

// -- platform_*.cpp
struct StackBounds {
  uintptr_t low, high;
};
StackBounds c_stack_bounds();  // of this thread; low == 0: unknown
// The offset from the thread pointer at which the library containing `code` has its only thread-local word of value
// `value`, if it is the same in all threads; else 0.
ptrdiff_t thread_word_offset(const void* code, const void* value);

}  // namespace jj::vm
