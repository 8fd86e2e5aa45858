#!/usr/bin/env bash
# sqlx 0.8.6 with rustls 0.23, the driver for PostgreSQL.
#
# Behaviour: `sslmode=verify-ca` is to check who has signed the server's
# certificate, and not its name; that is what `verify-full` is for. sqlx checks
# the name as well, so it refuses a server that psql accepts: it is stricter
# than asked for.
#
# Seen, a server on 127.0.0.1 with a certificate for db.example, signed by the
# authority that sslrootcert names:
#   psql, verify-ca:   accepted
#   psql, verify-full: refused
#   sqlx, verify-ca:   refused: certificate not valid for name "127.0.0.1"
#
# Why it matters: an operator who copies a URL that works for psql cannot
# connect, and would think that the authority is wrong.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$here/lib/postgres.sh"

cd "$scratch"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority \
  -keyout ca.key -out ca.crt 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN=db.example -keyout server.key -out server.csr 2>/dev/null
printf 'subjectAltName=DNS:db.example\nbasicConstraints=CA:FALSE\n' >extensions
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
  -extfile extensions -out server.crt 2>/dev/null
for file in server.crt server.key; do
  install -m 600 -o "$(stat -c %U "$DATA")" "$file" "$DATA/$file"
done
echo "ssl = on" >>"$DATA/postgresql.auto.conf"
server restart

url="postgres://postgres@127.0.0.1:$PORT/postgres?sslrootcert=$scratch/ca.crt"
told() { if "$@" >"$scratch/out" 2>&1; then echo accepted; else echo refused; fi; }
mkdir -p probe/src
cat >probe/Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
[dependencies]
sqlx = { version = "=0.8.6", default-features = false, features = ["postgres", "runtime-tokio", "tls-rustls-ring-native-roots"] }
tokio = { version = "1", features = ["rt", "macros"] }
TOML
cat >probe/src/main.rs <<'RUST'
use sqlx::Connection as _;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    if let Err(error) = sqlx::PgConnection::connect(&url).await {
        eprintln!("{error}");
        std::process::exit(1);
    }
}
RUST
(cd probe && cargo build -q)
ca=$(told psql -c 'SELECT 1' "$url&sslmode=verify-ca")
full=$(told psql -c 'SELECT 1' "$url&sslmode=verify-full")
named=$(told probe/target/debug/probe "${url/127.0.0.1/localhost}&sslmode=require")
sqlx=$(told probe/target/debug/probe "$url&sslmode=verify-ca")
printf '%s\n' "psql, verify-ca: $ca" "psql, verify-full: $full" "sqlx, require: $named" "sqlx, verify-ca: $sqlx"
sed 's/^/  /' out
[ "$ca $full $named $sqlx" = "accepted refused accepted refused" ] && grep -q 'name' out ||
  { echo "it has changed"; exit 1; }
