// Finds the functions that feedback names as callees and that are small enough to be put in place of their calls.
#include <algorithm>
#include <utility>

#include "compiler/code_source.h"
#include "compiler/feedback.h"
#include "compiler/publish.h"
#include "vm/code_slot.h"
#include "vm/vm.h"

namespace jj::compiler {

struct CalleeData {
  CodeSource source;
  FeedbackData feedback;
};

FeedbackData::FeedbackData() = default;
FeedbackData::~FeedbackData() { Py_XDECREF(held_); }

namespace {

constexpr int kMostDepth = 3;
constexpr size_t kMostCallees = 12;
constexpr size_t kMostBytes = 300;  // of bytecode
constexpr int kPlainFlags = CO_OPTIMIZED | CO_NEWLOCALS;

// The native code that knows most about what the code meets.
CodeData* best_informed(PyCodeObject* code) {
  CodeData* any = nullptr;
  for (CodeData* cd = vm::code_data(code); cd; cd = cd->retired) {
    if (!cd->body || cd->baseline || cd->boundary_mode) continue;
    if (cd->profiled) return cd;
    if (!any) any = cd;
  }
  return any;
}

bool has_plain_parameters(const PyCodeObject* code) {
  if ((code->co_flags & kPlainFlags) != kPlainFlags || code->co_kwonlyargcount) return false;
  return !(code->co_flags & (CO_VARARGS | CO_VARKEYWORDS | kSuspendingFlags));
}

PyCodeObject* code_of(void* object) {
  auto* function = static_cast<PyObject*>(object);
  return function && vm::is_function(function) ? reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(function))
                                               : nullptr;
}

}  // namespace

void FeedbackData::gather_callees(const PyCodeObject* caller, int depth, PyObject* held) {
  for (const JJSiteTypes& site : sites_) {
    const JJSeen* only = nullptr;
    int others = site.types.megamorphic;
    for (int n = 0; n < site.types.count; ++n) {
      const JJSeen& seen = site.types.seen[n];
      if (seen.kind == JJ_TYPE_FUNCTION && seen.id && !only)
        only = &seen;
      else
        others += seen.kind != JJ_TYPE_FUNCTION || seen.id;
    }
    if (only && !others) add_callee(site.pc, numbered_code(only->id), caller, depth, held);
  }
  for (const JJAttrSeen& seen : attrs_)
    if (seen.how == JJ_ATTR_METHOD) add_callee(seen.pc, code_of(seen.object), caller, depth, held);
}

void FeedbackData::add_callee(int32_t pc, PyCodeObject* code, const PyCodeObject* caller, int depth, PyObject* held) {
  if (!code || code == caller || depth >= kMostDepth || callee_data_.size() >= kMostCallees) return;
  for (size_t k = 0; k < callees_.size(); ++k)
    if (callees_[k].code_object == code) {
      calls_.push_back({pc, static_cast<int32_t>(k)});
      return;
    }
  CodeData* informed = best_informed(code);
  if (!informed || !has_plain_parameters(code) || vm::code_data(code)->wishes.asserts) return;
  auto data = std::make_unique<CalleeData>();
  if (!data->source.capture(code) || PyList_Append(held, reinterpret_cast<PyObject*>(code)) < 0) return PyErr_Clear();
  const JJCode& source = data->source.code();
  if (source.ncells || source.nfrees || source.code_size > kMostBytes) return;
  data->feedback.gather_own(informed);
  data->feedback.gather_callees(code, depth + 1, held);
  data->feedback.fill_view();
  calls_.push_back({pc, static_cast<int32_t>(callees_.size())});
  callees_.push_back({&source, data->feedback.view(), code,
                      reinterpret_cast<void* const*>(&PyTuple_GET_ITEM(code->co_consts, 0)),
                      reinterpret_cast<void* const*>(&PyTuple_GET_ITEM(code->co_names, 0))});
  callee_data_.push_back(std::move(data));
}

void FeedbackData::gather(CodeData* cd, bool inlining) {
  gather_own(cd);
  if (inlining && (held_ = PyList_New(0)))
    gather_callees(cd->code, 0, held_);
  else
    PyErr_Clear();
  fill_view();
}

PyObject* FeedbackData::take_held() { return callees_.empty() ? nullptr : std::exchange(held_, nullptr); }

}  // namespace jj::compiler
