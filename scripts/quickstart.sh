#!/usr/bin/env bash
# Builds exchequer and runs its main job on the files of examples/: make a
# ledger, serve it, load a catalog, send usage events, print exact reports and
# what a customer pays.
#
#   scripts/quickstart.sh           does that and cleans up
#   scripts/quickstart.sh --serve   keeps serving afterwards, until Ctrl-C
#
# EXCHEQUER_BIN names a program that is built already.
set -euo pipefail

keep_serving=no
case "${1-}" in
    "") ;;
    --serve) keep_serving=yes ;;
    *)
        echo "usage: scripts/quickstart.sh [--serve]" >&2
        exit 2
        ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
examples=$root/examples
partner=11111111-1111-4111-8111-111111111111
acme=22222222-2222-4222-8222-222222222222
cedar=44444444-4444-4444-8444-444444444444

say() {
    printf '\n== %s\n' "$*"
}

if [ -n "${EXCHEQUER_BIN-}" ]; then
    exchequer=$EXCHEQUER_BIN
else
    say "building (the first time takes some minutes)"
    (cd "$root" && cargo build --release --locked --bin exchequer)
    exchequer=${CARGO_TARGET_DIR:-$root/target}/release/exchequer
fi
# A relative name would not survive the change of directory below.
exchequer=$(cd "$(dirname "$exchequer")" && pwd)/$(basename "$exchequer")

# Settings of another server must not leak in.
unset "${!EXCHEQUER_@}"

scratch=$(mktemp -d)
server=
stop() {
    status=$?
    trap - EXIT INT TERM
    if [ -n "$server" ]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf "$scratch"
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$scratch"

say "exchequer init"
"$exchequer" init --data "$scratch/ledger" --json >client.json
field() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" client.json
}
EXCHEQUER_CLIENT_ID=$(field clientId)
EXCHEQUER_CLIENT_SECRET=$(field clientSecret)
export EXCHEQUER_CLIENT_ID EXCHEQUER_CLIENT_SECRET
echo "operator's client: $EXCHEQUER_CLIENT_ID"

say "exchequer serve"
# The server says its address once it is ready; a pipe lets us wait for that
# line, or for the server's end if it cannot start.
mkfifo log
RUST_LOG=${RUST_LOG-warn} "$exchequer" serve --data "$scratch/ledger" --listen 127.0.0.1:0 2>log &
server=$!
exec 3<log
EXCHEQUER_URL=
while read -r -t 60 line <&3; do
    echo "$line"
    case "$line" in
        *"listening on http"*)
            EXCHEQUER_URL=${line##*listening on }
            break
            ;;
    esac
done
if [ -z "$EXCHEQUER_URL" ]; then
    echo "the server did not start" >&2
    exit 1
fi
export EXCHEQUER_URL
cat <&3 >&2 &

say "exchequer apply examples/catalog.toml"
"$exchequer" apply "$examples/catalog.toml"

say "exchequer ingest examples/usage.ndjson"
"$exchequer" ingest "$examples/usage.ndjson"
say "exchequer ingest examples/usage.csv"
"$exchequer" ingest "$examples/usage.csv"

say "exchequer report: Acme Ltd, October 2026"
"$exchequer" report --from 2026-10-01 --to 2026-11-01 --organization "$acme"
say "exchequer report: Cedar Logistics, October 2026"
"$exchequer" report --from 2026-10-01 --to 2026-11-01 --organization "$cedar"

# The index of a period counts back from now; the list of periods tells it.
october=$("$exchequer" periods --organization "$acme" --format csv |
    sed -n 's/^\([0-9]*\),2026-10-01T.*/\1/p')
say "exchequer overview: what Acme Ltd pays for October 2026, as its partner sees it"
"$exchequer" overview "$acme" --organization "$partner" --index "$october" --charges

say "what to try next"
if [ "$keep_serving" = no ]; then
    cat <<END
scripts/quickstart.sh --serve         the same, and keep serving
exchequer demo                        a larger world, of today
exchequer init && exchequer serve     a ledger of your own, in ./exchequer-data
exchequer --help                      every command, setting and exit code
The program is $exchequer
END
    exit 0
fi
cat <<END
In another terminal:

alias exchequer='$exchequer'
export EXCHEQUER_URL=$EXCHEQUER_URL
export EXCHEQUER_CLIENT_ID=$EXCHEQUER_CLIENT_ID
export EXCHEQUER_CLIENT_SECRET=$EXCHEQUER_CLIENT_SECRET
exchequer whoami
exchequer ingest $examples/usage.ndjson      # again: duplicates only
exchequer report --from 2026-10-01 --to 2026-11-01 --organization $acme --resources
exchequer report --from 2026-10-01 --to 2026-11-01 --organization $acme --format json
exchequer overview --all --organization $partner --charges

Serving on $EXCHEQUER_URL; Ctrl-C ends it and removes the scratch ledger.
END
wait "$server"
