// One compile: all that it needs, in storage of its own, and then its result.
#pragma once
#include <memory>
#include <vector>

#include "compiler/code_source.h"
#include "compiler/compile.h"
#include "compiler/feedback.h"

namespace jj::compiler {

struct Job {
  PyCodeObject* code;             // borrowed; null: it went away meanwhile, and nobody wants the result
  Options options;                // as compiled
  CodeData* from = nullptr;       // the native code that is to be replaced by better code; null: there is none
  CodeData* meanwhile = nullptr;  // the native code that may have been put in its place until then
  CodeSource source;
  FeedbackData feedback;           // of tier 2
  JJCompiled* landing = nullptr;   // where its exits go on, if it is optimised and has loops
  JJCompiled* compiled = nullptr;  // null after run(): there is no compiler (core_error())
  double ms = 0;                   // CPU time of all steps

  ~Job();
  void run();  // needs no GIL and touches no Python object

 private:
  JJCompiled* compile(const Options& options, const std::vector<int32_t>& entries) const;
};

// Null with a Python exception set.
std::unique_ptr<Job> make_job(PyCodeObject* code, const Options& options, CodeData* from = nullptr);
// The result becomes the code object's, unless that was compiled otherwise meanwhile. Null when there is no native code to
// use: with a Python exception set, or with the reason where stats() finds it.
CodeData* publish(Job& job);

}  // namespace jj::compiler
