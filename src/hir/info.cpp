// The table of operations, one row for each row of ops.def.
#include <algorithm>
#include <iterator>
#include <sstream>

#include "hir/function.h"
#include "hir/text.h"

namespace jj::hir {
namespace {

constexpr int count_words(const char* text) {
  int words = 0;
  for (const char* c = text; *c; c++)
    if (*c != ' ' && (c == text || c[-1] == ' ')) words++;
  return words;
}

constexpr OpInfo kOps[] = {
#define OP(name, result, operands, immediates, effects, doc) \
  {#name, Result::result, operands, count_words(immediates), immediates, Effects::effects, doc},
#include "hir/ops.def"
#undef OP
};

}  // namespace

bool is_plain(Result type) {
  return type == Result::Int || type == Result::Float || type == Result::Complex || type == Result::Cond;
}

const OpInfo& info(Op op) { return kOps[static_cast<int>(op)]; }

int find_op(const std::string& name) {
  const auto* row = std::find_if(std::begin(kOps), std::end(kOps), [&](const OpInfo& r) { return name == r.name; });
  return row == std::end(kOps) ? -1 : static_cast<int>(row - kOps);
}

const std::vector<std::string>& immediate_names(Op op) {
  static const std::vector<std::vector<std::string>> names = [] {
    std::vector<std::vector<std::string>> out;
    for (const OpInfo& row : kOps) {
      std::istringstream in(row.immediate_names);
      out.emplace_back();
      for (std::string name; in >> name;) out.back().push_back(name);
    }
    return out;
  }();
  return names[static_cast<size_t>(op)];
}

}  // namespace jj::hir
