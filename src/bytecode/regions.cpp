// Reads the exception table of 3.11 and later into regions.
#include "bytecode/steps.h"

namespace jj::bytecode {
namespace {

// Numbers are stored six bits a byte, most significant first; bit 0x40: more follows, bit 0x80: an entry begins.
class TableReader {
 public:
  explicit TableReader(const std::vector<uint8_t>& bytes) : bytes_(bytes) {}
  bool done() const { return position_ >= bytes_.size(); }

  // -1 when the table ends early or the number is absurd.
  int64_t number() {
    int64_t value = 0;
    while (!done()) {
      uint8_t byte = bytes_[position_++];
      value = value << 6 | (byte & 0x3f);
      if (value > INT32_MAX) return -1;
      if (!(byte & 0x40)) return value;
    }
    return -1;
  }

 private:
  const std::vector<uint8_t>& bytes_;
  size_t position_ = 0;
};

}  // namespace

Failure read_exception_table(Code& code) {
  auto fail = [&](const char* what) { return DecodeError{code.input.qualname + ": exception table: " + what}; };
  const int64_t size = static_cast<int64_t>(code.at.size());
  TableReader table(code.input.exception_table);
  size_t i = 0;
  int64_t covered = 0;
  while (!table.done()) {
    int64_t start = table.number(), length = table.number(), target = table.number(), packed = table.number();
    if (start < 0 || length < 0 || target < 0 || packed < 0) return fail("ends inside an entry");
    if (start < covered || start + length > size) return fail("entries overlap or leave the code");
    if (target >= size || code.at[target] < 0) return fail("handler is not an instruction");
    covered = start + length;
    Region region;
    region.target = static_cast<int32_t>(target);
    region.depth = static_cast<int32_t>(packed >> 1);
    region.push_lasti = packed & 1;
    for (; i < code.instrs.size() && code.instrs[i].index < covered; i++)
      if (code.instrs[i].index >= start) code.region_of[i] = static_cast<int32_t>(code.regions.size());
    code.regions.push_back(region);
  }
  return std::nullopt;
}

}  // namespace jj::bytecode
