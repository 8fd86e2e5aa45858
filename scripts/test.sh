#!/usr/bin/env bash
# Installs what the tests need, starts the services that they talk to, runs all
# of them, and ends with one line for each group that could not run and why.
#
#   scripts/test.sh
#
# It asks nothing. As root on Debian (or what is built on it) it installs
# packages with apt-get. Elsewhere it takes what is there, and names the rest.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

step() { printf '\n== %s\n' "$1"; }
# A registry that stumbles once should not fail a run.
again() { "$@" || { sleep 5; "$@"; } || { sleep 20; "$@"; }; }
not_run=()
failed=()
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

step "tools"
has_python() {
  python3 -c 'import ensurepip, sys, venv; assert sys.version_info >= (3, 11)' 2>/dev/null
}
has_node() {
  node -e 'if (parseInt(process.versions.node) < 20) process.exit(1)' 2>/dev/null &&
    command -v npm >/dev/null
}
# Where the programs of the newest PostgreSQL are. Tests start servers of their own.
postgres_programs() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
packages=()
command -v cc >/dev/null || packages+=(gcc libc6-dev)
command -v curl >/dev/null || packages+=(curl)
command -v chromium >/dev/null || packages+=(chromium)
has_python || packages+=(python3 python3-venv)
has_node || packages+=(nodejs npm)
[ -n "$(postgres_programs)" ] || packages+=(postgresql)
# For promtool, which checks what `/metrics` says.
command -v promtool >/dev/null || packages+=(prometheus)
if [ "${#packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    {
      again apt-get update -q &&
        again apt-get install -qy --no-install-recommends "${packages[@]}"
    } >"$scratch/apt" 2>&1 || { tail -n 20 "$scratch/apt"; echo "apt-get failed"; }
  else
    echo "missing, and not installed (this is not root on Debian): ${packages[*]}"
  fi
fi
if ! command -v cargo-nextest >/dev/null; then
  # As fast as it is to compile: it only waits for tests.
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 again cargo install --locked \
    --no-default-features --features default-no-update cargo-nextest@0.9.143 || exit 1
fi
again cargo fetch --locked || exit 1

step "PostgreSQL"
# Tests make databases of their own on it. A server that lets us in is taken;
# else one of our own serves until the tests have ended.
export EXCHEQUER_TEST_POSTGRES=${EXCHEQUER_TEST_POSTGRES:-postgres://postgres@127.0.0.1:5432}
lets_us_in() {
  local version
  version=$(psql -wXAtqc 'SHOW server_version_num' "$EXCHEQUER_TEST_POSTGRES/postgres" 2>/dev/null) &&
    [ "$version" -ge 150000 ]
}
as=()
data=$scratch/postgres/data
# It refuses to be run by root, and says so of a folder that it may not enter.
[ "$(id -u)" != 0 ] || as=(runuser -u postgres -- env -C /)
start_postgres() {
  local programs port
  programs=$(postgres_programs)
  [ -n "$programs" ] || return 1
  mkdir -m 777 "$scratch/postgres" && chmod 755 "$scratch"
  port=$((20000 + RANDOM % 10000))
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  "${as[@]}" "$programs/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null &&
    "${as[@]}" "$programs/pg_ctl" -D "$data" -l "$scratch/postgres/log" -w \
      -o "-p $port -k $scratch/postgres -c listen_addresses=127.0.0.1" start >/dev/null || return 1
  trap stop_postgres EXIT
  export EXCHEQUER_TEST_POSTGRES=postgres://postgres@127.0.0.1:$port
  lets_us_in
}
stop_postgres() {
  "${as[@]}" "$(postgres_programs)/pg_ctl" -D "$data" -m immediate stop >/dev/null
  rm -rf "$scratch"
}
if lets_us_in || start_postgres; then
  psql -wXAtqc 'SELECT version()' "$EXCHEQUER_TEST_POSTGRES/postgres"
  postgres=yes
else
  echo "there is none"
  postgres=no
fi

# Runs nextest, and notes what its tests say that they could not do.
nextest() {
  local group=$1 report=${CARGO_TARGET_DIR:-target}/nextest/default/junit.xml
  shift
  step "$group"
  rm -f "$report"
  cargo nextest run --locked --workspace "$@" || failed+=("$group")
  [ -f "$report" ] || return 0
  # One line for each crate and reason, with the number of tests.
  mapfile -t -O "${#not_run[@]}" not_run < <(
    awk '
      /<testcase / {
        suite = $0
        sub(/.*classname="/, "", suite)
        sub(/".*/, "", suite)
        told = 0
      }
      !told && match(tolower($0), /(^|>)skipped( on postgresql)?: /) {
        why = substr($0, RSTART + RLENGTH)
        sub(/<.*/, "", why)
        count[suite ": " why]++
        told = 1
      }
      END { for (line in count) print line " (" count[line] " of its tests)" }
    ' "$report" | sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' | sort
  )
}

nextest "tests"
# What the server and the program promise holds whatever the ledger is in.
if [ "$postgres" = yes ]; then
  EXCHEQUER_TEST_STORE=postgres PROPTEST_CASES=${PROPTEST_CASES:-6} \
    nextest "the same on PostgreSQL" -E 'binary(it) | binary(story)'
else
  not_run+=("it and story on PostgreSQL: there is no server of version 15 or later")
fi
step "examples in the documentation"
cargo test --locked --workspace --doc --quiet || failed+=("examples in the documentation")

step "summary"
[ "${#failed[@]}" = 0 ] || printf 'FAILED: %s\n' "${failed[@]}"
[ "${#not_run[@]}" = 0 ] || printf '%s\n' "${not_run[@]}" | sort -u | sed 's/^/not run: /'
[ "${#failed[@]}" = 0 ] || exit 1
if [ "${#not_run[@]}" = 0 ]; then echo "everything ran, and passed"; else echo "the rest passed"; fi
