// Decode, translate and the HIR passes; every stage's product is verified before the next one sees it.
#include "core/front.h"

#include "translate/translate.h"

namespace jj::core {
namespace {

void refuse(Front& front, std::string reason, int32_t index = -1) {
  front.reason = std::move(reason);
  front.reason_index = index;
}

}  // namespace

Front decode_only(bytecode::CodeInput input) {
  Front front;
  auto decoded = bytecode::decode(std::move(input));
  if (auto* error = std::get_if<bytecode::DecodeError>(&decoded)) refuse(front, error->message);
  else front.code = std::move(std::get<bytecode::Code>(decoded));
  return front;
}

Front translate(bytecode::CodeInput input, const FrontOptions& options) {
  Front front = decode_only(std::move(input));
  if (!front.reason.empty()) return front;
  auto translated = translate::translate(front.code);
  if (auto* refusal = std::get_if<translate::Refusal>(&translated)) {
    refuse(front, refusal->reason, refusal->index);
    return front;
  }
  front.function = std::move(std::get<hir::Function>(translated));
  std::string error = hir::verify(front.function);
  if (error.empty() && options.stop_after != "translate") error = run_passes(front.function, options);
  if (!error.empty()) refuse(front, "internal error: " + error);
  return front;
}

std::string run_passes(hir::Function& f, const FrontOptions& options) {
  (void)options;
  return hir::verify(f);
}

}  // namespace jj::core
