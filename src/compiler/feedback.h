// Type feedback of one code object in the form that the compiler library takes.
#pragma once
#include <deque>
#include <vector>

#include "runtime/abi.h"

namespace jj::compiler {

class FeedbackData {
 public:
  // From profiled code, and from the exits of all optimised code of the same code object.
  void gather(CodeData* cd);
  const JJFeedback* view() const { return &view_; }

 private:
  void gather_sites(const CodeData* cd);
  void gather_places(const CodeData* cd);
  void gather_exits(const CodeData* cd);
  void gather_attributes(CodeData* cd);

  std::vector<JJSiteTypes> sites_;
  std::vector<JJPlaceTypes> places_;
  std::deque<std::vector<JJTypes>> slots_;  // what places_ point into
  std::vector<JJExitFeedback> exits_;
  std::vector<JJAttrSeen> attrs_;
  JJFeedback view_{};
};

}  // namespace jj::compiler
