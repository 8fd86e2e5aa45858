#!/usr/bin/env bash
# sqlx 0.9.0, the driver for PostgreSQL (transact-rs/sqlx#4335).
#
# Behaviour: it does not set TCP_NODELAY on its socket, which 0.8.6 sets. So
# Nagle's algorithm may hold back the last part of what is sent until the other
# side has acknowledged the part before, and that may take its time, mostly 40 ms.
#
# Seen, the option of the socket of an open connection (PostgreSQL 15):
#   sqlx 0.8.6: TCP_NODELAY 1
#   sqlx 0.9.0: TCP_NODELAY 0
#
# Why it matters: rows are sent as arrays, so a statement is often more than one
# segment. We measured statements of 40 ms that take less than one with 0.8.6.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$here/lib/postgres.sh"

cat >"$scratch/look.py" <<'PYTHON'
# Starts a program that opens a connection and waits, and reads the option of
# its socket by a copy of the descriptor.
import ctypes, os, socket, subprocess, sys

program = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
assert program.stdout.readline() == b"connected\n"
pidfd_getfd = 438
handle = os.pidfd_open(program.pid)
found = []
for name in os.listdir(f"/proc/{program.pid}/fd"):
    if os.readlink(f"/proc/{program.pid}/fd/{name}").startswith("socket:"):
        copy = ctypes.CDLL(None, use_errno=True).syscall(pidfd_getfd, handle, int(name), 0)
        assert copy >= 0, os.strerror(ctypes.get_errno())
        with socket.socket(fileno=copy) as one:
            if one.family == socket.AF_INET:
                found.append(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
program.communicate()
assert len(found) == 1, found
print(found[0])
PYTHON

option() {
  mkdir -p "$scratch/$1/src"
  cat >"$scratch/$1/Cargo.toml" <<TOML
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
[dependencies]
sqlx = { version = "=$1", default-features = false, features = ["postgres", "runtime-tokio"] }
tokio = { version = "1", features = ["rt", "macros"] }
TOML
  cat >"$scratch/$1/src/main.rs" <<'RUST'
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let _connection = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    println!("connected");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}
RUST
  (cd "$scratch/$1" && CARGO_TARGET_DIR=$scratch/target cargo build -q)
  python3 "$scratch/look.py" "$scratch/target/debug/probe" \
    "postgres://postgres@127.0.0.1:$PORT/postgres?sslmode=disable"
}
with=$(option 0.8.6)
without=$(option 0.9.0)
echo "sqlx 0.8.6: TCP_NODELAY $with"
echo "sqlx 0.9.0: TCP_NODELAY $without"
[ "$with $without" = "1 0" ] || { echo "it has changed"; exit 1; }
