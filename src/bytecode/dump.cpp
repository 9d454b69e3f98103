// Reads the text form of a code object that tools/dump_code.py writes.
#include <array>
#include <charconv>
#include <sstream>

#include "bytecode/decode.h"

namespace jj::bytecode {
namespace {

bool to_int(const std::string& text, int& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool to_bytes(const std::string& hex, std::vector<uint8_t>& bytes) {
  if (hex.size() % 2 != 0) return false;
  for (size_t i = 0; i < hex.size(); i += 2) {
    unsigned value = 0;
    auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    if (error != std::errc() || end != hex.data() + i + 2) return false;
    bytes.push_back(static_cast<uint8_t>(value));
  }
  return true;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

bool to_kinds(const std::string& text, std::vector<uint8_t>& kinds) {
  static constexpr std::array kNames = {"Other", "None",  "True", "False",    "Int",  "Float",
                                        "Str",   "Tuple", "Code", "Ellipsis", "Bytes"};
  for (const std::string& word : words(text)) {
    size_t kind = 0;
    while (kind < kNames.size() && word != kNames[kind]) kind++;
    if (kind == kNames.size()) return false;
    kinds.push_back(static_cast<uint8_t>(kind));
  }
  return true;
}

struct IntField {
  const char* key;
  int CodeInput::* field;
};
constexpr IntField kIntFields[] = {
    {"python", &CodeInput::python},     {"first_line", &CodeInput::first_line}, {"flags", &CodeInput::flags},
    {"argcount", &CodeInput::argcount}, {"posonly", &CodeInput::posonly},       {"kwonly", &CodeInput::kwonly},
    {"nlocals", &CodeInput::nlocals},   {"ncells", &CodeInput::ncells},         {"nfrees", &CodeInput::nfrees},
    {"nslots", &CodeInput::nslots},     {"stacksize", &CodeInput::stacksize},   {"nconsts", &CodeInput::nconsts},
    {"nnames", &CodeInput::nnames},
};
struct TextField {
  const char* key;
  std::string CodeInput::* field;
};
constexpr TextField kTextFields[] = {
    {"name", &CodeInput::name}, {"qualname", &CodeInput::qualname}, {"filename", &CodeInput::filename}};

// False: the key is unknown or the value has the wrong form.
bool set_field(CodeInput& in, const std::string& key, const std::string& value) {
  for (const IntField& f : kIntFields)
    if (key == f.key) return to_int(value, in.*f.field);
  for (const TextField& f : kTextFields)
    if (key == f.key) {
      in.*f.field = value;
      return true;
    }
  if (key == "code") return to_bytes(value, in.code);
  if (key == "exception_table") return to_bytes(value, in.exception_table);
  if (key == "const_kinds") return to_kinds(value, in.const_kinds);
  if (key == "varnames") {
    in.varnames = words(value);
    return true;
  }
  return false;
}

}  // namespace

std::variant<CodeInput, DecodeError> parse_dump(const std::string& text) {
  CodeInput in;
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    count++;
    if (line.empty() || line[0] == '#') continue;
    size_t space = line.find(' ');
    std::string key = line.substr(0, space);
    std::string value = space == std::string::npos ? "" : line.substr(space + 1);
    if (!set_field(in, key, value))
      return DecodeError{"dump, line " + std::to_string(count) + ": cannot read field '" + key + "'"};
  }
  return in;
}

}  // namespace jj::bytecode
