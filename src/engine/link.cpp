// Reads the object that LLVM wrote: copies what belongs in memory and resolves its pc-relative references.
//
// What else an object file may hold (writable data, thread-local data, references that need a table of their own) baseline
// code does not make; meeting it is an error, not a guess.
#include "engine/link.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "llvm/ADT/StringRef.h"
#include "llvm/BinaryFormat/ELF.h"

namespace jj::engine {
namespace {

namespace elf = llvm::ELF;

constexpr llvm::StringRef kSecond = kFrameless;

class Linker {
 public:
  Linker(llvm::ArrayRef<char> object, CodeMemory& memory) : object_(object), memory_(memory) {}
  Linked run();

 private:
  template <typename T>
  llvm::ArrayRef<T> array(uint64_t offset, uint64_t bytes);
  llvm::StringRef text(const elf::Elf64_Shdr& strings, uint32_t offset);
  void read_header();
  void lay_out();
  void copy();
  void relocate(const elf::Elf64_Shdr& relocations);
  uint64_t value_of(const elf::Elf64_Sym& symbol);
  void find_function();
  void fail(const std::string& why) {
    if (out_.error.empty()) out_.error = why;
  }

  llvm::ArrayRef<char> object_;
  CodeMemory& memory_;
  llvm::ArrayRef<elf::Elf64_Shdr> sections_;
  llvm::ArrayRef<elf::Elf64_Sym> symbols_;
  const elf::Elf64_Shdr* names_ = nullptr;  // of the symbols
  std::vector<int64_t> place_;              // section -> offset in the code, -1: not in memory
  uint64_t size_ = 0;
  std::vector<char> image_;  // what will be in memory
  std::string missing_;      // symbols that nobody provides
  Linked out_;
};

template <typename T>
llvm::ArrayRef<T> Linker::array(uint64_t offset, uint64_t bytes) {
  if (offset > object_.size() || bytes > object_.size() - offset) {
    fail("the object ends early");
    return {};
  }
  return {reinterpret_cast<const T*>(object_.data() + offset), bytes / sizeof(T)};
}

llvm::StringRef Linker::text(const elf::Elf64_Shdr& strings, uint32_t offset) {
  llvm::ArrayRef<char> all = array<char>(strings.sh_offset, strings.sh_size);
  return offset < all.size() ? llvm::StringRef(all.data() + offset) : llvm::StringRef();
}

void Linker::read_header() {
  llvm::ArrayRef<elf::Elf64_Ehdr> header = array<elf::Elf64_Ehdr>(0, sizeof(elf::Elf64_Ehdr));
  if (header.empty()) return;
  if (header[0].getFileClass() != elf::ELFCLASS64 || header[0].e_machine != elf::EM_X86_64)
    return fail("the object is not for x86-64");
  sections_ = array<elf::Elf64_Shdr>(header[0].e_shoff, uint64_t{header[0].e_shnum} * sizeof(elf::Elf64_Shdr));
  for (const elf::Elf64_Shdr& section : sections_)
    if (section.sh_type == elf::SHT_SYMTAB && section.sh_link < sections_.size()) {
      symbols_ = array<elf::Elf64_Sym>(section.sh_offset, section.sh_size);
      names_ = &sections_[section.sh_link];
    }
  if (!names_) fail("the object has no symbols");
}

void Linker::lay_out() {
  place_.assign(sections_.size(), -1);
  for (size_t k = 0; k < sections_.size(); k++) {
    const elf::Elf64_Shdr& section = sections_[k];
    if (!(section.sh_flags & elf::SHF_ALLOC) || section.sh_type == elf::SHT_NOTE || !section.sh_size) continue;
    if (section.sh_type != elf::SHT_PROGBITS || section.sh_flags & elf::SHF_WRITE || section.sh_addralign > 64)
      return fail("a section of a kind that is not linked");
    uint64_t align = section.sh_addralign ? section.sh_addralign : 1;
    size_ = (size_ + align - 1) & ~(align - 1);
    place_[k] = static_cast<int64_t>(size_);
    size_ += section.sh_size;
    if (section.sh_flags & elf::SHF_EXECINSTR) out_.code_bytes += section.sh_size;
  }
}

void Linker::copy() {
  image_.resize(size_);
  for (size_t k = 0; k < sections_.size(); k++) {
    if (place_[k] < 0) continue;
    llvm::ArrayRef<char> bytes = array<char>(sections_[k].sh_offset, sections_[k].sh_size);
    std::copy(bytes.begin(), bytes.end(), image_.begin() + place_[k]);
  }
}

uint64_t Linker::value_of(const elf::Elf64_Sym& symbol) {
  uint16_t section = symbol.st_shndx;
  if (section == elf::SHN_UNDEF) {
    llvm::StringRef name = text(*names_, symbol.st_name);
    uint64_t value = memory_.find(out_.block, name);
    if (!value) missing_ += " " + name.str();
    return value;
  }
  if (section < place_.size() && place_[section] >= 0)
    return reinterpret_cast<uint64_t>(out_.block.code) + static_cast<uint64_t>(place_[section]) + symbol.st_value;
  fail("a symbol of a section that is not in memory");
  return 0;
}

void Linker::relocate(const elf::Elf64_Shdr& relocations) {
  if (relocations.sh_info >= place_.size() || place_[relocations.sh_info] < 0) return;  // of a note
  uint64_t bytes = sections_[relocations.sh_info].sh_size;
  const auto start = static_cast<uint64_t>(place_[relocations.sh_info]);
  const auto base = reinterpret_cast<uint64_t>(out_.block.code);
  for (const elf::Elf64_Rela& r : array<elf::Elf64_Rela>(relocations.sh_offset, relocations.sh_size)) {
    if (r.getSymbol() >= symbols_.size() || r.r_offset > bytes || bytes - r.r_offset < 4)
      return fail("a relocation outside its section");
    uint32_t type = r.getType();
    if (type != elf::R_X86_64_PC32 && type != elf::R_X86_64_PLT32)
      return fail("a relocation of type " + std::to_string(type));
    uint64_t value = value_of(symbols_[r.getSymbol()]);
    if (!value) continue;
    const uint64_t at = start + r.r_offset;
    auto distance = static_cast<int64_t>(value + static_cast<uint64_t>(r.r_addend) - (base + at));
    auto word = static_cast<int32_t>(distance);
    if (word != distance) return fail("a symbol that is too far away");
    std::memcpy(image_.data() + at, &word, 4);
  }
}

void Linker::find_function() {
  for (const elf::Elf64_Sym& symbol : symbols_) {
    if (symbol.getType() != elf::STT_FUNC || symbol.getBinding() != elf::STB_GLOBAL) continue;
    if (symbol.st_shndx == elf::SHN_UNDEF) continue;
    const llvm::StringRef name = text(*names_, symbol.st_name);
    const bool second = name.size() > kSecond.size() && name.substr(name.size() - kSecond.size()) == kSecond;
    (second ? out_.frameless : out_.address) = reinterpret_cast<void*>(value_of(symbol));
  }
  if (!out_.address) fail("the object defines no function");
}

Linked Linker::run() {
  read_header();
  if (out_.error.empty()) lay_out();
  if (!out_.error.empty()) return std::move(out_);
  out_.block = memory_.allocate(size_);
  if (!out_.block.code) {
    fail("no executable memory");
    return std::move(out_);
  }
  copy();
  for (const elf::Elf64_Shdr& section : sections_)
    if (section.sh_type == elf::SHT_RELA) relocate(section);
  find_function();
  if (!missing_.empty()) fail("no symbol" + missing_);
  if (out_.error.empty() && !memory_.write(out_.block, image_)) fail("the memory cannot be made executable");
  if (!out_.error.empty()) memory_.release(out_.block);
  return std::move(out_);
}

}  // namespace

Linked link(llvm::ArrayRef<char> object, CodeMemory& memory) { return Linker(object, memory).run(); }

}  // namespace jj::engine
