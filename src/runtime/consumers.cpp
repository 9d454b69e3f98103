// sum, any, all, min, max, list, tuple, set, sorted and str.join over a native generator: takes what runs no code without
// the generator being suspended, and everything else as the builtin does.
#include "runtime/consumers.h"

#include <cmath>
#include <cstring>

#include "runtime/boxes.h"
#include "runtime/calls_c.h"
#include "runtime/intrinsics.h"
#include "runtime/signature.h"
#include "vm/generators.h"

namespace jj {
namespace {

using calls::Call;

constexpr bool kCompensates = PY_MINOR_VERSION >= 12;  // sum() of floats keeps what additions lose

// What has been consumed so far.
struct Consumer : vm::Feeding {
  enum Kind : uint8_t {
    Any,
    All,
    Max,
    Min,
    List,
    Set,
    SumInt,    // whole
    SumFloat,  // real, and `lost`
    SumOther   // object
  };
  enum Best : uint8_t { None, Whole, Real, Object };  // of Max, Min: what is the best so far
  Kind kind{};
  Best best = None;
  bool plain = true;           // Set: all items are of types that compare without running code
  PyObject* object = nullptr;  // owned. List, Set: it; Max, Min: the best, if there is an object already
  int64_t whole = 0;
  double real = 0, lost = 0;
};

void set_best(Consumer& c, Consumer::Best best, PyObject* object) {
  c.best = best;
  Py_XSETREF(c.object, Py_XNewRef(object));
}

// -- taking without running code; false: not taken

bool add_whole(Consumer& c, int64_t v) {
  int64_t sum;
  if (c.kind == Consumer::SumFloat) {
    c.real += static_cast<double>(v);
  } else {
    if (__builtin_add_overflow(c.whole, v, &sum)) return false;
    c.whole = sum;
  }
  return true;
}

bool add_real(Consumer& c, double x) {
  if (c.kind != Consumer::SumFloat) return false;
  const double sum = c.real + x;
  if (kCompensates) c.lost += std::fabs(c.real) >= std::fabs(x) ? (c.real - sum) + x : (x - sum) + c.real;
  c.real = sum;
  return true;
}

// The item as the best so far, if it is better. `object`: null if there is none yet.
template <class Number>
bool choose(Consumer& c, Number v, Number& known, Consumer::Best best, PyObject* object, bool kept) {
  if (c.best != Consumer::None && c.best != best) return false;
  const bool better = c.best == Consumer::None || (c.kind == Consumer::Max ? v > known : v < known);
  if (!better) return true;
  if (kept) return false;
  known = v;
  set_best(c, best, object);
  return true;
}

bool choose_object(Consumer& c, PyObject* o) {
  const bool comparable = c.best == Consumer::None || (c.best == Consumer::Object && Py_TYPE(c.object) == Py_TYPE(o));
  if (!comparable || !PyUnicode_CheckExact(o)) return false;
  const int better =
      c.best == Consumer::None ? 1 : PyObject_RichCompareBool(o, c.object, c.kind == Consumer::Max ? Py_GT : Py_LT);
  if (better > 0) set_best(c, Consumer::Object, o);
  return true;
}

bool is_plain(PyObject* o) {
  return is_exact_int(o) || PyUnicode_CheckExact(o) || is_exact_float(o) || PyBytes_CheckExact(o) || o == Py_None ||
         PyBool_Check(o);
}

bool keep(Consumer& c, PyObject* o) {
  if (c.kind == Consumer::Set && !(c.plain && is_plain(o))) return false;
  if ((c.kind == Consumer::List ? append(c.object, o) : PySet_Add(c.object, o)) == 0) return true;
  PyErr_Clear();  // out of memory: raised when it is tried again
  return false;
}

bool keep_new(Consumer& c, PyObject* owned) {
  const bool kept = keep(c, owned);
  Py_DECREF(owned);
  return kept;
}

bool decides(const Consumer& c, bool truth) { return truth == (c.kind == Consumer::Any); }

bool take_whole(Consumer& c, int64_t v, PyObject* object, bool kept) {
  switch (c.kind) {
    case Consumer::Any:
    case Consumer::All: return !decides(c, v != 0);
    case Consumer::Max:
    case Consumer::Min: return choose(c, v, c.whole, Consumer::Whole, object, kept);
    case Consumer::List:
    case Consumer::Set: return !kept && keep_new(c, box_any_int(v));
    case Consumer::SumInt:
    case Consumer::SumFloat: return add_whole(c, v);
    default: return false;
  }
}

bool take_real(Consumer& c, double v, PyObject* object, bool kept) {
  switch (c.kind) {
    case Consumer::Any:
    case Consumer::All: return !decides(c, v != 0);
    case Consumer::Max:
    case Consumer::Min: return choose(c, v, c.real, Consumer::Real, object, kept);
    case Consumer::List:
    case Consumer::Set: return !kept && keep_new(c, box_any_float(v));
    default: return add_real(c, v);
  }
}

bool has_plain_truth(PyObject* o) {
  return is_plain(o) || PyList_CheckExact(o) || PyTuple_CheckExact(o) || PyDict_CheckExact(o) || PyAnySet_CheckExact(o);
}

bool take(Consumer& c, PyObject* o) {
  int64_t whole;
  switch (c.kind) {
    case Consumer::List:
    case Consumer::Set: return keep(c, o);
    case Consumer::Any:
    case Consumer::All: return has_plain_truth(o) && !decides(c, PyObject_IsTrue(o) > 0);
    default: break;
  }
  const bool sums = c.kind >= Consumer::SumInt;
  if (is_exact_int(o)) return int_fits(o, whole) && take_whole(c, whole, o, false);
  if (is_exact_float(o)) return take_real(c, PyFloat_AS_DOUBLE(o), o, false);
  if (sums) return PyBool_Check(o) && c.kind != Consumer::SumOther && add_whole(c, o == Py_True);
  return choose_object(c, o);
}

// -- taking as the builtin does

PyObject* float_sum(const Consumer& c) {
  return PyFloat_FromDouble(c.lost != 0 && std::isfinite(c.lost) ? c.real + c.lost : c.real);
}
PyObject* sum_so_far(const Consumer& c) {
  if (c.kind == Consumer::SumOther) return new_ref(c.object);
  return c.kind == Consumer::SumInt ? PyLong_FromLongLong(c.whole) : float_sum(c);
}

bool add(Consumer& c, PyObject* o) {
  PyObject* before = sum_so_far(c);
  PyObject* sum = before ? PyNumber_Add(before, o) : nullptr;
  Py_XDECREF(before);
  if (!sum) return false;
  const bool starts = c.kind == Consumer::SumInt && PyFloat_CheckExact(sum);
  c.kind = starts ? Consumer::SumFloat : Consumer::SumOther;
  if (starts) c.real = PyFloat_AS_DOUBLE(sum);
  Py_XSETREF(c.object, starts ? nullptr : new_ref(sum));
  Py_DECREF(sum);
  return true;
}

PyObject* best_object(Consumer& c) {
  if (!c.object && c.best == Consumer::Whole) c.object = PyLong_FromLongLong(c.whole);
  if (!c.object && c.best == Consumer::Real) c.object = PyFloat_FromDouble(c.real);
  return c.object;
}

bool compare(Consumer& c, PyObject* o) {
  int better = 1;
  if (c.best != Consumer::None) {
    PyObject* best = best_object(c);
    better = best ? PyObject_RichCompareBool(o, best, c.kind == Consumer::Max ? Py_GT : Py_LT) : -1;
  }
  int64_t whole;
  if (better <= 0) return better == 0;
  set_best(c, Consumer::Object, o);
  if (is_exact_int(o) && int_fits(o, whole))
    c.best = Consumer::Whole, c.whole = whole;
  else if (is_exact_float(o))
    c.best = Consumer::Real, c.real = PyFloat_AS_DOUBLE(o);
  return true;
}

// 0 go on, 1 decided, -1 error.
int take_slowly(Consumer& c, PyObject* o) {
  switch (c.kind) {
    case Consumer::Any:
    case Consumer::All: {
      const int truth = PyObject_IsTrue(o);
      return truth < 0 ? -1 : decides(c, truth != 0);
    }
    case Consumer::Max:
    case Consumer::Min: return compare(c, o) ? 0 : -1;
    case Consumer::List: return append(c.object, o);
    case Consumer::Set: c.plain = c.plain && is_plain(o); return PySet_Add(c.object, o);
    default: return add(c, o) ? 0 : -1;
  }
}

// Takes item after item; 1 decided, 0 all are taken, -1 error.
int take_all(PyThreadState* ts, Consumer& c, PyObject* gen) {
  for (;;) {
    PyObject* item;
    switch (vm::feed_generator(ts, gen, &c, &item)) {
      case PYGEN_ERROR: return exception_pending(ts) ? -1 : 0;  // returning None is no result
      case PYGEN_RETURN: Py_DECREF(item); return 0;
      default: break;
    }
    const int what = take(c, item) ? 0 : take_slowly(c, item);
    Py_DECREF(item);
    if (what) return what;
  }
}

// -- results

Consumer::Kind kind_of(Consuming what) {
  switch (what) {
    case Consuming::Any: return Consumer::Any;
    case Consuming::All: return Consumer::All;
    case Consuming::Max: return Consumer::Max;
    case Consuming::Min: return Consumer::Min;
    case Consuming::Set: return Consumer::Set;
    case Consuming::Sum: return Consumer::SumInt;
    default: return Consumer::List;
  }
}

// A list that grows as one does that list() fills from an iterator of unknown length.
PyObject* new_list() {
  PyObject* list = PyList_New(8);
  if (list) Py_SET_SIZE(list, 0);
  return list;
}
// The room that list() leaves in the end.
int trim(PyObject* list) {
  const Py_ssize_t size = PyList_GET_SIZE(list);
  if (size >= reinterpret_cast<PyListObject*>(list)->allocated) return 0;
  PyList_SET_ITEM(list, size, new_ref(Py_None));
  Py_SET_SIZE(list, size + 1);
  return PyList_SetSlice(list, size, size + 1, nullptr);
}

// Raises what min() and max() of nothing do.
PyObject* complain(PyObject* callable) {
  PyObject* nothing = PyTuple_New(0);
  PyObject* result = nothing ? PyObject_CallOneArg(callable, nothing) : nullptr;
  Py_XDECREF(nothing);
  return result;
}

PyObject* of_list(Consuming what, const Call& call, PyObject* list) {
  if (trim(list) < 0) return nullptr;
  switch (what) {
    case Consuming::Tuple: return PyList_AsTuple(list);
    case Consuming::Join: return PyUnicode_Join(call.argv[0], list);
    case Consuming::Sorted: return PyList_Sort(list) < 0 ? nullptr : new_ref(list);
    default: return new_ref(list);
  }
}

PyObject* result_of(Consuming what, const Call& call, Consumer& c, bool decided) {
  switch (c.kind) {
    case Consumer::Any: return bool_object(decided);
    case Consumer::All: return bool_object(!decided);
    case Consumer::Max:
    case Consumer::Min: return c.best == Consumer::None ? complain(call.callable) : Py_XNewRef(best_object(c));
    case Consumer::List: return of_list(what, call, c.object);
    case Consumer::Set: return new_ref(c.object);
    default: return sum_so_far(c);
  }
}

// -- who consumes

struct Row {
  PyMethodDef* def;
  Consuming what;
};
Row g_functions[6];
PyMethodDef* g_join;

bool is_type(PyObject* callable, PyTypeObject* type) { return callable == reinterpret_cast<PyObject*>(type); }

}  // namespace

void find_consuming() {
  constexpr struct {
    const char* name;
    Consuming what;
  } kRows[] = {{"sum", Consuming::Sum}, {"any", Consuming::Any}, {"all", Consuming::All},
               {"max", Consuming::Max}, {"min", Consuming::Min}, {"sorted", Consuming::Sorted}};
  for (size_t k = 0; k < std::size(kRows); ++k) g_functions[k] = {builtin_named(kRows[k].name), kRows[k].what};
  PyObject* join = PyObject_GetAttrString(reinterpret_cast<PyObject*>(&PyUnicode_Type), "join");
  if (!join) return PyErr_Clear();
  if (Py_IS_TYPE(join, &PyMethodDescr_Type)) g_join = reinterpret_cast<PyMethodDescrObject*>(join)->d_method;
  Py_DECREF(join);
}

Consuming consuming_of(const Call& c) {
  if (c.nargs == 2) {
    const bool join = g_join && is_method(c.callable, g_join) && PyUnicode_CheckExact(c.argv[0]);
    return join ? Consuming::Join : Consuming::Nothing;
  }
  if (c.nargs != 1) return Consuming::Nothing;
  if (is_type(c.callable, &PyList_Type)) return Consuming::List;
  if (is_type(c.callable, &PyTuple_Type)) return Consuming::Tuple;
  if (is_type(c.callable, &PySet_Type)) return Consuming::Set;
  for (const Row& row : g_functions)
    if (row.def && is_builtin(c.callable, row.def)) return row.what;
  return Consuming::Nothing;
}

PyObject* consume(PyThreadState* ts, Consuming what, const Call& call) {
  Consumer c;
  c.ts = ts;
  c.kind = kind_of(what);
  if (c.kind == Consumer::List || c.kind == Consumer::Set) {
    c.object = c.kind == Consumer::List ? new_list() : PySet_New(nullptr);
    if (!c.object) return nullptr;
  }
  const int how = take_all(ts, c, call.argv[call.nargs - 1]);
  PyObject* result = how < 0 ? nullptr : result_of(what, call, c, how > 0);
  Py_XDECREF(c.object);
  return result;
}

}  // namespace jj

using namespace jj;

// Where somebody watches those that pass an item on, they have to be suspended.
static bool may_take(const Consumer& c) { return !c.passers || !vm::watched(c); }

extern "C" int32_t jj_feed(void* consumer, PyObject* object) {
  auto& c = *static_cast<Consumer*>(consumer);
  return may_take(c) && take(c, object);
}
extern "C" int32_t jj_feed_int(void* consumer, int64_t number, int32_t kept) {
  auto& c = *static_cast<Consumer*>(consumer);
  return may_take(c) && take_whole(c, number, nullptr, kept != 0);
}
extern "C" int32_t jj_feed_float(void* consumer, double number, int32_t kept) {
  auto& c = *static_cast<Consumer*>(consumer);
  return may_take(c) && take_real(c, number, nullptr, kept != 0);
}

JJ_CHECK_HELPER(jj_feed);
JJ_CHECK_HELPER(jj_feed_int);
JJ_CHECK_HELPER(jj_feed_float);
