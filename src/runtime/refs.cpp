// The int pool, deallocation on behalf of generated code, and start-up of the runtime.
#include "runtime/refs.h"

#include "runtime/consumers.h"
#include "runtime/generic_lookup.h"
#include "runtime/intrinsics.h"
#include "runtime/ints.h"
#include "runtime/iter_shapes.h"
#include "runtime/signature.h"

namespace jj {

Pool int_pool, float_pool, range_pool, wide_pools[2];
PyObject* small_ints[kSmallIntMax - kSmallIntMin + 1];
bool ints_have_two_digits = false;

namespace {

const int kNoFloats = 0;

Pool* const kPools[] = {&int_pool, &float_pool, &range_pool, &wide_pools[0], &wide_pools[1]};

// What the interpreter frees ints with: those that die in its hands serve native code, too, which else allocates every
// result that it hands over. Blocks of subinterpreters may come from allocators of their own.
void free_int(void* memory) {
  auto* o = static_cast<PyObject*>(memory);
  if (is_exact_int(o) && int_pool.room > 0 && int_digit_count(o) <= 2 && !tracing_memory() && only_interpreter())
    return int_pool.put(o);
  PyObject_Free(memory);
}

// Iterators whose structs are private: a live one must look as we think it does.
bool iterator_layout_holds(PyObject* seq) {
  PyObject* it = PyObject_GetIter(seq);
  if (!it) return false;
  PyObject* first = PyIter_Next(it);
  auto* mirror = reinterpret_cast<SequenceIterator*>(it);
  bool ok = first && Py_TYPE(it)->tp_basicsize == sizeof(SequenceIterator) && mirror->index == 1 && mirror->seq == seq;
  Py_XDECREF(first);
  Py_DECREF(it);
  return ok;
}

bool range_layout_holds() {
  PyObject* range = PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyRange_Type), "iii", 1000, 1021, 7);
  PyObject* it = range ? PyObject_GetIter(range) : nullptr;
  bool ok = it && Py_TYPE(it) == &PyRangeIter_Type && Py_TYPE(it)->tp_basicsize == sizeof(RangeIterator);
  int64_t value = 0;
  for (int64_t want : {1000, 1007, 1014}) ok = ok && range_next(it, value) && value == want;
  ok = ok && !range_next(it, value);
  Py_XDECREF(it);
  Py_XDECREF(range);
  return ok;
}

bool dict_layout_holds() {
  PyObject* dict = PyDict_New();
  PyObject *a = PyUnicode_InternFromString("first"), *b = PyUnicode_InternFromString("second");
  bool ok = dict && a && b && PyDict_SetItem(dict, a, b) == 0 && PyDict_SetItem(dict, b, a) == 0;
  ok = ok && dict_find(dict, b) == 1 && dict_entry(dict, 1, b) == a && !dict_entry(dict, 0, b) &&
       !dict_entry(dict, 2, b);
  for (int i = 0; ok && i < 300; ++i) {  // a table with two-byte indices and a key that is no str
    PyObject* key = PyLong_FromLong(i);
    ok = key && PyDict_SetItem(dict, key, key) == 0;
    Py_XDECREF(key);
  }
  ok = ok && dict_find(dict, b) == 1 && dict_entry(dict, 1, b) == a && PyDict_DelItem(dict, b) == 0 &&
       !dict_entry(dict, 1, b);
  Py_XDECREF(a);
  Py_XDECREF(b);
  Py_XDECREF(dict);
  return ok;
}

bool property_layout_holds() {
  PyObject* p = PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyProperty_Type), Py_None);
  PyObject* s =
      PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyStaticMethod_Type), reinterpret_cast<PyObject*>(&PyLong_Type));
  PyObject* c =
      PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyClassMethod_Type), reinterpret_cast<PyObject*>(&PyLong_Type));
  PyObject* q =
      PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyProperty_Type), reinterpret_cast<PyObject*>(&PyLong_Type));
  bool ok = p && s && c && q && !reinterpret_cast<PropertyHead*>(p)->getter &&
            reinterpret_cast<PropertyHead*>(q)->getter == reinterpret_cast<PyObject*>(&PyLong_Type) &&
            reinterpret_cast<MethodWrapperHead*>(s)->callable == reinterpret_cast<PyObject*>(&PyLong_Type) &&
            reinterpret_cast<MethodWrapperHead*>(c)->callable == reinterpret_cast<PyObject*>(&PyLong_Type);
  Py_XDECREF(p);
  Py_XDECREF(q);
  Py_XDECREF(c);
  Py_XDECREF(s);
  return ok;
}

