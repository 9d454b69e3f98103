// Calls in one block: what lies on the stack in front of each, and which parameter of a known callee gets what.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "passes/inliner.h"

namespace jj::passes {

// A call of a function or method, with or without keywords.
struct CallSite {
  int32_t d = 0;        // first stack entry
  int32_t entries = 0;  // on the stack
  int32_t nargs = 0;    // keyword arguments are the last ones of them
  int32_t layout = 0;   // see Op::Call
  int32_t names = -1;   // constant: the keywords; -1: none
};

// Which stack entry each parameter gets, -1: its default. False: that is an error, which the call raises.
// What *args and **kwargs get comes behind, in Inlined::bound, too.
bool bind_arguments(const hir::Callee& callee, int32_t given, int32_t first, const std::string& names,
                    hir::Inlined& site);
// A call with keywords leaves its result on the stack.
hir::Instr keep_result(const hir::Instr& call, int32_t d);
int32_t call_at(const hir::Function& f, int32_t pc);  // index into Function::calls, or -1

// Follows a block's stack, operation by operation.
class CallSites {
 public:
  CallSites(const hir::Function& f, const Directs& directs) : f_(f), directs_(directs) {}

  // Whether the operation is a call that may be replaced; else what it does to the stack is followed.
  bool is_call(const hir::Instr& i, CallSite& site) const;
  void follow(const hir::Instr& i);
  void cut(int32_t from) { stack_.erase(stack_.lower_bound(from), stack_.end()); }

  // The callee (index into Function::calls) and what it gets, or -1: the call stays.
  int32_t bind(const hir::Instr& i, const CallSite& call, hir::Inlined& site);

 private:
  // What lies in a stack entry: the function or method of a callee, the null that belongs to a function, the result of a
  // call without arguments, or anything.
  struct Entry {
    enum Kind : uint8_t { Other, Null, Function, Method, Const, Made } kind = Other;
    int32_t number = -1;  // index into Function::calls; of the constant
  };

  void follow_method(const hir::Instr& i);
  int32_t method_at(const hir::Instr& i) const;
  int32_t bind_class(const hir::Instr& i, const CallSite& call, int32_t first, hir::Inlined& site);

  const hir::Function& f_;
  const Directs& directs_;
  std::map<int32_t, Entry> stack_;
  std::map<hir::ValueId, Entry> values_;
  std::map<hir::ValueId, int32_t> versions_;  // of their classes
};

}  // namespace jj::passes
