// A hand-driven native body: exercises frames, leaving and unwinding of src/vm/ without generated code.
#include <ctime>
#include <variant>
#include <vector>

#include "bytecode/decode.h"
#include "compiler/code_source.h"
#include "runtime/refs.h"
#include "vm/internal.h"

extern "C" int64_t jj_unwind(PyThreadState*, jj::Frame*, jj::CodeData*);
extern "C" PyObject* jj_left_result(PyThreadState*);
extern "C" int32_t jj_poll_slow(PyThreadState*, jj::Frame*, jj::CodeData*, int32_t);
extern "C" PyObject* jj_exit(PyThreadState*, jj::Frame*, jj::CodeData*, int32_t, void*);
extern "C" int32_t jj_poll_pending(PyThreadState*, jj::Frame*, jj::CodeData*, int32_t, void*);

namespace {
using namespace jj;

struct Tables {
  bytecode::Code code;
  std::vector<JJState> states;
  std::vector<int32_t> state_of;
  std::vector<JJRegion> regions;
  CodeData cd{};
  bool reraise = false;
};

// The first re-raise at or after code unit `label`.
const bytecode::Instr* next_reraise(const Tables& t, int64_t label) {
  for (const bytecode::Instr& i : t.code.instrs)
    if (i.index >= label && (i.op == bytecode::Op::Reraise || i.op == bytecode::Op::ReraiseTriple)) return &i;
  return nullptr;
}

// From the start of a `finally` handler to the end of the function, as native code would do it.
PyObject* reraise_from(PyThreadState* ts, Frame* fr, Tables& t, int64_t label) {
  PyObject** base = frame_slots(fr) + t.cd.nslots;
  for ([[maybe_unused]] int round = 0; label >= 0; ++round) {
    const bytecode::Instr* ins = next_reraise(t, label);
    PyObject** sp = base + state_at(&t.cd, ins->index)->depth;
#if PY_VERSION_HEX < 0x030B0000
    sp -= 3;
    PyErr_Restore(sp[2], sp[1], sp[0]);
    vm::reraise = {true, ins->arg != 0, -1};
#else
    PyObject* exc = sp[-1];
    if (round == 0) {  // PUSH_EXC_INFO
      exc = sp[-2];
      Py_INCREF(exc);
      PyObject* old = swap_handled_exception(ts, exc);
      sp[-2] = old ? old : Py_NewRef(Py_None);
    } else {  // COPY 3, POP_EXCEPT
      PyObject* old = swap_handled_exception(ts, Py_NewRef(sp[-3]));
      Py_XDECREF(old);
    }
    restore_exception(ts, exc);
    int lasti = ins->arg ? static_cast<int>(PyLong_AsLong(sp[-1 - ins->arg])) : -1;
    vm::reraise = {true, false, lasti};
#endif
    set_ip(fr, ins->index);
    label = jj_unwind(ts, fr, &t.cd);
  }
  return label == -2 ? jj_left_result(ts) : nullptr;
}

bool build(PyFunctionObject* func, int labels, Tables& t) {
  auto* co = reinterpret_cast<PyCodeObject*>(func->func_code);
  compiler::CodeSource source;
  if (!source.capture(co)) return false;
  const JJCode& c = source.code();
  bytecode::CodeInput in;
  in.python = PY_MAJOR_VERSION * 100 + PY_MINOR_VERSION;
  in.name = c.name;
  in.flags = c.flags;
  in.argcount = c.argcount, in.posonly = c.posonly, in.kwonly = c.kwonly;
  in.nlocals = c.nlocals, in.ncells = c.ncells, in.nfrees = c.nfrees, in.nslots = c.nslots;
  in.stacksize = c.stacksize, in.nconsts = c.nconsts, in.nnames = c.nnames;
  in.code.assign(c.code, c.code + c.code_size);
  if (c.exception_table) in.exception_table.assign(c.exception_table, c.exception_table + c.exception_table_size);
  auto decoded = bytecode::decode(std::move(in));
  if (auto* e = std::get_if<bytecode::DecodeError>(&decoded)) {
    PyErr_SetString(PyExc_RuntimeError, e->message.c_str());
    return false;
  }
  t.code = std::get<bytecode::Code>(std::move(decoded));
  t.state_of.assign(c.code_size / 2, -1);
  for (size_t i = 0; i < t.code.instrs.size(); ++i) {
    const bytecode::Instr& ins = t.code.instrs[i];
    if (t.code.depth[i] < 0) continue;
    JJState s{};
    s.index = ins.index;
    s.resume = ins.boundary ? ins.start : -1;
    s.region = t.code.region_of[i];
    s.depth = static_cast<int16_t>(t.code.depth[i]);
    s.error_depth = static_cast<int16_t>(t.code.depth[i] - bytecode::op_pops(ins));
    s.inlined = s.inside = -1;
    t.state_of[static_cast<size_t>(ins.index)] = static_cast<int32_t>(t.states.size());
    t.states.push_back(s);
  }
  for (const bytecode::Region& r : t.code.regions) {
    JJRegion jr{};
    jr.target = r.target, jr.label = labels ? r.target : -1, jr.parent = r.parent;
    jr.depth = static_cast<int16_t>(r.depth);
    jr.kind = static_cast<uint8_t>(r.kind), jr.push_lasti = r.push_lasti;
    t.regions.push_back(jr);
  }
  CodeData& cd = t.cd;
  cd.code = co, cd.interp = PyInterpreterState_Get();
  cd.instr_base = code_units(co), cd.start = first_instruction(co);
  cd.nslots = c.nslots, cd.stacksize = c.stacksize, cd.argcount = c.argcount;
#if PY_VERSION_HEX >= 0x030B0000
  cd.framesize = code_framesize(co);
#endif
  cd.has_cells = true;
  cd.states = t.states.data(), cd.state_of = t.state_of.data(),
  cd.ncode_units = static_cast<int32_t>(t.state_of.size());
  cd.regions = t.regions.data();
  return true;
}

PyObject* run_at(PyThreadState* ts, Frame* fr, Tables& t, int call_at) {
  CodeData* cd = &t.cd;
  if (call_at < 0) {  // hand the whole function over
    return vm::frame_leave(ts, fr, cd, &t.states[0], false, ExitReason::Other);
  }
#if PY_VERSION_HEX >= 0x030B0000
  PyCodeObject* co = cd->code;  // what COPY_FREE_VARS would have done
  for (int i = 0; i < co->co_nfreevars; ++i) {
    PyObject* cell = PyTuple_GET_ITEM(frame_function(fr)->func_closure, i);
    Py_INCREF(cell);
    frame_slots(fr)[co->co_nlocalsplus - co->co_nfreevars + i] = cell;
  }
#endif
  set_ip(fr, call_at);
  PyObject* r = PyObject_CallNoArgs(frame_slots(fr)[0]);
  if (r) return r;
  int64_t label = jj_unwind(ts, fr, cd);
  if (label == -1) return nullptr;
  if (label == -2) return jj_left_result(ts);
  if (t.reraise) return reraise_from(ts, fr, t, label);
  for (size_t i = 0; i < t.states.size(); ++i)
    if (t.states[i].resume == label) return vm::frame_leave(ts, fr, cd, &t.states[i], false, ExitReason::Other);
  Py_FatalError("label");
}

// run(func, args, call_at, labels, stack): calls args[0] with the frame at instruction call_at, `stack` below it
PyObject* run(PyObject*, PyObject* a) {
  PyObject *func, *args, *stack;
  int call_at, labels;
  if (!PyArg_ParseTuple(a, "OOiiO", &func, &args, &call_at, &labels, &stack)) return nullptr;
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  Tables t;
  if (!build(f, labels, t)) return nullptr;
  t.reraise = labels == 2;
  PyThreadState* ts = thread_state();
  Frame* fr = vm::frame_push(ts, f, &t.cd);
  if (!fr) return PyErr_NoMemory();
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); ++i) {
    PyObject* v = PyTuple_GET_ITEM(args, i);
    Py_INCREF(v);
    frame_slots(fr)[i] = v;
  }
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(stack); ++i) {
    PyObject* v = PyTuple_GET_ITEM(stack, i);
    Py_INCREF(v);
    (frame_slots(fr) + t.cd.nslots)[i] = v;
  }
  if (vm::frame_prologue(fr, f, &t.cd) < 0) return nullptr;
  PyObject* r = run_at(ts, fr, t, call_at);
  vm::frame_end(ts, fr, &t.cd);
  return r;
}

