#!/usr/bin/env bash
# Builds the fuzzer and gives it some seconds for each target, on the corpus
# that is checked in and on what it has found before. With CI=true each target
# gets the same inputs every time instead.
#
#   scripts/fuzz.sh [SECONDS [TARGET ...]]
#
# It needs a C++ compiler, and no other Rust than the product does.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || mapfile -t targets < <(ls fuzz/corpus)

# As a test of the workspace it shares the dependencies of the others.
fuzzer=$(RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/instrument.sh \
  cargo build --locked --workspace --features exchequer-fuzz/fuzzer --test fuzzer \
    --message-format json-render-diagnostics |
  sed -n 's/.*"executable":"\([^"]*\/fuzzer-[^"]*\)".*/\1/p')
work=${CARGO_TARGET_DIR:-target}/fuzz
found=$work/found
run=(-max_total_time="$seconds")
# A gate must not fail by luck: there it is the same short run every time, from
# what is checked in, whatever was found on this machine before.
if [ "${CI:-}" = true ]; then
  run=(-seed=1 -runs=20000)
  found=$(mktemp -d)
  trap 'rm -rf "$found"' EXIT
fi
mkdir -p "$work"

for target in "${targets[@]}"; do
  printf '== %s\n' "$target"
  # Finds go into the first folder; the others are only read.
  folders=("$found/$target" "fuzz/corpus/$target")
  mkdir -p "${folders[0]}"
  [ ! -d "fuzz/regressions/$target" ] || folders+=("fuzz/regressions/$target")
  log=$work/$target.log
  if ! EXCHEQUER_FUZZ=$target "$fuzzer" "${folders[@]}" \
    "${run[@]}" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$work/$target-" >"$log" 2>&1; then
    tail -n 60 "$log"
    echo "$target: CONTRIBUTING.md, \"Fuzzing\", says what to do with the file named above"
    exit 1
  fi
  grep -E 'DONE|^stat::number_of_executed_units' "$log"
done
