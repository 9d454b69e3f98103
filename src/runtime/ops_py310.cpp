// Operations that only CPython 3.10 has: exceptions as three stack entries, matches with a flag on top.
#include "runtime/ops.h"

#include "vm/vm.h"

using namespace jj;
using namespace jj::ops;

JJ_STACK_OP(jj_op_pop_except_block) { return set_handled_triple(o.ts, o.top(1), o.top(2), o.top(3)); }

JJ_STACK_OP(jj_op_reraise_triple) {
  PyErr_Restore(o.top(1), o.top(2), o.top(3));
  vm::reraise = {true, o.arg != 0, -1};
  return -1;
}

JJ_STACK_OP(jj_op_jump_if_not_exc_match) {
  int matches = exception_matches(o.top(2), o.top(1));
  release(o.sp - 2, o.sp);
  return matches < 0 ? -1 : !matches;
}

// subject type names -> attributes|subject bool
JJ_STACK_OP(jj_op_match_class_pair) {
  PyObject* attributes = match_class(o.top(3), o.top(2), o.arg, o.top(1));
  if (!attributes && PyErr_Occurred()) return consume(o, 3, -1);
  release(o.sp - 2, o.sp);
  if (attributes) {
    Py_DECREF(o.sp[-3]);
    o.sp[-3] = attributes;
  }
  o.sp[-2] = bool_object(attributes != nullptr);
  return 0;
}

// subject keys -> .. values|None bool
JJ_STACK_OP(jj_op_match_keys_pair) {
  PyObject* values = match_keys(o.top(2), o.top(1));
  if (!values) return -1;
  o.sp[0] = values;
  o.sp[1] = bool_object(values != Py_None);
  return 0;
}

JJ_STACK_OP(jj_op_copy_dict_without_keys) {
  PyObject *keys = o.top(1), *rest = PyDict_New();
  if (rest && PyDict_Update(rest, o.top(2)) < 0) Py_CLEAR(rest);
  for (Py_ssize_t i = 0; rest && i < PyTuple_GET_SIZE(keys); ++i)
    if (PyDict_DelItem(rest, PyTuple_GET_ITEM(keys, i)) < 0) Py_CLEAR(rest);
  return replace(o, 1, rest);
}
