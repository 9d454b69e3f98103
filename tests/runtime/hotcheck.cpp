// A module that calls the runtime's hot helpers one at a time, on a frame of its own making (see test_hot_*.py).
#include "runtime/caches.h"
#include "runtime/refs.h"
#include "runtime/signature.h"

#include <cstdlib>
#include <map>
#include <string>

using namespace jj;

extern "C" {
#define BINARY(name)                                                  \
  PyObject* jj_binary_##name(Frame*, PyObject*, PyObject*, uint32_t); \
  int jj_binary_##name##_into(Frame*, PyObject*, PyObject*, uint32_t, int, int);
#define COND(name) int jj_cond_##name(Frame*, PyObject*, PyObject*, uint32_t);
#define ALL_BINARY(X) \
  X(add) X(and) X(floordiv) X(lshift) X(matmul) X(mul) X(mod) X(or) X(pow) X(rshift) X(sub) X(truediv) X(xor)
#define ALL_COND(X) X(lt) X(le) X(eq) X(ne) X(gt) X(ge)
ALL_BINARY(BINARY)
ALL_COND(COND)
PyObject* jj_unary(Frame*, PyObject*, uint32_t, int);
PyObject* jj_compare(Frame*, PyObject*, PyObject*, uint32_t, int);
int jj_contains(Frame*, PyObject*, PyObject*, uint32_t);
int jj_truth(Frame*, PyObject*, uint32_t);
PyObject* jj_subscr(Frame*, PyObject*, PyObject*, uint32_t);
int jj_store_subscr(Frame*, PyObject*, PyObject*, PyObject*, uint32_t);
PyObject* jj_load_global(Frame*, Cache*, uint32_t);
PyObject* jj_load_attr(Frame*, PyObject*, Cache*, uint32_t);
int jj_store_attr(Frame*, PyObject*, PyObject*, Cache*, uint32_t);
int jj_load_method_null_first(Frame*, PyObject*, Cache*, PyObject**, uint32_t);
int jj_load_method_self_second(Frame*, PyObject*, Cache*, PyObject**, uint32_t);
PyObject* jj_get_iter(Frame*, PyObject*, uint32_t);
PyObject* jj_iter_next(Frame*, PyObject*, int);
int jj_iter_next_into(Frame*, PyObject*, int, int, int);
}
#define MATCHES(name)                  \
  JJ_HELPER_MATCHES(jj_binary_##name); \
  JJ_HELPER_MATCHES(jj_binary_##name##_into);
ALL_BINARY(MATCHES)
#undef MATCHES
#define MATCHES(name) JJ_HELPER_MATCHES(jj_cond_##name);
ALL_COND(MATCHES)
#undef MATCHES
JJ_HELPER_MATCHES(jj_unary);
JJ_HELPER_MATCHES(jj_compare);
JJ_HELPER_MATCHES(jj_contains);
JJ_HELPER_MATCHES(jj_truth);
JJ_HELPER_MATCHES(jj_subscr);
JJ_HELPER_MATCHES(jj_store_subscr);
JJ_HELPER_MATCHES(jj_load_global);
JJ_HELPER_MATCHES(jj_load_attr);
JJ_HELPER_MATCHES(jj_store_attr);
JJ_HELPER_MATCHES(jj_load_method_null_first);
JJ_HELPER_MATCHES(jj_load_method_self_second);
JJ_HELPER_MATCHES(jj_get_iter);
JJ_HELPER_MATCHES(jj_iter_next);
JJ_HELPER_MATCHES(jj_iter_next_into);

namespace {

using Binary = PyObject* (*)(Frame*, PyObject*, PyObject*, uint32_t);
using Into = int (*)(Frame*, PyObject*, PyObject*, uint32_t, int, int);
using Cond = int (*)(Frame*, PyObject*, PyObject*, uint32_t);
#define ROW(name) {#name, jj_binary_##name},
const std::map<std::string, Binary> kBinary = {ALL_BINARY(ROW)};
#undef ROW
#define ROW(name) {#name, jj_binary_##name##_into},
const std::map<std::string, Into> kInto = {ALL_BINARY(ROW)};
#undef ROW
#define ROW(name) {#name, jj_cond_##name},
const std::map<std::string, Cond> kCond = {ALL_COND(ROW)};

// The head of the caller's frame with slots of our own.
class FakeFrame {
 public:
  FakeFrame() {
    Frame* real = current_frame(PyThreadState_Get());
    size_t head = reinterpret_cast<char*>(frame_slots(real)) - reinterpret_cast<char*>(real);
    frame_ = static_cast<Frame*>(std::calloc(1, head + 8 * sizeof(PyObject*)));
    std::memcpy(static_cast<void*>(frame_), real, head);
    site_ = static_cast<uint32_t>(get_ip(real)) << 4;
  }
  ~FakeFrame() {
    for (int i = 0; i < 8; ++i) Py_XDECREF(frame_slots(frame_)[i]);
    std::free(frame_);
  }
  FakeFrame(const FakeFrame&) = delete;
  Frame* get() { return frame_; }
  PyObject** slots() { return frame_slots(frame_); }
  uint32_t site(int flags) const { return site_ | static_cast<uint32_t>(flags); }
  int index() const { return static_cast<int>(site_ >> 4); }

 private:
  Frame* frame_;
  uint32_t site_;
};

// A new reference; exact ints and floats are copied, so that it is the only one (small ints apart).
PyObject* fresh(PyObject* o) {
  if (PyFloat_CheckExact(o)) return PyFloat_FromDouble(PyFloat_AS_DOUBLE(o));
  if (PyUnicode_CheckExact(o) && PyUnicode_GET_LENGTH(o) > 1) return PyUnicode_FromFormat("%U", o);
  if (!PyLong_CheckExact(o)) return new_ref(o);
  PyObject* text = PyObject_Str(o);
  PyObject* copy = PyLong_FromUnicodeObject(text, 10);
  Py_DECREF(text);
  return copy;
}

// binary(name, a, b, flags, slot): slot None: plain; "a": the slot holds a (then a must be borrowed or is shared);
// any other object: the slot holds a copy of it. Returns the result or (result, a, b as they are afterwards).
PyObject* binary(PyObject*, PyObject* args) {
  const char* name;
  PyObject *a0, *b0, *slot;
  int flags;
  if (!PyArg_ParseTuple(args, "sOOiO", &name, &a0, &b0, &flags, &slot)) return nullptr;
  FakeFrame fr;
  PyObject *a = fresh(a0), *b = fresh(b0), *result;
  bool in_slot = PyUnicode_Check(slot) && PyUnicode_CompareWithASCIIString(slot, "a") == 0;
  if (slot == Py_None) {
    result = kBinary.at(name)(fr.get(), a, b, fr.site(flags));
  } else {
    fr.slots()[2] = in_slot ? new_ref(a) : fresh(slot);
    if (in_slot && !(flags & 1)) Py_DECREF(a);  // borrowed from the slot
    int status = kInto.at(name)(fr.get(), a, b, fr.site(flags), 2, fr.index());
    result = status < 0 ? nullptr : new_ref(fr.slots()[2]);
    if (in_slot && !(flags & 1)) a = new_ref(a0);  // gone by now
  }
  PyObject *type, *value, *tb;
  PyErr_Fetch(&type, &value, &tb);
  bool intact = true;
  if (!(flags & 1)) {
    int same = PyNumber_Check(a0) || PyUnicode_Check(a0) ? PyObject_RichCompareBool(a, a0, Py_EQ) : 1;
    intact = intact && (same || PyFloat_Check(a0));
    Py_DECREF(a);
  }
  if (!(flags & 2)) {
    int same = PyNumber_Check(b0) || PyUnicode_Check(b0) ? PyObject_RichCompareBool(b, b0, Py_EQ) : 1;
    intact = intact && (same || PyFloat_Check(b0));
    Py_DECREF(b);
  }
  PyErr_Restore(type, value, tb);
  if (!intact && result) {
    Py_DECREF(result);
    PyErr_SetString(PyExc_SystemError, "a borrowed operand changed");
    return nullptr;
  }
  return result;
}

// Calls a two-operand helper with operands copied, owned as the flags say.
template <class Call>
auto with_operands(PyObject* a0, PyObject* b0, int flags, FakeFrame& fr, Call call) {
  PyObject *a = fresh(a0), *b = fresh(b0);
  auto result = call(a, b, fr.site(flags));
  if (!(flags & 1)) Py_DECREF(a);
  if (!(flags & 2)) Py_DECREF(b);
  return result;
}
PyObject* from_status(int status) { return status < 0 ? nullptr : PyLong_FromLong(status); }

PyObject* cond(PyObject*, PyObject* args) {
  const char* name;
  PyObject *a, *b;
  int flags;
  if (!PyArg_ParseTuple(args, "sOOi", &name, &a, &b, &flags)) return nullptr;
  FakeFrame fr;
  return from_status(
      with_operands(a, b, flags, fr, [&](auto x, auto y, uint32_t s) { return kCond.at(name)(fr.get(), x, y, s); }));
}
PyObject* compare(PyObject*, PyObject* args) {
  PyObject *a, *b;
  int op, flags;
  if (!PyArg_ParseTuple(args, "iOOi", &op, &a, &b, &flags)) return nullptr;
  FakeFrame fr;
  return with_operands(a, b, flags, fr, [&](auto x, auto y, uint32_t s) { return jj_compare(fr.get(), x, y, s, op); });
}
PyObject* contains(PyObject*, PyObject* args) {
  PyObject *a, *b;
  int flags;
  if (!PyArg_ParseTuple(args, "OOi", &a, &b, &flags)) return nullptr;
  FakeFrame fr;
  return from_status(
      with_operands(a, b, flags, fr, [&](auto x, auto y, uint32_t s) { return jj_contains(fr.get(), x, y, s); }));
}
PyObject* subscr(PyObject*, PyObject* args) {
  PyObject *a, *b;
  int flags;
  if (!PyArg_ParseTuple(args, "OOi", &a, &b, &flags)) return nullptr;
  FakeFrame fr;
  return with_operands(a, b, flags, fr, [&](auto x, auto y, uint32_t s) { return jj_subscr(fr.get(), x, y, s); });
}
PyObject* store_subscr(PyObject*, PyObject* args) {
  PyObject *v, *a, *b;
  int flags;
  if (!PyArg_ParseTuple(args, "OOOi", &v, &a, &b, &flags)) return nullptr;
  FakeFrame fr;
  if (flags & 4) Py_INCREF(v);
  return from_status(with_operands(a, b, flags, fr,
                                   [&](auto x, auto y, uint32_t s) { return jj_store_subscr(fr.get(), v, x, y, s); }));
}
PyObject* unary(PyObject*, PyObject* args) {
  PyObject* a;
  int kind, flags;
  if (!PyArg_ParseTuple(args, "iOi", &kind, &a, &flags)) return nullptr;
  FakeFrame fr;
  return with_operands(a, Py_None, flags, fr, [&](auto x, auto, uint32_t s) { return jj_unary(fr.get(), x, s, kind); });
}
PyObject* truth(PyObject*, PyObject* args) {
  PyObject* a;
  int flags;
  if (!PyArg_ParseTuple(args, "Oi", &a, &flags)) return nullptr;
  FakeFrame fr;
  return from_status(
      with_operands(a, Py_None, flags, fr, [&](auto x, auto, uint32_t s) { return jj_truth(fr.get(), x, s); }));
}

// -- inline caches: a site is an object that keeps one Cache
struct Site {
  PyObject ob_base;
  Cache* cache;
  PyObject* name;
  void* memory;
};

PyObject* site_new(PyTypeObject* type, PyObject* args, PyObject*) {
  PyObject* name;
  if (!PyArg_ParseTuple(args, "U", &name)) return nullptr;
  auto* s = reinterpret_cast<Site*>(type->tp_alloc(type, 0));
  s->name = new_ref(name);
  PyUnicode_InternInPlace(&s->name);
  s->memory = std::aligned_alloc(64, sizeof(Cache));
  std::memset(s->memory, 0, sizeof(Cache));
  s->cache = static_cast<Cache*>(s->memory);
  s->cache->name = s->name;
  return reinterpret_cast<PyObject*>(s);
}
Cache* cache_of(PyObject* self) { return reinterpret_cast<Site*>(self)->cache; }

PyObject* site_load(PyObject* self, PyObject* args) {
  PyObject* o;
  int flags;
  if (!PyArg_ParseTuple(args, "Oi", &o, &flags)) return nullptr;
  FakeFrame fr;
  if (flags & 1) Py_INCREF(o);
  return jj_load_attr(fr.get(), o, cache_of(self), fr.site(flags));
}
PyObject* site_store(PyObject* self, PyObject* args) {
  PyObject *o, *v;
  int flags;
  if (!PyArg_ParseTuple(args, "OOi", &o, &v, &flags)) return nullptr;
  FakeFrame fr;
  if (flags & 1) Py_INCREF(o);
  if (flags & 4) Py_INCREF(v);
  return from_status(jj_store_attr(fr.get(), v, o, cache_of(self), fr.site(flags)));
}
// (method, self or None): loads for a call.
PyObject* site_method(PyObject* self, PyObject* args) {
  PyObject* o;
  int flags, null_first;
  if (!PyArg_ParseTuple(args, "Oii", &o, &flags, &null_first)) return nullptr;
  FakeFrame fr;
  PyObject* sp[2] = {nullptr, nullptr};
  if (flags & 1) Py_INCREF(o);
  auto* load = null_first ? jj_load_method_null_first : jj_load_method_self_second;
  if (load(fr.get(), o, cache_of(self), sp, fr.site(flags)) < 0) return nullptr;
  PyObject* method = sp[0] ? sp[0] : sp[1];
  PyObject* bound = sp[0] && sp[1] ? sp[1] : nullptr;
  return Py_BuildValue("(NN)", method, bound ? bound : new_ref(Py_None));
}
PyObject* site_global(PyObject* self, PyObject*) {
  FakeFrame fr;
  return jj_load_global(fr.get(), cache_of(self), fr.site(0));
}
PyObject* site_filled(PyObject* self, PyObject*) {
  Cache* c = cache_of(self);
  return Py_BuildValue("(iii)", static_cast<int>(attr_cache(c).entry[0].how),
                       static_cast<int>(attr_cache(c).entry[1].how), c->misses);
}

// Runs a for loop to its end, or to the given number of steps; the items seen, through a local or not.
PyObject* loop(PyObject*, PyObject* args) {
  PyObject* iterable;
  int into, keep, steps;
  if (!PyArg_ParseTuple(args, "Oiii", &iterable, &into, &keep, &steps)) return nullptr;
  FakeFrame fr;
  PyObject* out = PyList_New(0);
  PyObject* it = jj_get_iter(fr.get(), iterable, fr.site(0));
  bool failed = !it;
  while (!failed && steps-- > 0) {
    PyObject* item;
    if (into) {
      int status = jj_iter_next_into(fr.get(), it, 1, fr.index(), fr.index());
      failed = status < 0;
      if (status <= 0) break;
      item = new_ref(fr.slots()[1]);
    } else {
      item = jj_iter_next(fr.get(), it, fr.index());
      failed = item == reinterpret_cast<PyObject*>(1);
      if (failed || !item) break;
    }
    PyObject* seen = keep ? new_ref(item) : PyObject_Repr(item);
    Py_DECREF(item);
    PyList_Append(out, seen);
    Py_DECREF(seen);
  }
  Py_XDECREF(it);
  if (!failed) return out;
  Py_DECREF(out);
  return nullptr;
}

PyObject* pool_state(PyObject*, PyObject*) {
  return Py_BuildValue("(ii)", int_pool.limit, int_pool.limit - int_pool.room);
}
PyObject* pool_off(PyObject*, PyObject*) {
  runtime_disable_freelists();
  return new_ref(Py_None);
}

PyMethodDef site_methods[] = {
    {"load", site_load, METH_VARARGS, nullptr},     {"store", site_store, METH_VARARGS, nullptr},
    {"method", site_method, METH_VARARGS, nullptr}, {"load_global", site_global, METH_NOARGS, nullptr},
    {"filled", site_filled, METH_NOARGS, nullptr},  {nullptr, nullptr, 0, nullptr}};
PyType_Slot site_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(site_new)}, {Py_tp_methods, site_methods}, {0, nullptr}};
PyType_Spec site_spec = {"hotcheck.Site", sizeof(Site), 0, Py_TPFLAGS_DEFAULT, site_slots};

PyMethodDef methods[] = {
    {"binary", binary, METH_VARARGS, nullptr},    {"cond", cond, METH_VARARGS, nullptr},
    {"compare", compare, METH_VARARGS, nullptr},  {"contains", contains, METH_VARARGS, nullptr},
    {"subscr", subscr, METH_VARARGS, nullptr},    {"store_subscr", store_subscr, METH_VARARGS, nullptr},
    {"unary", unary, METH_VARARGS, nullptr},      {"truth", truth, METH_VARARGS, nullptr},
    {"loop", loop, METH_VARARGS, nullptr},        {"pool_state", pool_state, METH_NOARGS, nullptr},
    {"pool_off", pool_off, METH_NOARGS, nullptr}, {nullptr, nullptr, 0, nullptr}};
PyModuleDef definition = {PyModuleDef_HEAD_INIT, "hotcheck", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_hotcheck() {
  if (const char* wrong = runtime_init()) return PyErr_Format(PyExc_ImportError, "%s", wrong);
  PyObject* module = PyModule_Create(&definition);
  PyModule_AddObject(module, "Site", PyType_FromSpec(&site_spec));
  return module;
}
