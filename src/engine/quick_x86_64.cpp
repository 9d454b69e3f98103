// Puts the functions of a module together, in memory or as text.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "engine/emit_x86_64.h"
#include "engine/quick.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

namespace jj::engine {
namespace {

constexpr size_t kAlignment = 16;

size_t aligned(size_t size) { return (size + kAlignment - 1) & ~(kAlignment - 1); }

struct Part {
  llvm::StringRef name;
  QuickCode code;
};

void print_code(const Part& part, const llvm::MCDisassembler& reader, llvm::MCInstPrinter& printer,
                const llvm::TargetMachine& machine, llvm::raw_ostream& out) {
  out << part.name << ":\n";
  llvm::ArrayRef<uint8_t> bytes(reinterpret_cast<const uint8_t*>(part.code.bytes.data()), part.code.bytes.size());
  const std::vector<Reference>& references = part.code.references;
  const std::vector<uint32_t>& labels = part.code.labels;
  size_t reference = 0, label = 0;
  for (uint64_t at = 0, size = 0; at < bytes.size(); at += size) {
    for (; label < labels.size() && labels[label] <= at; label++) out << ".b" << label << ":\n";
    llvm::MCInst instruction;
    if (reader.getInstruction(instruction, size, bytes.slice(at), at, llvm::nulls()) != llvm::MCDisassembler::Success)
      break;
    printer.printInst(&instruction, at, "", *machine.getMCSubtargetInfo(), out);
    if (reference < references.size() && references[reference].at < at + size)
      out << "  # " << references[reference++].symbol;
    if (machine.getMCInstrInfo()->get(instruction.getOpcode()).isBranch()) {
      auto target = static_cast<uint32_t>(at + size + static_cast<uint64_t>(instruction.getOperand(0).getImm()));
      out << "  # .b" << std::lower_bound(labels.begin(), labels.end(), target) - labels.begin();
    }
    out << "\n";
  }
}

class NativeObject final : public QuickObject {
 public:
  bool emit_all(const llvm::Module& module) {
    for (const llvm::Function& f : module)
      if (!f.isDeclaration() && !is_simple(f)) return false;
    for (const llvm::Function& f : module)
      if (!f.isDeclaration()) parts_.push_back({f.getName(), emit(f)});
    return !parts_.empty();
  }
  Linked place(CodeMemory& memory) const override;
  std::string text(const llvm::TargetMachine& machine) const override;

 private:
  std::vector<Part> parts_;
};

// Answers the names of symbols that nobody provides.
std::string resolve(const QuickCode& code, std::vector<char>& image, size_t start, const CodeMemory::Block& block,
                    const CodeMemory& memory) {
  std::string missing;
  for (const Reference& reference : code.references) {
    uint64_t value = memory.find(block, reference.symbol);
    if (!value) missing += " " + reference.symbol.str();
    const size_t at = start + reference.at;
    auto distance = static_cast<int32_t>(value - reinterpret_cast<uint64_t>(block.code + at) - 4);
    std::memcpy(image.data() + at, &distance, 4);
  }
  return missing;
}

Linked NativeObject::place(CodeMemory& memory) const {
  Linked out;
  for (const Part& part : parts_) out.code_bytes += aligned(part.code.bytes.size());
  out.block = memory.allocate(out.code_bytes);
  if (!out.block.code) {
    out.error = "no executable memory";
    return out;
  }
  std::vector<char> image;
  std::string missing;
  for (const Part& part : parts_) {
    const size_t at = image.size();
    image.insert(image.end(), part.code.bytes.begin(), part.code.bytes.end());
    image.resize(aligned(image.size()));
    missing += resolve(part.code, image, at, out.block, memory);
    const llvm::StringRef second = kFrameless;
    const bool is_second =
        part.name.size() > second.size() && part.name.substr(part.name.size() - second.size()) == second;
    (is_second ? out.frameless : out.address) = out.block.code + at;
  }
  if (!missing.empty())
    out.error = "no symbol" + missing;
  else if (!memory.write(out.block, image))
    out.error = "the memory cannot be made executable";
  if (!out.error.empty()) memory.release(out.block);
  return out;
}

std::string NativeObject::text(const llvm::TargetMachine& machine) const {
  llvm::InitializeNativeTargetDisassembler();
  const llvm::MCSubtargetInfo& processor = *machine.getMCSubtargetInfo();
  llvm::MCContext context(machine.getTargetTriple(), machine.getMCAsmInfo(), machine.getMCRegisterInfo(), &processor);
  const llvm::Target& target = machine.getTarget();
  std::unique_ptr<llvm::MCDisassembler> reader(target.createMCDisassembler(processor, context));
  std::unique_ptr<llvm::MCInstPrinter> printer(target.createMCInstPrinter(
      machine.getTargetTriple(), 0, *machine.getMCAsmInfo(), *machine.getMCInstrInfo(), *machine.getMCRegisterInfo()));
  std::string out;
  llvm::raw_string_ostream stream(out);
  if (reader && printer)
    for (const Part& part : parts_) print_code(part, *reader, *printer, machine, stream);
  stream.flush();
  return out;
}

}  // namespace

std::unique_ptr<QuickObject> QuickObject::make(const llvm::Module& module) {
  auto object = std::make_unique<NativeObject>();
  if (!object->emit_all(module)) return nullptr;
  return object;
}

}  // namespace jj::engine
