// Finds functions for the process-wide mode on each version.
#include "vm/discovery.h"

#include "vm/entry.h"
#include "vm/internal.h"
#include "vm/vm.h"

#if PY_VERSION_HEX < 0x030C0000
#include <pthread.h>
#include <time.h>

#include <atomic>
#include <mutex>
#endif

namespace jj::vm {

bool hook_stays = false;
#if PY_VERSION_HEX < 0x030B0000
_PyFrameEvalFunction usual_evaluator = _PyEval_EvalFrameDefault;
#elif PY_VERSION_HEX < 0x030C0000
_PyFrameEvalFunction usual_evaluator = nullptr;
#endif

namespace {

Discovery active{};

#if PY_VERSION_HEX >= 0x030C0000

int watcher = -1;

int on_function_event(PyFunction_WatchEvent event, PyFunctionObject* func, PyObject*) {
  if (event == PyFunction_EVENT_CREATE && active.created) active.created(func);
  return 0;
}

#else

bool hook_set = false;
_PyFrameEvalFunction next_hook = nullptr;
int64_t window_end = 0;
std::atomic<bool> window_asked{false};
std::mutex asking;  // guards what follows, and is held while the sampler's thread is inside Python
bool sampling = false, has_sampler = false;
constexpr long kPeriodMs = 100, kWindowMs = 10;

int64_t now_ms() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * int64_t{1000} + t.tv_nsec / 1000000;
}

PyObject* hook(PyThreadState* ts, Frame* fr, int throwing);

void set_hook(bool on) {
  if (on == hook_set) return;
  PyInterpreterState* interp = PyInterpreterState_Get();
  if (on)
    next_hook = _PyInterpreterState_GetEvalFrameFunc(interp);
  else if (_PyInterpreterState_GetEvalFrameFunc(interp) != hook)
    return;  // someone hooked in after us
  _PyInterpreterState_SetEvalFrameFunc(interp, on ? hook : next_hook);
  hook_set = on;
  if (next_hook == _PyEval_EvalFrameDefault) usual_evaluator = interp->eval_frame;  // else there is somebody
}

// The call that the hook was asked to run is that of a plain function at its first instruction.
bool at_start(Frame* fr) {
#if PY_VERSION_HEX >= 0x030B0000
  return fr->owner == FRAME_OWNED_BY_THREAD && get_ip(fr) == -1;
#else
  return get_ip(fr) == -1 && !fr->f_gen;
#endif
}

// The function to run: the frame's own (3.11), or, as 3.10 frames do not know theirs, one that has all a frame needs (cells
// are already in the frame). Nobody else is to see that one, so the collector does not know it.
class RunnableFunction {
 public:
  explicit RunnableFunction(Frame* fr) : func_(reinterpret_cast<PyObject*>(frame_function(fr))) {
    if (func_) {
      Py_INCREF(func_);
      return;
    }
    func_ = PyFunction_New(reinterpret_cast<PyObject*>(frame_code(fr)), frame_globals(fr));
    hidden_ = func_ != nullptr;
    if (!hidden_) {
      PyErr_Clear();
      return;
    }
    PyObject_GC_UnTrack(func_);
    Py_XSETREF(get()->func_builtins, Py_NewRef(frame_builtins(fr)));  // may be others than the module's are by now
  }
  ~RunnableFunction() {
    if (hidden_) PyObject_GC_Track(func_);
    Py_XDECREF(func_);
  }
  RunnableFunction(const RunnableFunction&) = delete;
  RunnableFunction& operator=(const RunnableFunction&) = delete;
  PyFunctionObject* get() const { return reinterpret_cast<PyFunctionObject*>(func_); }

