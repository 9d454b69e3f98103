// Canonical text of decoded code, for people and for the tests.
#include <algorithm>
#include <string>

#include "bytecode/decode.h"

namespace jj::bytecode {
namespace {

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string number(int32_t value, size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string operands(const Code& code, const Instr& i) {
  std::string text = std::to_string(i.arg);
  if (i.arg2) text += " " + std::to_string(i.arg2);
  if (op_operand(i.op).kind == Operand::Slot && static_cast<size_t>(i.arg) < code.input.varnames.size())
    text += " (" + code.input.varnames[i.arg] + ")";
  if (i.target >= 0) text += " -> " + std::to_string(i.target);
  return text;
}

// `+`: second half of a fused instruction; `<n`: the prefixes begin at n.
std::string position(const Instr& i) {
  std::string text = number(i.index, 5);
  if (!i.boundary) return text + "+";
  return i.start == i.index ? text : text + "<" + std::to_string(i.start);
}

std::string region_line(const Region& r, size_t k) {
  static const char* const kNames[] = {"handler", "finally", "except"};
  std::string text = "region " + std::to_string(k) + " " + kNames[static_cast<int>(r.kind)];
  if (r.target >= 0) text += " -> " + std::to_string(r.target);
  text += " depth " + std::to_string(r.depth);
  if (r.push_lasti) text += " lasti";
  if (r.parent >= 0) text += " in " + std::to_string(r.parent);
  return text + "\n";
}

}  // namespace

std::string print(const Code& code) {
  const CodeInput& in = code.input;
  std::string out = "code " + in.qualname + " python " + std::to_string(in.python) + " slots " +
                    std::to_string(in.nslots) + " stack " + std::to_string(in.stacksize) + "\n";
  for (size_t k = 0; k < code.regions.size(); k++) out += region_line(code.regions[k], k);
  std::vector<bool> targeted(code.at.size(), false);
  for (const Instr& i : code.instrs)
    if (i.target >= 0) targeted[i.target] = true;
  for (const Region& r : code.regions)
    if (r.target >= 0) targeted[r.target] = true;
  for (size_t k = 0; k < code.instrs.size(); k++) {
    const Instr& i = code.instrs[k];
    std::string line = i.boundary && targeted[i.start] ? ">" : " ";
    line += padded(position(i), 10) + padded(op_name(i.op), 22) + " " + padded(operands(code, i), 24);
    line += code.depth[k] < 0 ? " unreachable" : " depth " + std::to_string(code.depth[k]);
    if (code.region_of[k] >= 0) line += " region " + std::to_string(code.region_of[k]);
    out += line + "\n";
  }
  return out;
}

}  // namespace jj::bytecode
