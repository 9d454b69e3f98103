#!/bin/bash
# Builds the compiler once for all wheels inside cibuildwheel's manylinux container (AlmaLinux).
set -euo pipefail
dnf install -y llvm-devel llvm-static clang lld ninja-build cmake libzstd-devel zlib-devel libxml2-devel
cmake -S "$(dirname "$0")/.." -B /tmp/justjit-core -G Ninja -DJUSTJIT_TESTS=OFF \
  -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DLLVM_DIR="$(llvm-config --cmakedir)"
cmake --build /tmp/justjit-core --target justjit_core
