// Linking: objects become executable memory beside a table of near stubs for the runtime's symbols.
#define JJ_ENGINE_LINKING
#include "engine/engine.h"

#include <atomic>
#include <cctype>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "engine/codegen.h"
#include "engine/llvm_compat.h"
#include "llvm/ExecutionEngine/Orc/MapperJITLinkMemoryManager.h"
#include "llvm/ExecutionEngine/Orc/MemoryMapper.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

namespace jj::engine {
namespace {

namespace orc = llvm::orc;
namespace jitlink = llvm::jitlink;
LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

constexpr size_t kSlab = size_t{64} << 20;      // address space reserved at a time
constexpr int64_t kNear = int64_t{1} << 30;     // a helper this near is called directly
constexpr int kUsesPerGenerator = 200;          // types and constants of an LLVM context are never freed
constexpr const char* kPointerSuffix = ".ptr";  // as in lower/helpers.h

// Linking happens on the thread that compiles; it reports here.
thread_local size_t* linked_code_bytes = nullptr;
thread_local std::string link_error;  // what went wrong inside the session: the lookup itself only says that it failed

// Every symbol of ours is within 2 GB (stub or direct), so calls need no stub and no GOT of their own per function:
// what the object asks for as "call through a stub if need be" becomes a plain pc-relative call.
class NearCalls : public orc::ObjectLinkingLayer::Plugin {
 public:
  void modifyPassConfig(orc::MaterializationResponsibility&, jitlink::LinkGraph&,
                        jitlink::PassConfiguration& config) override {
    config.PrePrunePasses.push_back([](jitlink::LinkGraph& graph) {
      for (jitlink::Block* block : graph.blocks())
        for (jitlink::Edge& edge : block->edges())
          if (edge.getKind() == jitlink::x86_64::BranchPCRel32) edge.setKind(jitlink::x86_64::PCRel32);
      return llvm::Error::success();
    });
    config.PostFixupPasses.push_back([](jitlink::LinkGraph& graph) {
      if (!linked_code_bytes) return llvm::Error::success();
      for (jitlink::Section& section : graph.sections())
        if ((section.getMemProt() & orc::MemProt::Exec) != orc::MemProt::None)
          for (jitlink::Block* block : section.blocks()) *linked_code_bytes += block->getSize();
      return llvm::Error::success();
    });
  }
  llvm::Error notifyFailed(orc::MaterializationResponsibility&) override { return llvm::Error::success(); }
  llvm::Error notifyRemovingResources(orc::JITDylib&, orc::ResourceKey) override { return llvm::Error::success(); }
  void notifyTransferringResources(orc::JITDylib&, orc::ResourceKey, orc::ResourceKey) override {}
};

std::string text_of(llvm::Error error) { return llvm::toString(std::move(error)); }

// A symbol for gdb and perf that says which Python function this is; unique while the process lives.
std::string symbol_for(const std::string& name, uint64_t id) {
  std::string symbol;
  for (char c : name) {
    bool plain = isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '<' || c == '>' || (c & 0x80);
    symbol += plain ? c : '_';
  }
  return symbol + "$" + std::to_string(id);
}

class OrcEngine final : public Engine {
 public:
  ~OrcEngine() override {
    if (!session_) return;
    functions_.clear();
    if (llvm::Error error = session_->endSession()) llvm::consumeError(std::move(error));
  }

  std::string start(const JJSymbol* symbols);
  MachineCode compile(const std::string& name, const Build& build, bool regalloc) override;
  void release(uint64_t id) override;
  std::string ir_text(const std::string& name, const Build& build, std::string& out) override;
  std::string asm_text(const std::string& name, const Build& build, bool regalloc, std::string& out) override;

 private:
  std::unique_ptr<CodeGenerator> borrow_generator(std::string& error);
  void return_generator(std::unique_ptr<CodeGenerator> generator);
  std::string add_near_table(const std::vector<JJSymbol>& symbols);
  void link(ObjectCode object, const std::string& symbol, MachineCode& code);

