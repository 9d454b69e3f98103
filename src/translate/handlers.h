// One handler per canonical operation; handlers.def says which.
#pragma once
#include "bytecode/instr.h"
#include "translate/translator.h"

namespace jj::translate {

using Handler = void (*)(Translator&, const bytecode::Instr&);
Handler handler_of(bytecode::Op op);

#define HANDLE(op, handler) void handler(Translator&, const bytecode::Instr&);
#define STACK(op)
#include "translate/handlers.def"
#undef HANDLE
#undef STACK
int helper_of(bytecode::Op op);     // number of the stack helper that implements it, -1: none
bool test_copied_top(Translator&);  // fuses a copy of the top with the conditional jump that follows, if one does
void stack_op(Translator&, const bytecode::Instr&);

}  // namespace jj::translate
