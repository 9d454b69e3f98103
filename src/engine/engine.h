// Compiles LLVM modules to machine code in this process and frees it again. Thread-safe; no LLVM in this header.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/api.h"

namespace llvm {
class Module;
}

namespace jj::engine {

enum class Quality : uint8_t {
  Fast,       // FastISel
  Registers,  // quick code (quick.h); where that cannot be, FastISel and LLVM's optimising register allocator
  Straight,   // LLVM's optimiser for code without loops, and the code generation of Registers
  Optimised,  // LLVM's optimiser, and its instruction selection at full strength
  Unrolled,   // and loop bodies copied
  Vectorised  // and turned into vector code
};

// What the symbol of a function's second form ends with (lower/lower.h).
constexpr const char* kFrameless = ".frameless";

struct MachineCode {
  std::string error;  // empty: `address` is callable
  void* address = nullptr;
  void* frameless = nullptr;  // or null: there is none
  size_t code_bytes = 0;
  uint64_t id = 0;  // for Engine::release
};

class Engine {
 public:
  using Build = std::function<std::string(llvm::Module&, const std::string& symbol)>;

  // Null with `error` set when LLVM cannot work here. `symbols` ends with a null name.
  static std::unique_ptr<Engine> create(const JJSymbol* symbols, std::string& error);
  virtual ~Engine() = default;

  // `build` defines one function, under the symbol that it is told, and perhaps its second form (kFrameless).
  virtual MachineCode compile(const Build& build, Quality quality) = 0;
  virtual void release(uint64_t id) = 0;

  // What `build` makes, as text; dump only. Each answers an error or "".
  virtual std::string ir_text(const std::string& name, const Build& build, Quality quality, std::string& out) = 0;
  virtual std::string asm_text(const std::string& name, const Build& build, Quality quality, std::string& out) = 0;
};

const char* llvm_version();

}  // namespace jj::engine
