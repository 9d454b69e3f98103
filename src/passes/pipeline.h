// The list of passes between translation and lowering, and its runner.
#pragma once
#include <string>
#include <vector>

#include "hir/function.h"

namespace jj::passes {

struct PassInfo {
  const char* name;
  bool (*run)(hir::Function&);
  bool only_boundaries;       // runs only with PipelineOptions::boundaries
  bool only_profile = false;  // runs only with PipelineOptions::profile
};
const std::vector<PassInfo>& baseline_pipeline();
const std::vector<PassInfo>& optimising_pipeline();
const PassInfo* find_pass(const std::string& name);
// Of all of them, each once, comma separated.
const std::string& pass_names();
bool is_listed(const std::string& list, const std::string& name);

struct PipelineOptions {
  bool optimise = false;        // optimising_pipeline instead of baseline_pipeline
  bool boundaries = false;      // mark_boundaries
  bool profile = false;         // place_records
  bool verify = false;          // after every pass (always in debug builds)
  std::string disabled;         // comma-separated pass names
  std::string* dump = nullptr;  // receives the text after every pass that changed something
};

// Empty when all went well, else the verifier's complaint and the pass to blame.
std::string run_pipeline(hir::Function& f, const PipelineOptions& options);

}  // namespace jj::passes
