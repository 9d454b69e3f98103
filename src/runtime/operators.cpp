// Operators of classes that Python code has made.
#include "runtime/operators.h"

#include <new>

#include "runtime/class_versions.h"
#include "runtime/compat/objects.h"
#include "runtime/feedback.h"
#include "vm/code_slot.h"
#include "vm/vm.h"

namespace jj {
namespace {

struct Operator {
  const char *method, *inplace_method, *symbol, *inplace_symbol;
  binaryfunc PyNumberMethods::* slot;
};
// By BinaryKind.
constexpr Operator kOperators[] = {
    {"__add__", "__iadd__", "+", "+=", &PyNumberMethods::nb_add},
    {"__and__", "__iand__", "&", "&=", &PyNumberMethods::nb_and},
    {"__floordiv__", "__ifloordiv__", "//", "//=", &PyNumberMethods::nb_floor_divide},
    {"__lshift__", "__ilshift__", "<<", "<<=", &PyNumberMethods::nb_lshift},
    {"__matmul__", "__imatmul__", "@", "@=", &PyNumberMethods::nb_matrix_multiply},
    {"__mul__", "__imul__", "*", "*=", &PyNumberMethods::nb_multiply},
    {"__mod__", "__imod__", "%", "%=", &PyNumberMethods::nb_remainder},
    {"__or__", "__ior__", "|", "|=", &PyNumberMethods::nb_or},
    {"__pow__", "__ipow__", "** or pow()", "**=", nullptr},
    {"__rshift__", "__irshift__", ">>", ">>=", &PyNumberMethods::nb_rshift},
    {"__sub__", "__isub__", "-", "-=", &PyNumberMethods::nb_subtract},
    {"__truediv__", "__itruediv__", "/", "/=", &PyNumberMethods::nb_true_divide},
    {"__xor__", "__ixor__", "^", "^=", &PyNumberMethods::nb_xor},
};
constexpr size_t kCount = sizeof(kOperators) / sizeof(kOperators[0]);

PyObject* find(PyTypeObject* type, size_t kind, bool inplace) {
  static PyObject* names[2][kCount];
  PyObject*& name = names[inplace][kind];
  const Operator& row = kOperators[kind];
  if (!name) name = PyUnicode_InternFromString(inplace ? row.inplace_method : row.method);
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

void look_at(OperatorSeen& seen, PyObject* a, PyObject* b) {
  PyTypeObject* type = Py_TYPE(a);
  const auto kind = static_cast<size_t>(seen.kind);
  PyObject* function = kind == static_cast<size_t>(bytecode::BinaryKind::Power) ? nullptr : find(type, kind, false);
  const bool same = Py_TYPE(b) == type;
  seen.right = same ? static_cast<uint8_t>(JJ_TYPE_HEAP) : type_of_value(b).kind;
  seen.version = type_version(type);
  seen.function = function;
  const bool own_inplace = seen.inplace && find(type, kind, true);
  seen.others = !function || !vm::is_function(function) || !seen.version || seen.version > INT32_MAX || own_inplace ||
                is_sequence(type) || !(same || leaves_it_to_the_left(seen.right));
  if (!seen.others) note_class(type);
}

bool is_the_same(const OperatorSeen& seen, PyObject* a, PyObject* b) {
  if (type_version(Py_TYPE(a)) != seen.version) return false;
  return seen.right == JJ_TYPE_HEAP ? Py_TYPE(a) == Py_TYPE(b) : type_of_value(b).kind == seen.right;
}

}  // namespace

void note_operator(Frame* fr, int index, PyObject* a, PyObject* b, const OperatorSeen& instruction) {
  CodeData* cd = vm::code_data(frame_code(fr));
  if (!cd) return;
  for (OperatorSeen* seen = cd->operators; seen; seen = seen->next)
    if (seen->index == index) {
      seen->others = seen->others || !is_the_same(*seen, a, b);
      return;
    }
  auto* seen = new (std::nothrow) OperatorSeen(instruction);
  if (!seen) return;
  seen->index = index;
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
  return kSubAndModDropRightFirst && one_of_these && !(operation & kInplaceOperation);
}

// The right operand is of the same class, which is not asked twice, or of a type that may know the operator itself.
PyObject* go_on_without_left(int32_t operation, PyObject* a, PyObject* b) {
  const Operator& row = kOperators[operation & 0xff];
  const PyNumberMethods* as = Py_TYPE(b)->tp_as_number;
  binaryfunc own = Py_TYPE(a) != Py_TYPE(b) && as ? as->*row.slot : nullptr;
  PyObject* result = own ? own(a, b) : Py_NewRef(Py_NotImplemented);
  if (result != Py_NotImplemented) return result;
  Py_DECREF(result);
  PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %.100s: '%.100s' and '%.100s'",
               operation & kInplaceOperation ? row.inplace_symbol : row.symbol, Py_TYPE(a)->tp_name,
               Py_TYPE(b)->tp_name);
  return nullptr;
}

}  // namespace jj
