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

  PyCodeObject* code = nullptr;
  std::vector<void*> slot_names;

  bool capture(PyCodeObject* wanted);  // false: it is too large, or no callee for other reasons
  JJCallee callee(const JJFeedback* known) const;
};

FeedbackData::FeedbackData() = default;
FeedbackData::~FeedbackData() { Py_XDECREF(held_); }

namespace {

constexpr size_t kMostCallees = 24;
constexpr size_t kMostBytes = 300;        // of bytecode
constexpr int32_t kOwn = -1, kNone = -2;  // JJCalleeAt::callee
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

// Of a call or, if it is to be a generator's, of a loop over that.
bool can_be_callee(const PyCodeObject* code, bool generator) {
  if ((code->co_flags & kPlainFlags) != kPlainFlags) return false;
  return (code->co_flags & kSuspendingFlags) == (generator ? CO_GENERATOR : 0);
}

PyCodeObject* code_of(void* object) {
  auto* function = static_cast<PyObject*>(object);
  return function && vm::is_function(function) ? reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(function))
                                               : nullptr;
}

}  // namespace

bool CalleeData::capture(PyCodeObject* wanted) {
  if (!source.capture(wanted)) return false;
  const JJCode& captured = source.code();
  if (captured.ncells || captured.code_size > kMostBytes) return false;
  code = wanted;
  for (int i = 0; i < captured.nslots; ++i) slot_names.push_back(vm::slot_name(code, i));
  return true;
}

JJCallee CalleeData::callee(const JJFeedback* known) const {
  return {&source.code(),
          known,
          code,
          reinterpret_cast<void* const*>(&PyTuple_GET_ITEM(code->co_consts, 0)),
          reinterpret_cast<void* const*>(&PyTuple_GET_ITEM(code->co_names, 0)),
          slot_names.data()};
}

// The code that functions, or generators, have always had there, or null.
PyCodeObject* FeedbackData::only_code(const JJTypes& types, JJTypeKind kind) {
  const JJSeen* only = nullptr;
  int others = types.megamorphic;
  for (int n = 0; n < types.count; ++n) {
    const JJSeen& seen = types.seen[n];
    if (seen.kind == kind && seen.id && !only)
      only = &seen;
    else
      others += seen.kind != kind || seen.id;
  }
  return only && !others ? numbered_code(only->id) : nullptr;
}

void FeedbackData::name_callees(FeedbackData& caller, PyCodeObject* own) {
  auto name = [&](int32_t pc, PyCodeObject* code, bool generator = false) {
    if (const int32_t callee = find_callee(code, own, generator); callee >= kOwn) caller.calls_.push_back({pc, callee});
  };
  for (const JJSiteTypes& site : caller.sites_) name(site.pc, only_code(site.types, JJ_TYPE_FUNCTION));
  for (const JJPlaceTypes& place : caller.places_)  // what a loop goes through is its innermost stack entry
    if (place.pc >= 0 && place.nslots > 0)
      name(place.pc, only_code(place.slots[place.nslots - 1], JJ_TYPE_GENERATOR), true);
  const std::vector<JJAttrSeen>& attrs = caller.attrs_;
  for (size_t k = 0, row = 0; k < attrs.size(); ++k) {
    row = k && attrs[k - 1].pc == attrs[k].pc ? row + 1 : 0;
    const bool several = std::any_of(attrs.begin(), attrs.end(), [&](const JJAttrSeen& other) {
      return other.pc == attrs[k].pc && other.object != attrs[k].object;
    });
    const auto place = static_cast<int32_t>(row) * JJ_SITE_RESULT + JJ_SITE_CLASS;
    if (attrs[k].object && (several || !row)) name(attrs[k].pc + (several ? place : 0), code_of(attrs[k].object));
  }
  for (const auto& [pc, number] : caller.inits_) name(pc, numbered_code(number));
}

int32_t FeedbackData::find_callee(PyCodeObject* code, PyCodeObject* own, bool generator) {
  const CodeData* known = code ? vm::code_data(code) : nullptr;
  if (!known || known->wishes.asserts || !can_be_callee(code, generator)) return kNone;
  if (code == own) {
    if (!self_data_ && !(self_data_ = std::make_unique<CalleeData>())->capture(code)) PyErr_Clear();
    return kOwn;
  }
  for (size_t k = 0; k < callee_data_.size(); ++k)
    if (callee_data_[k]->code == code) return static_cast<int32_t>(k);
  CodeData* informed = best_informed(code);
  if (!informed || callee_data_.size() >= kMostCallees) return kNone;
  auto data = std::make_unique<CalleeData>();
  if (!data->capture(code) || PyList_Append(held_, reinterpret_cast<PyObject*>(code)) < 0) {
    PyErr_Clear();
    return kNone;
  }
  data->feedback.gather_own(informed);
  callee_data_.push_back(std::move(data));
  return static_cast<int32_t>(callee_data_.size()) - 1;
}

// Callees of callees, too, the nearest first.
void FeedbackData::gather_callees(PyCodeObject* own) {
  name_callees(*this, own);
  for (size_t k = 0; k < callee_data_.size(); ++k) name_callees(callee_data_[k]->feedback, own);
  for (const auto& data : callee_data_) {
    data->feedback.fill_view();
    callees_.push_back(data->callee(data->feedback.view()));
  }
  if (self_data_ && self_data_->code) self_ = self_data_->callee(&view_);
}

void FeedbackData::gather(CodeData* cd, bool inlining) {
  gather_own(cd);
  if (inlining && (held_ = PyList_New(0)))
    gather_callees(cd->code);
  else
    PyErr_Clear();
  fill_view();
}

std::vector<PyCodeObject*> FeedbackData::unknown_callees() const {
  std::vector<PyCodeObject*> codes;
  for (const auto& data : callee_data_) {
    const CodeData* informed = best_informed(data->code);
    if (!informed || !informed->profiled) codes.push_back(data->code);
  }
  return codes;
}

PyObject* FeedbackData::take_held() { return callees_.empty() ? nullptr : std::exchange(held_, nullptr); }

}  // namespace jj::compiler