const char* layout_mismatch() {
  PyObject* list = Py_BuildValue("[ii]", 1, 2);
  PyObject* tuple = Py_BuildValue("(ii)", 1, 2);
  const char* wrong = nullptr;
  if (!list || !iterator_layout_holds(list))
    wrong = "list iterators have an unknown layout";
  else if (!tuple || !iterator_layout_holds(tuple))
    wrong = "tuple iterators have an unknown layout";
  else if (!range_layout_holds())
    wrong = "range iterators have an unknown layout";
  else if (!iterator_shapes_hold())
    wrong = "zip, enumerate or reversed have an unknown layout";
  else if (!dict_layout_holds())
    wrong = "dicts have an unknown layout";
  else if (!property_layout_holds())
    wrong = "properties have an unknown layout";
  Py_XDECREF(list);
  Py_XDECREF(tuple);
  PyErr_Clear();
  return wrong;
}

// The count must follow a float that dies and one that is made again.
void find_interpreter_floats() {
  const int* count = free_float_count(PyThreadState_Get()->interp);
  PyObject* made = PyFloat_FromDouble(0.5);
  const int before = *count;
  Py_XDECREF(made);
  const bool grew = *count == before + 1;
  PyObject* again = PyFloat_FromDouble(1.5);
  if (made && grew && again == made && *count == before) interpreter_floats = count;
  Py_XDECREF(again);
  PyErr_Clear();
}

}  // namespace

const int* interpreter_floats = &kNoFloats;

const char* runtime_init() {
  if (const char* wrong = layout_mismatch()) return wrong;
  for (int64_t v = kSmallIntMin; v <= kSmallIntMax; ++v) {
    PyObject* o = PyLong_FromLongLong(v);
    if (!o) return "out of memory";
    small_ints[v - kSmallIntMin] = o;
    Py_DECREF(o);  // the interpreter's table keeps it
  }
  find_intrinsics();
  find_consuming();
  find_getattr_hook();
  find_interpreter_floats();
  // Debug hooks and other allocators must see every allocation, and give no room beyond what was asked for.
  const char* allocator = _PyMem_GetCurrentAllocatorName();
  if (allocator && std::strcmp(allocator, "pymalloc") == 0) {
    ints_have_two_digits = true;
    for (Pool* pool : kPools)
      if (pool->limit == 0) pool->limit = pool->room = kPoolLimit;
    if (PyLong_Type.tp_free == PyObject_Free) PyLong_Type.tp_free = free_int;
  }
  return nullptr;
}

void release_wide_int(PyObject* o) {
  const int64_t digits = int_digit_count(o);
  for (int k = 0, least = 3; k < 2 && digits >= least; least = static_cast<int>(kWideRoom[k++]) + 1)
    if (digits <= kWideRoom[k] && wide_pools[k].room > 0 && !tracing_memory()) return wide_pools[k].put(o);
  deallocate(o);
}

PyObject* new_int(int64_t v) {
  if (int_pool.limit == 0 || !fits_two_digits(v) || tracing_memory()) return PyLong_FromLongLong(v);
  auto* o = static_cast<PyObject*>(PyObject_Malloc(sizeof(PyVarObject) + 2 * sizeof(digit)));
  if (!o) return PyErr_NoMemory();
  o->ob_refcnt = 1;
  Py_SET_TYPE(o, &PyLong_Type);
  int_write(o, v);
  return o;
}

// The interpreter's own list of free floats holds some hundred: long loops that make more get by without calling it.
PyObject* new_float(double v) {
  if (float_pool.limit == 0 || *interpreter_floats > 0 || tracing_memory()) return PyFloat_FromDouble(v);
  auto* o = static_cast<PyObject*>(PyObject_Malloc(sizeof(PyFloatObject)));
  if (!o) return PyErr_NoMemory();
  o->ob_refcnt = 1;
  Py_SET_TYPE(o, &PyFloat_Type);
  float_field(o) = v;
  return o;
}

PyObject* dealloc_then(Frame* fr, PyObject* o, int idx, PyObject* result) {
  jj_dealloc(fr, o, idx);
  return result;
}
int dealloc_then(Frame* fr, PyObject* o, int idx, int result) {
  jj_dealloc(fr, o, idx);
  return result;
}

void runtime_disable_freelists() {
  if (PyLong_Type.tp_free == free_int) PyLong_Type.tp_free = PyObject_Free;
  for (Pool* pool : kPools) {
    while (pool->head) PyObject_Free(pool->take());
    pool->limit = pool->room = 0;
  }
}

}  // namespace jj

using namespace jj;

extern "C" void jj_dealloc(Frame* fr, PyObject* o, int idx) {
  if (is_exact_int(o)) return release_int(o);
  if (is_exact_float(o)) return release_float(o);
  if (Py_IS_TYPE(o, &PyRangeIter_Type) && range_pool.room > 0 && !tracing_memory()) return range_pool.put(o);
  set_ip(fr, idx);
  deallocate(o);
}

JJ_CHECK_HELPER(jj_dealloc);
