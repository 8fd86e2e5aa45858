# shellcheck shell=bash disable=SC2154
# Sourced by findings that need a PostgreSQL server: starts one in "$scratch",
# which the caller has made, and stops it at the end. Sets PORT and DATA.
programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as=()
# It refuses to be run by root.
[ "$(id -u)" != 0 ] || as=(runuser -u postgres --)
chmod 755 "$scratch"
mkdir -m 777 "$scratch/server"
DATA=$scratch/server/data
PORT=$((30000 + RANDOM % 10000))
server() {
  "${as[@]}" "$programs/pg_ctl" -D "$DATA" -l "$scratch/server/log" -w -m immediate \
    -o "-p $PORT -k $scratch/server -c listen_addresses=127.0.0.1" "$@" >/dev/null
}
"${as[@]}" "$programs/initdb" -D "$DATA" -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null
server start
trap 'server stop; rm -rf "$scratch"' EXIT
"$programs/postgres" --version