// A new reference, or null for None. [number] is a box that nobody else has.
PyObject* local_value(PyObject* given) {
  if (given == Py_None) return nullptr;
  if (!PyList_CheckExact(given) || PyList_GET_SIZE(given) != 1) return Py_NewRef(given);
  PyObject* number = PyList_GET_ITEM(given, 0);
  if (PyFloat_CheckExact(number)) return PyFloat_FromDouble(PyFloat_AS_DOUBLE(number));
  return PyLong_FromLongLong(PyLong_AsLongLong(number));
}

// What optimised code has in registers: words are ints, floats, (k,) for the object that local k has, or objects.
bool read_words(PyObject* words, Frame* fr, std::vector<int64_t>& buffer) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(words); ++i) {
    PyObject* word = PyTuple_GET_ITEM(words, i);
    int64_t bits;
    double number = PyFloat_CheckExact(word) ? PyFloat_AS_DOUBLE(word) : 0;
    if (PyFloat_CheckExact(word))
      __builtin_memcpy(&bits, &number, sizeof bits);
    else if (PyTuple_CheckExact(word))
      bits = reinterpret_cast<int64_t>(frame_slots(fr)[PyLong_AsLong(PyTuple_GET_ITEM(word, 0))]);
    else
      bits = PyLong_CheckExact(word) ? PyLong_AsLongLong(word) : reinterpret_cast<int64_t>(word);
    buffer.push_back(bits);
  }
  return !PyErr_Occurred();
}

