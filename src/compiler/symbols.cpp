// The symbol table of generated code, from runtime/helpers.def.
#include "compiler/symbols.h"

#include <vector>

#include "runtime/abi.h"
#include "runtime/array_type.h"
#include "runtime/builtins.h"
#include "runtime/chars.h"
#include "runtime/compat/objects.h"
#include "runtime/signature.h"
#include "vm/vm.h"

namespace jj::compiler {
namespace {

PyObject* jj_none_address() { return Py_None; }
PyObject* jj_true_address() { return Py_True; }
PyObject* jj_false_address() { return Py_False; }

#define JJ_TYPE_ADDRESS(name, type) \
  PyTypeObject* jj_type_##name##_address() { return &type; }
JJ_TYPE_ADDRESS(int, PyLong_Type)
JJ_TYPE_ADDRESS(float, PyFloat_Type)
JJ_TYPE_ADDRESS(bool, PyBool_Type)
JJ_TYPE_ADDRESS(str, PyUnicode_Type)
JJ_TYPE_ADDRESS(bytes, PyBytes_Type)
JJ_TYPE_ADDRESS(list, PyList_Type)
JJ_TYPE_ADDRESS(tuple, PyTuple_Type)
JJ_TYPE_ADDRESS(dict, PyDict_Type)
JJ_TYPE_ADDRESS(set, PySet_Type)
JJ_TYPE_ADDRESS(range, PyRange_Type)
JJ_TYPE_ADDRESS(range_iterator, PyRangeIter_Type)
JJ_TYPE_ADDRESS(list_iterator, PyListIter_Type)
JJ_TYPE_ADDRESS(tuple_iterator, PyTupleIter_Type)
PyTypeObject* jj_type_str_iterator_address() { return ascii_iterator_type(); }
void* jj_dict_version_address() { return &split_dict_version; }
void* jj_ascii_chars_address() { return const_cast<PyObject**>(ascii_chars()); }
JJ_TYPE_ADDRESS(function, vm::native_function_type())
JJ_TYPE_ADDRESS(plain_function, PyFunction_Type)
JJ_TYPE_ADDRESS(jit_function, vm::JitFunction_Type)
JJ_TYPE_ADDRESS(bytearray, PyByteArray_Type)
JJ_TYPE_ADDRESS(builtin, PyCFunction_Type)
JJ_TYPE_ADDRESS(module, PyModule_Type)
JJ_TYPE_ADDRESS(complex, PyComplex_Type)
JJ_TYPE_ADDRESS(list_reverse_iterator, PyListRevIter_Type)
JJ_TYPE_ADDRESS(enumerate, PyEnum_Type)
JJ_TYPE_ADDRESS(zip, PyZip_Type)
JJ_TYPE_ADDRESS(dict_key_iterator, PyDictIterKey_Type)
JJ_TYPE_ADDRESS(dict_value_iterator, PyDictIterValue_Type)
JJ_TYPE_ADDRESS(dict_item_iterator, PyDictIterItem_Type)
#undef JJ_TYPE_ADDRESS
void* jj_math_rows_address() { return math_rows(); }

PyTypeObject** jj_array_type_address() { return &array_type; }

#define JJ_BUILTIN_ADDRESS(name, id) \
  PyObject* jj_builtin_##name##_address() { return builtin_object(id); }
JJ_BUILTIN_ADDRESS(abs, JJ_BUILTIN_ABS)
JJ_BUILTIN_ADDRESS(bool, JJ_BUILTIN_BOOL)
JJ_BUILTIN_ADDRESS(chr, JJ_BUILTIN_CHR)
JJ_BUILTIN_ADDRESS(enumerate, JJ_BUILTIN_ENUMERATE)
JJ_BUILTIN_ADDRESS(float, JJ_BUILTIN_FLOAT)
JJ_BUILTIN_ADDRESS(int, JJ_BUILTIN_INT)
JJ_BUILTIN_ADDRESS(isinstance, JJ_BUILTIN_ISINSTANCE)
JJ_BUILTIN_ADDRESS(len, JJ_BUILTIN_LEN)
JJ_BUILTIN_ADDRESS(max, JJ_BUILTIN_MAX)
JJ_BUILTIN_ADDRESS(min, JJ_BUILTIN_MIN)
JJ_BUILTIN_ADDRESS(ord, JJ_BUILTIN_ORD)
JJ_BUILTIN_ADDRESS(range, JJ_BUILTIN_RANGE)
JJ_BUILTIN_ADDRESS(sum, JJ_BUILTIN_SUM)
JJ_BUILTIN_ADDRESS(zip, JJ_BUILTIN_ZIP)
JJ_BUILTIN_ADDRESS(divmod, JJ_BUILTIN_DIVMOD)
JJ_BUILTIN_ADDRESS(round, JJ_BUILTIN_ROUND)
JJ_BUILTIN_ADDRESS(super, JJ_BUILTIN_SUPER)
JJ_BUILTIN_ADDRESS(key_error, JJ_BUILTIN_KEY_ERROR)
JJ_BUILTIN_ADDRESS(index_error, JJ_BUILTIN_INDEX_ERROR)
JJ_BUILTIN_ADDRESS(lookup_error, JJ_BUILTIN_LOOKUP_ERROR)
JJ_BUILTIN_ADDRESS(exception, JJ_BUILTIN_EXCEPTION)
JJ_BUILTIN_ADDRESS(complex, JJ_BUILTIN_COMPLEX)
#undef JJ_BUILTIN_ADDRESS

std::vector<JJSymbol> build_table() {
  std::vector<JJSymbol> table;
#define HELPER(name, signature) table.push_back({#name, const_cast<void*>(name##_address)});
#define STACK_HELPER(name, op) HELPER(name, "")
#define STACK_COND(name, op) HELPER(name, "")
#define DATA(name) table.push_back({#name, name##_address()});
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA
  table.push_back({nullptr, nullptr});
  return table;
}

}  // namespace

const JJSymbol* symbol_table() {
  static const std::vector<JJSymbol> table = build_table();
  return table.data();
}

}  // namespace jj::compiler
