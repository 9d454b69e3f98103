#!/bin/bash
# Builds vmtest for the given Python interpreters (default: python3) and runs drive.py: tests/vm/run.sh python3.11 python3.13
set -e
here=$(cd "$(dirname "$0")" && pwd) src=$here/../../src out=${TMPDIR:-/tmp}/jj-vmtest
for py in "${@:-python3}"; do
  read -r tag include < <("$py" -c 'import sys, sysconfig; print("%d%d" % sys.version_info[:2], sysconfig.get_path("include"))')
  mkdir -p "$out/$tag"
  for f in "$src"/vm/*.cpp "$src"/bytecode/*.cpp "$src"/compiler/code_source.cpp "$here"/vmtest.cpp; do
    case $f in */vm/py31?.cpp) [[ $f == */py$tag.cpp ]] || continue;; esac
    o=$out/$tag/$(basename "$(dirname "$f")")_$(basename "$f" .cpp).o
    [[ $o -nt $f ]] || ${CXX:-g++} -std=c++20 -O1 -Wall -Wextra -fPIC -I"$src" -isystem "$include" -isystem "$include/internal" -c "$f" -o "$o"
  done
  ${CXX:-g++} -shared "$out/$tag"/*.o -o "$out/$tag/vmtest.so"
  PYTHONPATH=$out/$tag "$py" "$here/drive.py"
done