bool read_pendings(PyObject* list, std::vector<JJPending>& pendings) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(list); ++i) {
    JJPending p{};
    int kind;
    if (!PyArg_ParseTuple(PyTuple_GET_ITEM(list, i), "iiii", &p.slot, &kind, &p.word, &p.condition)) return false;
    p.kind = static_cast<uint8_t>(kind);
    pendings.push_back(p);
  }
  return true;
}

// exit(func, args, at, stack, pendings, words, polls): the frame has args for locals (None: unbound) and `stack`; leaves at
// code unit `at` with the pendings, after polling as often at the same place.
PyObject* exit_at(PyObject*, PyObject* a) {
  PyObject *func, *args, *stack, *list, *words;
  int at, polls;
  if (!PyArg_ParseTuple(a, "OOiOOOi", &func, &args, &at, &stack, &list, &words, &polls)) return nullptr;
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  Tables t;
  std::vector<JJPending> pendings;
  std::vector<int64_t> buffer;
  if (!build(f, 0, t) || !read_pendings(list, pendings)) return nullptr;
  int state = 0;  // the first of a fused instruction
  while (t.states[static_cast<size_t>(state)].index != at) ++state;
  t.states[static_cast<size_t>(state)].npending = static_cast<int32_t>(pendings.size());
  t.states[static_cast<size_t>(state)].exit_kind = JJ_EXIT_TYPE;
  t.cd.pendings = pendings.data();
  PyThreadState* ts = thread_state();
  Frame* fr = vm::frame_push(ts, f, &t.cd);
  if (!fr) return PyErr_NoMemory();
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); ++i) frame_slots(fr)[i] = local_value(PyTuple_GET_ITEM(args, i));
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(stack); ++i)
    (frame_slots(fr) + t.cd.nslots)[i] = Py_NewRef(PyTuple_GET_ITEM(stack, i));
  if (!read_words(words, fr, buffer)) Py_FatalError("words");
  PyObject* result = nullptr;
  int answer = 0;
  while (polls-- > 0 && answer == 0) answer = jj_poll_pending(ts, fr, &t.cd, state, buffer.data());
  if (answer == 0) result = jj_exit(ts, fr, &t.cd, state, buffer.data());
  if (answer == 2) result = jj_left_result(ts);
  vm::frame_end(ts, fr, &t.cd);
  PyMem_RawFree(t.cd.exits);
  return result;
}

// The inline test of generated code, from the same description.
bool poll_hit(const JJLayout& l, PyThreadState* ts, CodeData* cd) {
  for (int i = 0; i < l.npolls; ++i) {
    const JJPollTest& p = l.polls[i];
    char* base = p.base == JJ_POLL_INTERP ? reinterpret_cast<char*>(cd->interp)
                 : p.base == JJ_POLL_CODE ? reinterpret_cast<char*>(cd->code)
                                          : reinterpret_cast<char*>(ts);
    if (p.base == JJ_POLL_THREAD_FIELD) base = *reinterpret_cast<char**>(base + p.deref);
    uint64_t value = 0;
    __builtin_memcpy(&value, base + p.offset, static_cast<size_t>(p.width));
    if (value != (p.against_clean ? cd->clean : 0)) return true;
  }
  return false;
}