 private:
  PyObject* func_;
  bool hidden_ = false;
};

// Little C stack is left: without the hook the interpreter's own calls nest without using it (3.11).
PyObject* run_unhooked(PyThreadState* ts, Frame* fr) {
  bool was_set = hook_set;
  set_hook(false);
  PyObject* result = _PyEval_EvalFrameDefault(ts, fr, 0);
  if (was_set && (active.called || kHookOnly)) set_hook(true);
  return result;
}

bool run_native(PyThreadState* ts, Frame* fr, PyObject** result) {
  CodeData* cd = active.called(frame_code(fr), frame_function(fr));
  if (!cd || !entry_allowed(ts, cd)) return false;
  RunnableFunction func(fr);
  return func.get() && run_instead(ts, fr, func.get(), cd, result);
}

PyObject* hook(PyThreadState* ts, Frame* fr, int throwing) {
  constexpr int kFunction = CO_OPTIMIZED | CO_NEWLOCALS;
  if (!hook_stays && now_ms() > window_end) set_hook(false);
  if (!throwing && (frame_code(fr)->co_flags & kFunction) == kFunction && at_start(fr)) {
    PyObject* result = nullptr;
    if (stack_low()) return run_unhooked(ts, fr);
    if (active.called && run_native(ts, fr, &result)) return result;
  }
  return next_hook(ts, fr, throwing);
}

int open_window(void*) {
  window_asked = false;
  if (!active.called || hook_stays) return 0;
  window_end = now_ms() + kWindowMs;
  set_hook(true);
  return 0;
}

// A pending call can be asked for without the GIL, but not of an interpreter that is being taken down. False: to end.
bool ask_for_window() {
  std::lock_guard lock(asking);
  has_sampler = sampling;
  if (sampling && Py_IsInitialized() && !window_asked.exchange(true) && Py_AddPendingCall(open_window, nullptr) != 0)
    window_asked = false;
  return sampling;
}

void* sample(void*) {
  timespec pause{0, kPeriodMs * 1000000};
  do nanosleep(&pause, nullptr);
  while (ask_for_window());
  return nullptr;
}

// The lock is held.
void start_sampler() {
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  has_sampler = pthread_create(&thread, &attributes, sample, nullptr) == 0;
  pthread_attr_destroy(&attributes);
}

// Threads do not survive a fork, and in the child nobody would give back what they hold.
void before_fork() { asking.lock(); }
void after_fork_in_parent() { asking.unlock(); }
void after_fork_in_child() {
  window_asked = false;
  if (sampling) start_sampler();
  asking.unlock();
}

// From here on the sampler asks for nothing.
void stop_sampling() {
  std::lock_guard lock(asking);
  sampling = false;
}

PyObject* at_exit(PyObject*, PyObject*) {
  stop_sampling();
  Py_RETURN_NONE;
}

// At the beginning of the process's end, while the interpreter is whole.
bool stop_at_exit() {
  static PyMethodDef method{"stop_sampling", at_exit, METH_NOARGS, nullptr};
  PyObject* callback = PyCFunction_New(&method, nullptr);
  PyObject* module = callback ? PyImport_ImportModule("atexit") : nullptr;
  PyObject* registered = module ? PyObject_CallMethod(module, "register", "O", callback) : nullptr;
  Py_XDECREF(callback);
  Py_XDECREF(module);
  Py_XDECREF(registered);
  return registered != nullptr;
}

bool start_sampling() {
  static bool prepared = false;
  if (!prepared) {
    if (!stop_at_exit()) return false;
    prepared = true;
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  }
  std::lock_guard lock(asking);
  sampling = true;
  if (!has_sampler) start_sampler();
  return true;
}

#endif

}  // namespace

bool start_discovery(const Discovery& discovery, [[maybe_unused]] bool exact) {
  active = discovery;
#if PY_VERSION_HEX >= 0x030C0000
  if (watcher < 0) watcher = PyFunction_AddWatcher(on_function_event);
  return watcher >= 0;
#else
  hook_stays = exact || kHookCounts || kHookOnly;  // else it opens for short windows
  if (!hook_stays) {
    open_window(nullptr);
    return start_sampling();
  }
  stop_sampling();
  set_hook(true);
  return true;
#endif
}

void stop_discovery() {
  active = Discovery{};
#if PY_VERSION_HEX >= 0x030C0000
  if (watcher >= 0) PyFunction_ClearWatcher(watcher);
  watcher = -1;
#else
  stop_sampling();
  hook_stays = kHookOnly;
  set_hook(kHookOnly);
#endif
}

void keep_hook() {
#if PY_VERSION_HEX < 0x030C0000
  hook_stays = true;
  set_hook(true);
#endif
}

}  // namespace jj::vm
