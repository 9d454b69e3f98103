// The opcode tables of all supported versions and their look-up by number.
#include "bytecode/tables.h"

#include <array>
#include <cstring>
#include <span>

#include "bytecode/decode.h"

namespace jj::bytecode {
namespace {

#define NATIVE(name, number, op, rule, value, caches) \
  {#name, number, #name, Op::op, Rule::rule, static_cast<int>(value), caches},
#define VARIANT(name, number, base) {#name, number, #base, Op::Unknown, Rule::Fixed, 0, 0},
constexpr NativeRow k310[] = {
#include "bytecode/py310.def"
};
constexpr NativeRow k311[] = {
#include "bytecode/py311.def"
};
constexpr NativeRow k312[] = {
#include "bytecode/py312.def"
};
constexpr NativeRow k313[] = {
#include "bytecode/py313.def"
};
#undef NATIVE
#undef VARIANT

std::span<const NativeRow> rows_of(int python) {
  switch (python) {
    case 310: return k310;
    case 311: return k311;
    case 312: return k312;
    case 313: return k313;
    default: return {};
  }
}

const NativeRow* base_row(std::span<const NativeRow> rows, const NativeRow& row) {
  if (std::strcmp(row.name, row.base) == 0) return &row;
  for (const NativeRow& other : rows)
    if (std::strcmp(other.name, row.base) == 0) return &other;
  return nullptr;
}

// Made when first asked for: a process compiles the bytecode of one version.
template <int python>
const NativeRow* numbered(int number) {
  static const auto table = [] {
    std::array<const NativeRow*, 256> all{};
    auto rows = rows_of(python);
    for (const NativeRow& row : rows)
      if (row.number < 256) all[row.number] = base_row(rows, row);
    return all;
  }();
  return number < 0 || number > 255 ? nullptr : table[number];
}

}  // namespace

const NativeRow* native_row(int python, int number) {
  switch (python) {
    case 310: return numbered<310>(number);
    case 311: return numbered<311>(number);
    case 312: return numbered<312>(number);
    case 313: return numbered<313>(number);
    default: return nullptr;
  }
}

std::vector<NativeOpcode> opcode_table(int python) {
  auto rows = rows_of(python);
  std::vector<NativeOpcode> table;
  for (const NativeRow& row : rows) {
    const NativeRow* base = base_row(rows, row);
    table.push_back({row.name, row.number, row.base, base ? base->op : Op::Unknown});
  }
  return table;
}

}  // namespace jj::bytecode