// spin(func, args, jump_at, seconds*1000): polls at the jump until something other than "go on" comes out.
// ("left", result), ("raised" as exception), or ("time", number of slow polls).
PyObject* spin(PyObject*, PyObject* a) {
  PyObject *func, *args;
  int jump_at, ms;
  if (!PyArg_ParseTuple(a, "OOii", &func, &args, &jump_at, &ms)) return nullptr;
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  Tables t;
  if (!build(f, 0, t)) return nullptr;
  PyThreadState* ts = thread_state();
  JJLayout layout;
  vm::fill_layout(&layout);
  if (!vm::entry_allowed(ts, &t.cd)) return PyUnicode_FromString("not allowed");
  Frame* fr = vm::frame_push(ts, f, &t.cd);
  if (!fr) return PyErr_NoMemory();
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); ++i) {
    Py_INCREF(PyTuple_GET_ITEM(args, i));
    frame_slots(fr)[i] = PyTuple_GET_ITEM(args, i);
  }
  vm::frame_prologue(fr, f, &t.cd);
  timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  PyObject* result = nullptr;
  for (int64_t slow = 0;;) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 > ms) {
      result = Py_BuildValue("(sL)", "time", static_cast<long long>(slow));
      break;
    }
    if (!poll_hit(layout, ts, &t.cd)) continue;
    ++slow;
    int r = jj_poll_slow(ts, fr, &t.cd, jump_at);
    if (r == 1) {
      int64_t label = jj_unwind(ts, fr, &t.cd);
      result = label == -2 ? jj_left_result(ts) : nullptr;
      break;
    }
    if (r == 2) {
      PyObject* left = jj_left_result(ts);
      result = left ? Py_BuildValue("(sN)", "left", left) : nullptr;
      break;
    }
  }
  vm::frame_end(ts, fr, &t.cd);
  return result;
}

PyObject* probe(PyObject*, PyObject*) {
  const char* m = vm::probe();
  if (!m) Py_RETURN_NONE;
  return PyUnicode_FromString(m);
}
PyObject* recursion(PyObject*, PyObject*) {
  PyThreadState* ts = thread_state();
#if PY_VERSION_HEX < 0x030B0000
  return PyLong_FromLong(ts->recursion_depth);
#elif PY_VERSION_HEX < 0x030C0000
  return PyLong_FromLong(ts->recursion_remaining);
#else
  return Py_BuildValue("ii", ts->py_recursion_remaining, ts->c_recursion_remaining);
#endif
}
PyObject* low(PyObject*, PyObject*) { return PyBool_FromLong(vm::stack_low()); }

PyObject* pass_on(PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  return vm::call_original(thread_state(), func, args, nargsf, kwnames);
}
int64_t calls_seen = 0;
PyObject* count_call(PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  ++calls_seen;
  return pass_on(func, args, nargsf, kwnames);
}
PyObject* install(PyObject*, PyObject* f) {
  vm::install(reinterpret_cast<PyFunctionObject*>(f), count_call);
  Py_RETURN_NONE;
}
PyObject* uninstall(PyObject*, PyObject* f) {
  vm::uninstall(reinterpret_cast<PyFunctionObject*>(f));
  Py_RETURN_NONE;
}
PyObject* seen(PyObject*, PyObject*) { return PyLong_FromLongLong(calls_seen); }

PyMethodDef methods[] = {{"run", run, METH_VARARGS, nullptr},
                         {"probe", probe, METH_NOARGS, nullptr},
                         {"recursion", recursion, METH_NOARGS, nullptr},
                         {"spin", spin, METH_VARARGS, nullptr},
                         {"exit", exit_at, METH_VARARGS, nullptr},
                         {"low", low, METH_NOARGS, nullptr},
                         {"install", install, METH_O, nullptr},
                         {"uninstall", uninstall, METH_O, nullptr},
                         {"seen", seen, METH_NOARGS, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyModuleDef module_def = {PyModuleDef_HEAD_INIT, "vmtest", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_vmtest() {
  if (const char* wrong = jj::runtime_init()) {
    PyErr_SetString(PyExc_RuntimeError, wrong);
    return nullptr;
  }
  if (!jj::vm::init()) return nullptr;
  return PyModule_Create(&module_def);
}
