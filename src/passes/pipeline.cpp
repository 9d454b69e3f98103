// The passes of each tier in order, and their runner.
#include "passes/pipeline.h"

#include "passes/passes.h"

namespace jj::passes {
namespace {

#ifdef NDEBUG
constexpr bool kAlwaysVerify = false;
#else
constexpr bool kAlwaysVerify = true;
#endif

}  // namespace

const std::vector<PassInfo>& baseline_pipeline() {
  static const std::vector<PassInfo> passes = {
      // First, while every operation still stands where its instruction put it.
      {"mark_boundaries", mark_boundaries, true},
      {"place_records", place_records, false, true},
      {"clean_cfg", clean_cfg, false},
      {"feed_consumers", feed_consumers, false},
      {"forward_stack", forward_stack, false},
      {"fuse_stores", fuse_stores, false},
  };
  return passes;
}

const std::vector<PassInfo>& optimising_pipeline() {
  static const std::vector<PassInfo> passes = {
      {"mark_boundaries", mark_boundaries, true},
      // The last passes that change the graph: blocks are named by phis later.
      {"clean_cfg", clean_cfg, false},
      {"cut_raises", cut_raises, false},
      {"feed_consumers", feed_consumers, false},
      {"leave_unseen", leave_unseen, false},
      {"peel_loops", peel_loops, false},
      {"split_classes", split_classes, false},
      {"inline_calls", inline_calls, false},
      {"catch_raises", catch_raises, false},
      {"unbox", unbox, false},
      {"clean_values", clean_values, false},
      {"prove_ranges", prove_ranges, false},
      {"space_polls", space_polls, false},
  };
  return passes;
}

static const std::vector<PassInfo>& outside_the_pipelines() {
  static const std::vector<PassInfo> passes = {{"frameless", frameless, false}, {"peeking", peeking, false}};
  return passes;
}

const PassInfo* find_pass(const std::string& name) {
  for (const auto* passes : {&baseline_pipeline(), &optimising_pipeline(), &outside_the_pipelines()})
    for (const PassInfo& pass : *passes)
      if (name == pass.name) return &pass;
  return nullptr;
}

bool is_listed(const std::string& list, const std::string& name) {
  return ("," + list + ",").find("," + name + ",") != std::string::npos;
}

const std::string& pass_names() {
  static const std::string names = [] {
    std::string list;
    for (const auto* passes : {&baseline_pipeline(), &optimising_pipeline(), &outside_the_pipelines()})
      for (const PassInfo& pass : *passes)
        if (!is_listed(list, pass.name)) list += (list.empty() ? "" : ",") + std::string(pass.name);
    return list;
  }();
  return names;
}

std::string run_pipeline(hir::Function& f, const PipelineOptions& options) {
  for (const PassInfo& pass : options.optimise ? optimising_pipeline() : baseline_pipeline()) {
    if (pass.only_boundaries && !options.boundaries) continue;
    if (pass.only_profile && !options.profile) continue;
    if (is_listed(options.disabled, pass.name)) continue;
    const bool changed = pass.run(f);
    if (changed && options.dump) *options.dump += std::string("; after ") + pass.name + "\n" + hir::print(f);
    if (!options.verify && !kAlwaysVerify) continue;
    if (std::string error = hir::verify(f); !error.empty()) return std::string("after ") + pass.name + ": " + error;
  }
  return {};
}

}  // namespace jj::passes
