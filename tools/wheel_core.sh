#!/bin/bash
# Builds the compiler once for all wheels inside cibuildwheel's manylinux container (AlmaLinux): its before-all step.
#
# Not run in that container yet, so the package names are AlmaLinux 9's as documented, not as tried. What has been run:
# cibuildwheel accepts the configuration (--print-build-identifiers names the four wheels), and the two cmake commands,
# with a stand-in for dnf, on Debian. .ci/run builds, repairs and tests wheels on the machine it runs on (tools/wheels.py).
set -euo pipefail
dnf install -y llvm-devel llvm-static clang lld ninja-build cmake libzstd-devel zlib-devel libxml2-devel \
  libffi-devel libedit-devel
cmake -S "$(dirname "$0")/.." -B /tmp/justjit-core -G Ninja -DJUSTJIT_TESTS=OFF \
  -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DLLVM_DIR="$(llvm-config --cmakedir)"
cmake --build /tmp/justjit-core --target justjit_core
