// Finds the objects of the built-in functions and classes that optimised code knows.
#include "runtime/builtins.h"

#include <cstring>

namespace jj {
namespace {

constexpr const char* kNames[] = {"abs",        "bool",        "chr",       "enumerate", "float", "int",
                                  "isinstance", "len",         "max",       "min",       "ord",   "range",
                                  "sum",        "zip",         "divmod",    "round",     "super", "KeyError",
                                  "IndexError", "LookupError", "Exception", "complex"};
static_assert(sizeof(kNames) / sizeof(kNames[0]) == JJ_BUILTIN_COUNT);

constexpr const char* kMathNames[] = {
    "acos",  "acosh", "asin",    "asinh", "atan",  "atanh",    "cos",   "cosh",  "exp",     "log",  "log10",
    "log2",  "sin",   "sinh",    "tan",   "tanh",  "expm1",    "log1p", "atan2", "fmod",    "pow",  "copysign",
    "hypot", "ceil",  "degrees", "fabs",  "floor", "isfinite", "isinf", "isnan", "radians", "sqrt", "trunc",
    "gcd",   "isqrt", "acos",    "acosh", "asin",  "asinh",    "atan",  "atanh", "cos",     "cosh", "exp",
    "log10", "sin",   "sinh",    "sqrt",  "tan",   "tanh",     "phase"};
constexpr uint32_t kMathFunctions = JJ_MATH_END - JJ_BUILTIN_COUNT;
static_assert(sizeof(kMathNames) / sizeof(kMathNames[0]) == kMathFunctions);
const PyMethodDef* rows[kMathFunctions];  // null: never seen

// The number of a function of the interpreter's modules math and cmath, or -1.
int find_math(PyCFunctionObject* function) {
  PyObject* self = function->m_self;
  PyModuleDef* module = self && PyModule_CheckExact(self) ? PyModule_GetDef(self) : nullptr;
  const bool real = module && std::strcmp(module->m_name, "math") == 0;
  if (!real && (!module || std::strcmp(module->m_name, "cmath") != 0)) return -1;
  constexpr uint32_t kReal = JJ_CMATH_ACOS - JJ_BUILTIN_COUNT;
  for (uint32_t k = real ? 0 : kReal; k < (real ? kReal : kMathFunctions); ++k) {
    if (std::strcmp(function->m_ml->ml_name, kMathNames[k]) != 0) continue;
    rows[k] = function->m_ml;
    return static_cast<int>(JJ_BUILTIN_COUNT + k);
  }
  return -1;
}

struct Method {
  PyTypeObject* owner;
  const char* name;
  uint8_t result;
};
PyTypeObject *const kSTR = &PyUnicode_Type, *const kLIST = &PyList_Type, *const kDICT = &PyDict_Type,
                    *const kSET = &PySet_Type;
const Method kMethods[] = {
#define METHOD(owner, id, name, arguments, result) {k##owner, name, JJ_TYPE_##result},
#include "core/methods.def"
#undef METHOD
};
static_assert(sizeof(kMethods) / sizeof(kMethods[0]) == JJ_METHOD_END - JJ_MATH_END);

// Whether the object is what the interpreter itself put under this name.
bool genuine(PyObject* object, const char* name) {
  if (PyType_Check(object)) {
    auto* type = reinterpret_cast<PyTypeObject*>(object);
    return !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && std::strcmp(type->tp_name, name) == 0;
  }
  if (!PyCFunction_CheckExact(object)) return false;
  auto* function = reinterpret_cast<PyCFunctionObject*>(object);
  PyObject* self = function->m_self;
  return self && PyModule_CheckExact(self) && std::strcmp(PyModule_GetName(self), "builtins") == 0 &&
         std::strcmp(function->m_ml->ml_name, name) == 0;
}

PyObject* find(PyObject* module, const char* name) {
  PyObject* object = module ? PyObject_GetAttrString(module, name) : nullptr;
  if (object && genuine(object, name)) return object;
  PyErr_Clear();
  Py_XDECREF(object);
  static PyObject nobody{};
  return &nobody;
}

struct Table {
  PyObject* objects[JJ_BUILTIN_COUNT];
  Table() {
    PyObject* module = PyImport_ImportModule("builtins");
    for (uint32_t id = 0; id < JJ_BUILTIN_COUNT; ++id) objects[id] = find(module, kNames[id]);
    Py_XDECREF(module);
  }
};
const Table& table() {
  static const Table the_table;
  return the_table;
}

}  // namespace

PyObject* builtin_object(uint32_t id) { return table().objects[id]; }

int builtin_id(PyObject* object) {
  for (uint32_t id = 0; id < JJ_BUILTIN_COUNT; ++id)
    if (table().objects[id] == object) return static_cast<int>(id);
  return PyCFunction_CheckExact(object) ? find_math(reinterpret_cast<PyCFunctionObject*>(object)) : -1;
}

namespace {

// Up to 3.11 making a container may collect garbage, and so run finalizers.
constexpr bool kCollectsAnywhere = PY_MINOR_VERSION < 12;

// Lists, tuples (of arguments, too), views of dicts.
bool makes_container(PyMethodDescrObject* descr, uint8_t result) {
  const int flags = descr->d_method->ml_flags;
  const bool view = descr->d_common.d_type == &PyDict_Type && flags & METH_NOARGS;
  return result == JJ_TYPE_LIST || result == JJ_TYPE_TUPLE || view || flags & METH_VARARGS;
}

}  // namespace

int method_id(PyObject* object) {
  if (!Py_IS_TYPE(object, &PyMethodDescr_Type)) return -1;
  auto* descr = reinterpret_cast<PyMethodDescrObject*>(object);
  for (uint32_t id = JJ_MATH_END; id < JJ_METHOD_END; ++id) {
    const Method& m = kMethods[id - JJ_MATH_END];
    if (descr->d_common.d_type == m.owner && std::strcmp(descr->d_method->ml_name, m.name) == 0)
      return kCollectsAnywhere && makes_container(descr, m.result) ? -1 : static_cast<int>(id);
  }
  return -1;
}

bool is_math(PyObject* object, uint32_t id) {
  return PyCFunction_CheckExact(object) &&
         reinterpret_cast<PyCFunctionObject*>(object)->m_ml == rows[id - JJ_BUILTIN_COUNT];
}

void* math_rows() { return rows; }
const PyMethodDef* math_row(uint32_t id) { return rows[id - JJ_BUILTIN_COUNT]; }

}  // namespace jj
