#!/bin/sh
# Stands before rustc for the crates of this repository (RUSTC_WORKSPACE_WRAPPER)
# and adds the counters that libFuzzer steers by. They are a pass of LLVM, so
# that the stable compiler has them; what our crates depend on is not
# compiled again.
exec "$@" --cfg fuzzing \
  -C passes=sancov-module \
  -C llvm-args=-sanitizer-coverage-level=4 \
  -C llvm-args=-sanitizer-coverage-inline-8bit-counters \
  -C llvm-args=-sanitizer-coverage-pc-table \
  -C llvm-args=-sanitizer-coverage-trace-compares