  std::unique_ptr<orc::ExecutionSession> session_;
  std::unique_ptr<orc::ObjectLinkingLayer> layer_;
  orc::JITDylib* dylib_ = nullptr;
  llvm::Triple triple_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<CodeGenerator>> generators_;
  std::map<uint64_t, orc::ResourceTrackerSP> functions_;
  int released_ = 0;
  std::atomic<uint64_t> next_id_{1};
};

std::string OrcEngine::start(const JJSymbol* symbols) {
  std::string error;
  std::unique_ptr<CodeGenerator> generator = borrow_generator(error);  // also: is there a target at all?
  if (!generator) return error;
  return_generator(std::move(generator));
  // Linking runs on the compiling thread: the engine has no threads of its own, which keeps fork simple.
  auto control = orc::SelfExecutorProcessControl::Create(nullptr, std::make_unique<orc::InPlaceTaskDispatcher>());
  if (!control) return text_of(control.takeError());
  triple_ = (*control)->getTargetTriple();
  if (triple_.getArch() != llvm::Triple::x86_64) return "no near-call table for " + triple_.str();
  session_ = std::make_unique<orc::ExecutionSession>(std::move(*control));
  session_->setErrorReporter([](llvm::Error error) { link_error = text_of(std::move(error)); });
  auto memory = orc::MapperJITLinkMemoryManager::CreateWithMapper<orc::InProcessMemoryMapper>(kSlab);
  if (!memory) return text_of(memory.takeError());
  layer_ = std::make_unique<orc::ObjectLinkingLayer>(*session_, std::move(*memory));
  layer_->addPlugin(std::make_shared<NearCalls>());
  dylib_ = &session_->createBareJITDylib("jj");
  std::vector<JJSymbol> all;
  for (const JJSymbol* s = symbols; s && s->name; s++) all.push_back(*s);
  return all.empty() ? "" : add_near_table(all);
}

// One block: a pointer per symbol, then a jump through it. Symbols `name.near` (the jump) and `name.ptr` (the pointer);
// `name` is the function itself when it lies near enough, else the jump.
std::string OrcEngine::add_near_table(const std::vector<JJSymbol>& symbols) {
  size_t n = symbols.size();
  std::unique_ptr<jitlink::LinkGraph> graph = create_graph("near", *session_, triple_);
  auto content = graph->allocateBuffer(n * 16);
  char* bytes = content.data();
  for (size_t k = 0; k < n; k++) {
    std::memcpy(bytes + 8 * k, &symbols[k].address, 8);
    char* jump = bytes + 8 * (n + k);
    const unsigned char opcode[8] = {0xff, 0x25, 0, 0, 0, 0, 0xcc, 0xcc};  // jmp *pointer(%rip)
    std::memcpy(jump, opcode, 8);
    int32_t distance = static_cast<int32_t>(8 * k) - static_cast<int32_t>(8 * (n + k) + 6);
    std::memcpy(jump + 2, &distance, 4);
  }
  jitlink::Section& section = graph->createSection("near", orc::MemProt::Read | orc::MemProt::Exec);
  jitlink::Block& block = graph->createContentBlock(section, content, orc::ExecutorAddr(), 64, 0);
  graph->addDefinedSymbol(block, 0, "jj.near", n * 16, jitlink::Linkage::Strong, jitlink::Scope::Default, false, true);
  if (llvm::Error error = layer_->add(dylib_->getDefaultResourceTracker(), std::move(graph)))
    return text_of(std::move(error));
  auto table = session_->lookup({dylib_}, "jj.near");
  if (!table) return text_of(table.takeError());
  orc::SymbolMap map;
  uint64_t base = table->getAddress().getValue();
  for (size_t k = 0; k < n; k++) {
    auto address = reinterpret_cast<uint64_t>(symbols[k].address);
    int64_t distance = static_cast<int64_t>(address - base);
    bool near = distance > -kNear && distance < kNear;
    std::string name = symbols[k].name;
    auto define = [&](const std::string& symbol, uint64_t value, llvm::JITSymbolFlags flags) {
      map[session_->intern(symbol)] = orc::ExecutorSymbolDef(orc::ExecutorAddr(value), flags);
    };
    define(name, near ? address : base + 8 * (n + k), llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
    define(name + kPointerSuffix, base + 8 * k, llvm::JITSymbolFlags::Exported);
  }
  if (llvm::Error error = dylib_->define(orc::absoluteSymbols(std::move(map)))) return text_of(std::move(error));
  return "";
}

MachineCode OrcEngine::compile(const std::string& name, const Build& build, bool regalloc) {
  MachineCode code;
  code.id = next_id_++;
  std::string symbol = symbol_for(name, code.id);
  std::unique_ptr<CodeGenerator> generator = borrow_generator(code.error);
  if (!generator) return code;
  ObjectCode object;
  code.error = generator->object([&](llvm::Module& module) { return build(module, symbol); }, regalloc, object);
  return_generator(std::move(generator));
  if (code.error.empty()) link(std::move(object), symbol, code);
  return code;
}

void OrcEngine::link(ObjectCode object, const std::string& symbol, MachineCode& code) {
  orc::ResourceTrackerSP tracker = dylib_->createResourceTracker();
  auto buffer = std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(object), symbol, false);
  linked_code_bytes = &code.code_bytes;
  llvm::Error added = layer_->add(tracker, std::move(buffer));
  if (added) {
    code.error = text_of(std::move(added));
  } else if (auto found = session_->lookup({dylib_}, symbol)) {
    code.address = found->getAddress().toPtr<void*>();
  } else {
    code.error = text_of(found.takeError());
    if (!link_error.empty()) code.error += ": " + link_error;
    link_error.clear();
  }
  linked_code_bytes = nullptr;
  if (!code.error.empty()) {
    if (llvm::Error error = tracker->remove()) llvm::consumeError(std::move(error));
    return;
  }
  std::lock_guard lock(mutex_);
  functions_[code.id] = std::move(tracker);
}

void OrcEngine::release(uint64_t id) {
  orc::ResourceTrackerSP tracker;
  bool clean = false;
  {
    std::lock_guard lock(mutex_);
    auto found = functions_.find(id);
    if (found == functions_.end()) return;
    tracker = std::move(found->second);
    functions_.erase(found);
    clean = ++released_ % 64 == 0;
  }
  if (llvm::Error error = tracker->remove()) llvm::consumeError(std::move(error));
  tracker.reset();
  if (clean) session_->getSymbolStringPool()->clearDeadEntries();  // the names of freed functions
}

std::unique_ptr<CodeGenerator> OrcEngine::borrow_generator(std::string& error) {
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

void OrcEngine::return_generator(std::unique_ptr<CodeGenerator> generator) {
  if (generator->uses() >= kUsesPerGenerator) return;
  std::lock_guard lock(mutex_);
  generators_.push_back(std::move(generator));
}

std::string OrcEngine::ir_text(const std::string& name, const Build& build, std::string& out) {
  std::string error;
  std::unique_ptr<CodeGenerator> generator = borrow_generator(error);
  if (!generator) return error;
  error = generator->ir_text([&](llvm::Module& module) { return build(module, name); }, out);
  return_generator(std::move(generator));
  return error;
}

std::string OrcEngine::asm_text(const std::string& name, const Build& build, bool regalloc, std::string& out) {
  std::string error;
  std::unique_ptr<CodeGenerator> generator = borrow_generator(error);
  if (!generator) return error;
  error = generator->asm_text([&](llvm::Module& module) { return build(module, name); }, regalloc, out);
  return_generator(std::move(generator));
  return error;
}

}  // namespace

std::unique_ptr<Engine> Engine::create(const JJSymbol* symbols, std::string& error) {
  auto engine = std::make_unique<OrcEngine>();
  error = engine->start(symbols);
  if (!error.empty()) return nullptr;
  return engine;
}

const char* llvm_version() { return LLVM_VERSION_STRING; }

}  // namespace jj::engine
