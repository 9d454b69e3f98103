// Operators of classes that Python code has made.
#include "runtime/operators.h"

#include <new>

#include "runtime/class_versions.h"
#include "runtime/compat/objects.h"
#include "runtime/feedback.h"
#include "runtime/subscr.h"
#include "vm/code_slot.h"
#include "vm/vm.h"

namespace jj {
namespace {

struct Operator {
  const char *method, *inplace_method, *right_method, *symbol, *inplace_symbol;
  binaryfunc PyNumberMethods::* slot;
};
// By BinaryKind.
constexpr Operator kOperators[] = {
    {"__add__", "__iadd__", "__radd__", "+", "+=", &PyNumberMethods::nb_add},
    {"__and__", "__iand__", "__rand__", "&", "&=", &PyNumberMethods::nb_and},
    {"__floordiv__", "__ifloordiv__", "__rfloordiv__", "//", "//=", &PyNumberMethods::nb_floor_divide},
    {"__lshift__", "__ilshift__", "__rlshift__", "<<", "<<=", &PyNumberMethods::nb_lshift},
    {"__matmul__", "__imatmul__", "__rmatmul__", "@", "@=", &PyNumberMethods::nb_matrix_multiply},
    {"__mul__", "__imul__", "__rmul__", "*", "*=", &PyNumberMethods::nb_multiply},
    {"__mod__", "__imod__", "__rmod__", "%", "%=", &PyNumberMethods::nb_remainder},
    {"__or__", "__ior__", "__ror__", "|", "|=", &PyNumberMethods::nb_or},
    {"__pow__", "__ipow__", "__rpow__", "** or pow()", "**=", nullptr},
    {"__rshift__", "__irshift__", "__rrshift__", ">>", ">>=", &PyNumberMethods::nb_rshift},
    {"__sub__", "__isub__", "__rsub__", "-", "-=", &PyNumberMethods::nb_subtract},
    {"__truediv__", "__itruediv__", "__rtruediv__", "/", "/=", &PyNumberMethods::nb_true_divide},
    {"__xor__", "__ixor__", "__rxor__", "^", "^=", &PyNumberMethods::nb_xor},
};
constexpr size_t kCount = sizeof(kOperators) / sizeof(kOperators[0]);

enum Way { kLeft, kInplace, kRight, kWays };

PyObject* find(PyTypeObject* type, size_t kind, Way way) {
  static PyObject* names[kWays][kCount];
  PyObject*& name = names[way][kind];
  const Operator& row = kOperators[kind];
  const char* text = way == kInplace ? row.inplace_method : way == kRight ? row.right_method : row.method;
  if (!name) name = PyUnicode_InternFromString(text);
  if (!name) PyErr_Clear();
  return name ? _PyType_Lookup(type, name) : nullptr;
}

// Types besides the left operand's class whose instances leave the operator to that, and are exactly of their type.
bool leaves_it_to_the_left(uint8_t right) {
  switch (right) {
    case JJ_TYPE_INT:
    case JJ_TYPE_FLOAT:
    case JJ_TYPE_BOOL:
    case JJ_TYPE_STR:
    case JJ_TYPE_NONE:
    case JJ_TYPE_LIST:
    case JJ_TYPE_TUPLE:
    case JJ_TYPE_DICT: return true;
    default: return false;
  }
}

// As a sequence it could be added or repeated, too.
bool is_sequence(PyTypeObject* type) {
  const PySequenceMethods* as = type->tp_as_sequence;
  return as && (as->sq_concat || as->sq_repeat || as->sq_inplace_concat || as->sq_inplace_repeat);
}

// Numbers answer NotImplemented to operators with instances of classes that are no numbers themselves.
bool leaves_it_to_the_right(PyObject* left, PyObject* right) {
  const bool number = PyLong_Check(right) || PyFloat_Check(right) || PyComplex_Check(right);
  return !number && (is_exact_int(left) || is_exact_float(left) || PyBool_Check(left));
}

// The method that is called, and whether it is the only one that can be, as far as the other operand is not asked.
bool find_method(OperatorSeen& seen, PyTypeObject* type) {
  if (seen.operation & JJ_OPERATION_ITEM) {
    seen.function = python_getitem(type);
    return seen.function;
  }
  const auto kind = static_cast<size_t>(seen.operation & 0xff);
  if (kind == static_cast<size_t>(bytecode::BinaryKind::Power) || is_sequence(type)) return false;
  const bool right = seen.operation & JJ_OPERATION_RIGHT;
  seen.function = find(type, kind, right ? kRight : kLeft);
  const bool own_inplace = !right && seen.operation & JJ_OPERATION_INPLACE && find(type, kind, kInplace);
  return seen.function && !own_inplace;
}

void look_at(OperatorSeen& seen, PyObject* a, PyObject* b) {
  const bool right = seen.operation & JJ_OPERATION_RIGHT, item = seen.operation & JJ_OPERATION_ITEM;
  PyObject *self = right ? b : a, *other = right ? a : b;
  PyTypeObject* type = Py_TYPE(self);
  const bool same = !item && Py_TYPE(other) == type;
  if (!item) seen.other = same ? static_cast<uint8_t>(JJ_TYPE_HEAP) : type_of_value(other).kind;
  const bool found = find_method(seen, type);
  seen.version = type_version(type);
  seen.others = !found || !vm::is_function(seen.function) || !seen.version || seen.version > INT32_MAX ||
                !(item || same || leaves_it_to_the_left(seen.other));
  if (!seen.others) note_class(type);
}

bool is_the_same(const OperatorSeen& seen, PyObject* a, PyObject* b) {
  const bool right = seen.operation & JJ_OPERATION_RIGHT;
  PyObject *self = right ? b : a, *other = right ? a : b;
  if (type_version(Py_TYPE(self)) != seen.version) return false;
  if (seen.operation & JJ_OPERATION_ITEM) return true;
  return seen.other == JJ_TYPE_HEAP ? Py_TYPE(a) == Py_TYPE(b) : type_of_value(other).kind == seen.other;
}

}  // namespace

void note_operator(Frame* fr, int index, PyObject* a, PyObject* b, int32_t operation) {
  if (!(Py_TYPE(a)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
    if (!(Py_TYPE(b)->tp_flags & Py_TPFLAGS_HEAPTYPE) || !leaves_it_to_the_right(a, b)) return;
    operation |= JJ_OPERATION_RIGHT;
  }
  CodeData* cd = vm::code_data(frame_code(fr));
  if (!cd) return;
  for (OperatorSeen* seen = cd->operators; seen; seen = seen->next)
    if (seen->index == index) {
      seen->others = seen->others || seen->operation != operation || !is_the_same(*seen, a, b);
      return;
    }
  auto* seen = new (std::nothrow) OperatorSeen{};
  if (!seen) return;
  seen->index = index;
  seen->operation = operation;
  seen->right_first = releases_right_first(operation);
  look_at(*seen, a, b);
  seen->next = cd->operators;
  cd->operators = seen;
}

void free_operators(CodeData* cd) {
  while (OperatorSeen* first = cd->operators) {
    cd->operators = first->next;
    delete first;
  }
}

bool releases_right_first(int32_t operation) {
  const auto kind = static_cast<bytecode::BinaryKind>(operation & 0xff);
  const bool one_of_these = kind == bytecode::BinaryKind::Subtract || kind == bytecode::BinaryKind::Remainder;
  return kSubAndModDropRightFirst && one_of_these && !(operation & (JJ_OPERATION_INPLACE | JJ_OPERATION_ITEM));
}

// Where the left operand has answered, the right one is of the same class, which is not asked twice, or of a type that may
// know the operator itself. Where the right one has, the left one was asked before.
PyObject* go_on_unanswered(int32_t operation, PyObject* a, PyObject* b) {
  const Operator& row = kOperators[operation & 0xff];
  const PyNumberMethods* as = Py_TYPE(b)->tp_as_number;
  const bool asked = operation & JJ_OPERATION_RIGHT || Py_TYPE(a) == Py_TYPE(b);
  binaryfunc own = !asked && as ? as->*row.slot : nullptr;
  PyObject* result = own ? own(a, b) : Py_NewRef(Py_NotImplemented);
  if (result != Py_NotImplemented) return result;
  Py_DECREF(result);
  PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %.100s: '%.100s' and '%.100s'",
               operation & JJ_OPERATION_INPLACE ? row.inplace_symbol : row.symbol, Py_TYPE(a)->tp_name,
               Py_TYPE(b)->tp_name);
  return nullptr;
}

}  // namespace jj
