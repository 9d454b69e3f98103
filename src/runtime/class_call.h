// How calls of classes count as recursion.
#pragma once
#include "runtime/abi.h"

namespace jj::calls {

// What calling a class costs the interpreter besides the call of __init__. For it that is a call of C, which takes a
// recursion unit, on 3.12+ of those for nesting, with a loop for __init__; 3.13 runs simple ones inline, between two frames.
class ClassCall {
  static constexpr int kNesting = 1 + kUnitsOfLoop;
  PyThreadState* ts_;
  bool takes_unit_;
  int outer_frame_ = 0;  // size of the frame that would lie below that of __init__, in words of the data stack

 public:
  // inlined: an instruction calls, with `nargs` positional arguments and nothing else.
  ClassCall(PyThreadState* ts, PyFunctionObject* init, bool inlined, Py_ssize_t nargs)
      : ts_(ts), takes_unit_(!kCountsC) {
    if (PY_MINOR_VERSION < 13 || !inlined) return;
    auto* code = reinterpret_cast<PyCodeObject*>(init->func_code);
    bool simple = code->co_argcount == nargs + 1 && code->co_kwonlyargcount == 0 &&
                  !(code->co_flags & (CO_VARARGS | CO_VARKEYWORDS));
    outer_frame_ = simple ? outer_frame_room(ts, code) : 0;
    takes_unit_ = outer_frame_ > 0;
  }
  // `nested`: so many such calls within each other.
  bool has_room(int nested = 1) const {
    return takes_unit_ ? recursion_room(ts_) : c_recursion_allows(ts_, nested * kNesting + 1);
  }
  void enter() const {
    data_stack_spend(ts_, outer_frame_);
    takes_unit_ ? recursion_enter(ts_) : c_recursion_give_back(ts_, -kNesting);
  }
  void leave() const {
    data_stack_spend(ts_, -outer_frame_);
    takes_unit_ ? recursion_leave(ts_) : c_recursion_give_back(ts_, kNesting);
  }
};

}  // namespace jj::calls
