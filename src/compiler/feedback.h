// Type feedback of one code object in the form that the compiler library takes.
#pragma once
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/abi.h"

namespace jj::compiler {

struct CalleeData;

class FeedbackData {
 public:
  FeedbackData();
  ~FeedbackData();
  FeedbackData(const FeedbackData&) = delete;
  FeedbackData& operator=(const FeedbackData&) = delete;

  // From profiled code, and from the exits of all optimised code of the same code object. `inlining`: also what is known
  // of its callees.
  void gather(CodeData* cd, bool inlining);
  const JJFeedback* view() const { return &view_; }
  // Callees whose code may take the place of calls and that were never profiled.
  std::vector<PyCodeObject*> unknown_callees() const;
  // What code compiled with this refers to, for its owner to keep alive: a new reference, or null.
  PyObject* take_held();

 private:
  void gather_own(CodeData* cd);
  static PyCodeObject* only_code(const JJTypes& types, JJTypeKind kind);
  void gather_callees(PyCodeObject* own);
  void name_callees(FeedbackData& caller, PyCodeObject* own);
  int32_t find_callee(PyCodeObject* code, PyCodeObject* own, bool generator);
  void fill_view();
  void gather_sites(const CodeData* cd);
  void gather_places(const CodeData* cd);
  void gather_exits(const CodeData* cd);
  void add_exits(const ExitCount* exits, int n);
  void gather_cached(CodeData* cd);
  void sort_attributes();
  void gather_attributes(CodeData* cd);
  void gather_supers(CodeData* cd);
  void gather_operators(PyCodeObject* code);
  void gather_classes(CodeData* cd);

  std::vector<JJSiteTypes> sites_;
  std::vector<JJPlaceTypes> places_;
  std::deque<std::vector<JJTypes>> slots_;  // what places_ point into
  std::vector<JJExitFeedback> exits_;
  std::vector<JJAttrSeen> attrs_;
  std::vector<std::pair<int32_t, uint32_t>> inits_;  // calls of classes, and the code of their __init__
  std::vector<JJCalleeAt> calls_;
  std::vector<JJCallee> callees_;
  std::vector<std::unique_ptr<CalleeData>> callee_data_;  // what callees_ point into
  std::unique_ptr<CalleeData> self_data_;                 // what self_ points into
  JJCallee self_{};
  PyObject* held_ = nullptr;  // list of code objects
  JJFeedback view_{};
};

}  // namespace jj::compiler
