// What patch releases of one minor version do differently, found out by trying it once, at import.
#pragma once

namespace jj {

struct PatchLevel {
  bool cause_unchecked;  // `raise x from C`: whatever C() gives becomes the cause; else only an exception does
  bool lone_in_group;    // 3.11: a single exception raised by an except* clause comes in a group of its own
  bool naked_traced;     // a naked exception's group that an except* clause sees has a traceback entry
};
extern PatchLevel patch_level;

// False with an exception set when it cannot be found out.
bool find_patch_level();

}  // namespace jj
