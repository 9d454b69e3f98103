// The engine: code generators that compile threads borrow, the linker, and the memory of what is alive.
#include "engine/engine.h"

#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/code_memory.h"
#include "engine/codegen.h"
#include "engine/link.h"
#include "engine/llvm_compat.h"
#include "llvm/TargetParser/Host.h"

namespace jj::engine {
namespace {

// Types and constants of an LLVM context are never freed, and the passes may remember types of their context: both go.
constexpr int kUsesPerGenerator = 200;
constexpr const char* kFunction = "function";  // the symbol of an object's function

class NativeEngine final : public Engine {
 public:
  explicit NativeEngine(const JJSymbol* symbols) : memory_(symbols) {}

  std::string start();
  MachineCode compile(const Build& build, Quality quality) override;
  void release(uint64_t id) override;
  std::string ir_text(const std::string& name, const Build& build, Quality quality, std::string& out) override;
  std::string asm_text(const std::string& name, const Build& build, Quality quality, std::string& out) override;

 private:
  std::unique_ptr<CodeGenerator> borrow_generator(std::string& error);
  void return_generator(std::unique_ptr<CodeGenerator> generator);

  CodeMemory memory_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<CodeGenerator>> generators_;
  std::unordered_map<uint64_t, CodeMemory::Block> functions_;
  uint64_t last_id_ = 0;
};

std::string NativeEngine::start() {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  if (triple.getArch() != llvm::Triple::x86_64) return "no linker for " + triple.str();
  std::string error;
  std::unique_ptr<CodeGenerator> generator = borrow_generator(error);  // is there a target at all?
  if (generator) return_generator(std::move(generator));
  return error;
}

MachineCode NativeEngine::compile(const Build& build, Quality quality) {
  MachineCode code;
  std::unique_ptr<CodeGenerator> generator = borrow_generator(code.error);
  if (!generator) return code;
  auto named = [&](llvm::Module& module) { return build(module, kFunction); };
  Linked linked = generator->code(named, quality, memory_);
  code.error = std::move(linked.error);
  if (code.error.empty()) {
    code.address = linked.address;
    code.frameless = linked.frameless;
    code.code_bytes = linked.code_bytes;
    std::lock_guard lock(mutex_);
    code.id = ++last_id_;
    functions_.emplace(code.id, linked.block);
  }
  return_generator(std::move(generator));
  return code;
}

void NativeEngine::release(uint64_t id) {
  CodeMemory::Block block;
  {
    std::lock_guard lock(mutex_);
    auto found = functions_.find(id);
    if (found == functions_.end()) return;
    block = found->second;
    functions_.erase(found);
  }
  memory_.release(block);
}

std::unique_ptr<CodeGenerator> NativeEngine::borrow_generator(std::string& error) {
  {
    std::lock_guard lock(mutex_);
    if (!generators_.empty()) {
      std::unique_ptr<CodeGenerator> generator = std::move(generators_.back());
      generators_.pop_back();
      return generator;
    }
  }
  return CodeGenerator::create(error);
}

void NativeEngine::return_generator(std::unique_ptr<CodeGenerator> generator) {
  if (generator->uses() >= kUsesPerGenerator) return;
  std::lock_guard lock(mutex_);
  generators_.push_back(std::move(generator));
}

std::string NativeEngine::ir_text(const std::string& name, const Build& build, Quality quality, std::string& out) {
  std::string error;
  std::unique_ptr<CodeGenerator> generator = borrow_generator(error);
  if (!generator) return error;
  error = generator->ir_text([&](llvm::Module& module) { return build(module, name); }, quality, out);
  return_generator(std::move(generator));
  return error;
}

std::string NativeEngine::asm_text(const std::string& name, const Build& build, Quality quality, std::string& out) {
  std::string error;
  std::unique_ptr<CodeGenerator> generator = borrow_generator(error);
  if (!generator) return error;
  error = generator->asm_text([&](llvm::Module& module) { return build(module, name); }, quality, out);
  return_generator(std::move(generator));
  return error;
}

}  // namespace

std::unique_ptr<Engine> Engine::create(const JJSymbol* symbols, std::string& error) {
  auto engine = std::make_unique<NativeEngine>(symbols);
  error = engine->start();
  if (!error.empty()) return nullptr;
  return engine;
}

const char* llvm_version() { return LLVM_VERSION_STRING; }

}  // namespace jj::engine
