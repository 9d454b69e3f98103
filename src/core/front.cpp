// Decode, translate and the HIR passes; every stage's product is verified before the next one sees it.
#include "core/front.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "core/recovery.h"
#include "core/weigh.h"
#include "hir/facts.h"
#include "passes/passes.h"
#include "passes/pipeline.h"
#include "translate/translate.h"

namespace jj::core {
namespace {

// Of the optimised tier: more never fits in what code generation takes (core.cpp), and the passes take long to find out.
constexpr size_t kMostOptimised = 2500;  // instructions

constexpr int kVarArgs = 0x04, kVarKeywords = 0x08;  // co_flags

void refuse(Front& front, std::string reason, int32_t index = -1) {
  front.reason = std::move(reason);
  front.reason_index = index;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> names;
  std::istringstream in(list);
  for (std::string name; std::getline(in, name, ',');) names.push_back(name);
  return names;
}

std::string unknown_pass(const FrontOptions& options) {
  for (const std::string& name : split(options.disabled_passes))
    if (!name.empty() && !passes::find_pass(name)) return "no pass " + name;
  return "";
}

std::vector<std::string> chosen(const FrontOptions& options) {
  if (!options.only_passes.empty()) return split(options.only_passes);
  const std::vector<std::string> disabled = split(options.disabled_passes);
  std::vector<std::string> names;
  for (const passes::PassInfo& pass : options.optimise ? passes::optimising_pipeline() : passes::baseline_pipeline()) {
    if (pass.only_boundaries && !options.boundaries) continue;
    if (pass.only_profile && !options.profile) continue;
    if (std::find(disabled.begin(), disabled.end(), pass.name) == disabled.end()) names.push_back(pass.name);
  }
  return names;
}

JJTypeKind type_of(bytecode::ConstKind kind) {
  switch (kind) {
    case bytecode::ConstKind::None: return JJ_TYPE_NONE;
    case bytecode::ConstKind::True:
    case bytecode::ConstKind::False: return JJ_TYPE_BOOL;
    case bytecode::ConstKind::Int: return JJ_TYPE_INT;
    case bytecode::ConstKind::BigInt: return JJ_TYPE_BIG_INT;
    case bytecode::ConstKind::Float: return JJ_TYPE_FLOAT;
    case bytecode::ConstKind::Complex: return JJ_TYPE_COMPLEX;
    case bytecode::ConstKind::Str: return JJ_TYPE_STR;
    case bytecode::ConstKind::Char: return JJ_TYPE_CHAR;
    case bytecode::ConstKind::Bytes: return JJ_TYPE_BYTES;
    case bytecode::ConstKind::Tuple: return JJ_TYPE_TUPLE;
    default: return JJ_TYPE_OTHER;
  }
}

// Without its value a number is an object like any other.
hir::Constant constant_of(const bytecode::CodeInput& in, size_t k) {
  const auto kind = static_cast<bytecode::ConstKind>(in.const_kinds[k]);
  const bool is_true = kind == bytecode::ConstKind::True;
  if (is_true || kind == bytecode::ConstKind::False) return {JJ_TYPE_BOOL, is_true};
  const bool number =
      kind == bytecode::ConstKind::Int || kind == bytecode::ConstKind::Float || kind == bytecode::ConstKind::Char;
  if (number && in.const_words.empty()) return {};
  if (kind == bytecode::ConstKind::Complex && in.const_chars.empty()) return {};
  const bool has_word = number || (kind == bytecode::ConstKind::BigInt && !in.const_words.empty());
  hir::Constant c{type_of(kind), has_word ? in.const_words[k] : 0};
  if (!in.const_names.empty()) c.names = in.const_names[k];
  if (!in.const_chars.empty()) c.chars = {in.const_chars[2 * k], in.const_chars[2 * k + 1]};
  return c;
}

hir::Facts facts_of(const bytecode::CodeInput& in, const FrontOptions& options) {
  hir::Facts facts;
  facts.locals_writable = options.locals_writable;
  facts.unbound_from = in.argcount + in.kwonly + ((in.flags & kVarArgs) != 0) + ((in.flags & kVarKeywords) != 0);
  facts.unbound_to = std::min(in.nlocals, in.nslots);
  for (size_t k = 0; k < in.const_kinds.size(); k++) facts.constants.push_back(constant_of(in, k));
  if (options.feedback) hir::add_feedback(facts, *options.feedback);
  return facts;
}

int64_t address(const void* object) { return static_cast<int64_t>(reinterpret_cast<intptr_t>(object)); }

std::string text(const char* chars) { return chars ? chars : ""; }

// A callee as a function of its own.
void add_callee(hir::Function& f, const JJCallee& callee, const FrontOptions& options, int python) {
  FrontOptions own = options;
  own.feedback = callee.feedback;
  own.asserted = {};
  own.stop_after = "translate";
  Front front = translate(input_of(*callee.code, python), own);
  if (!front.reason.empty()) return;
  passes::clean_cfg(front.function);
  passes::cut_raises(front.function);
  const JJCode& code = *callee.code;
  hir::Callee result;
  result.function = std::move(front.function);
  result.code = address(callee.code_object);
  result.params = code.argcount, result.posonly = code.posonly, result.kwonly = code.kwonly;
  result.first_free = code.nslots - code.nfrees;
  const int32_t named = code.argcount + code.kwonly;
  if (code.flags & kVarArgs) result.varargs = named;
  if (code.flags & kVarKeywords) result.varkeywords = named + (result.varargs >= 0);
  for (int32_t n = 0; n < named; n++) {
    result.parameters.push_back(text(code.varnames[n]));
    result.parameter_names.push_back(address(callee.slot_names[n]));
  }
  for (int32_t n = 0; n < callee.code->nconsts; n++) result.consts.push_back(address(callee.consts[n]));
  for (int32_t n = 0; n < callee.code->nnames; n++) result.names.push_back(address(callee.names[n]));
  f.callees.push_back(std::move(result));
}

void name_calls(hir::Function& f, const JJFeedback& feedback, const std::vector<int64_t>& codes) {
  for (int32_t k = 0; k < feedback.ncalls; k++) {
    const int64_t code = codes[static_cast<size_t>(feedback.calls[k].callee + 1)];
    if (code) f.calls.push_back({feedback.calls[k].pc, code});
  }
}

// The callees that feedback names, and those of the callees. The function itself is one of them where something calls it.
void add_callees(hir::Function& f, const JJFeedback& feedback, const FrontOptions& options, int python) {
  f.code = feedback.self ? address(feedback.self->code_object) : 0;
  std::vector<int64_t> codes{f.code};
  for (int32_t k = 0; k < feedback.ncallees; k++) codes.push_back(address(feedback.callees[k].code_object));
  FrontOptions inside = options;
  inside.codes = &codes;
  for (int32_t k = 0; k < feedback.ncallees; k++) add_callee(f, feedback.callees[k], inside, python);
  if (feedback.self) add_callee(f, *feedback.self, inside, python);
  name_calls(f, feedback, codes);
}

}  // namespace

bytecode::CodeInput input_of(const JJCode& c, int python) {
  bytecode::CodeInput in;
  in.python = python;
  in.name = text(c.name), in.qualname = text(c.qualname), in.filename = text(c.filename);
  in.first_line = c.first_line, in.flags = c.flags;
  in.argcount = c.argcount, in.posonly = c.posonly, in.kwonly = c.kwonly;
  in.nlocals = c.nlocals, in.ncells = c.ncells, in.nfrees = c.nfrees, in.nslots = c.nslots;
  in.class_cell = c.class_cell;
  in.stacksize = c.stacksize, in.nconsts = c.nconsts, in.nnames = c.nnames;
  in.code.assign(c.code, c.code + c.code_size);
  if (c.exception_table) in.exception_table.assign(c.exception_table, c.exception_table + c.exception_table_size);
  if (c.const_kinds) in.const_kinds.assign(c.const_kinds, c.const_kinds + c.nconsts);
  if (c.const_words) in.const_words.assign(c.const_words, c.const_words + c.nconsts);
  if (c.const_chars) in.const_chars.assign(c.const_chars, c.const_chars + 2 * c.nconsts);
  for (int k = 0; c.varnames && k < c.nslots; k++) in.varnames.push_back(text(c.varnames[k]));
  for (int k = 0; c.const_names && k < c.nconsts; k++) in.const_names.push_back(text(c.const_names[k]));
  return in;
}

Front decode_only(bytecode::CodeInput input) {
  Front front;
  auto decoded = bytecode::decode(std::move(input));
  if (auto* error = std::get_if<bytecode::DecodeError>(&decoded))
    refuse(front, error->message);
  else
    front.code = std::move(std::get<bytecode::Code>(decoded));
  return front;
}

Front translate(bytecode::CodeInput input, const FrontOptions& options) {
  Front front = decode_only(std::move(input));
  if (!front.reason.empty()) return front;
  if (const size_t size = front.code.instrs.size(); options.optimise && size > kMostOptimised) {
    refuse(front, "too large to optimise: " + std::to_string(size) + " instructions");
    return front;
  }
  auto translated = translate::translate(front.code, options.more_entries, options.asserted);
  if (auto* refusal = std::get_if<translate::Refusal>(&translated)) {
    refuse(front, refusal->reason, refusal->index);
    return front;
  }
  front.function = std::move(std::get<hir::Function>(translated));
  if (options.optimise) front.function.facts = facts_of(front.code.input, options);
  if (options.optimise && options.feedback && options.codes)
    name_calls(front.function, *options.feedback, *options.codes);
  else if (options.optimise && options.feedback)
    add_callees(front.function, *options.feedback, options, front.code.input.python);
  std::string error = hir::verify(front.function);
  if (std::string unknown = unknown_pass(options); error.empty() && !unknown.empty()) {
    refuse(front, unknown);
    return front;
  }
  if (error.empty() && options.stop_after != "translate") error = run_passes(front.function, options);
  if (!error.empty()) refuse(front, kFault + error);
  return front;
}

// Chosen passes run in the order they are named; otherwise the baseline pipeline runs, up to `stop_after`.
std::string run_passes(hir::Function& f, const FrontOptions& options) {
  if (std::string unknown = unknown_pass(options); !unknown.empty()) return unknown;
  if (options.only_passes.empty() && options.stop_after.empty()) {
    passes::PipelineOptions pipeline;
    pipeline.boundaries = options.boundaries;
    pipeline.profile = options.profile;
    pipeline.optimise = options.optimise;
    pipeline.disabled = options.disabled_passes;
    std::string error = passes::run_pipeline(f, pipeline);
    return error.empty() ? hir::verify(f) : error;
  }
  if (!options.stop_after.empty() && !passes::find_pass(options.stop_after)) return "no pass " + options.stop_after;
  for (const std::string& name : chosen(options)) {
    const passes::PassInfo* pass = passes::find_pass(name);
    if (!pass) return "no pass " + name;
    pass->run(f);
    if (std::string error = hir::verify(f); !error.empty()) return "after " + name + ": " + error;
    if (name == options.stop_after) break;
  }
  return "";
}

}  // namespace jj::core
