#!/usr/bin/env bash
# PostgreSQL 15, at the isolation level READ COMMITTED.
#
# Behaviour: a statement that waits for a row's lock sees that row as the other
# transaction left it, but everything else that it reads as of its own
# beginning, also rows that the same transaction has changed. One row of the
# answer may so hold a pair of values that was never stored at one time.
#
# Seen, two tables whose rows one transaction raises together from 1 to 2:
#   SELECT head.n, ledger.n FROM head JOIN ledger USING (id) FOR UPDATE OF head
#   2|1
# A second statement in the same transaction says 2|2.
#
# Why it matters: "lock the row and read all that belongs to it" looks like one
# statement. It must be two: the first one locks, the second one reads.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$here/lib/postgres.sh"
sql() { psql -XAtq -v ON_ERROR_STOP=1 "postgres://postgres@127.0.0.1:$PORT/postgres" "$@"; }

sql -c 'CREATE TABLE head (id int, n int); CREATE TABLE ledger (id int, n int);
        INSERT INTO head VALUES (1, 1); INSERT INTO ledger VALUES (1, 1);'
# The writer holds its locks until the reader waits for one.
sql >/dev/null <<'SQL' &
BEGIN;
UPDATE head SET n = 2;
UPDATE ledger SET n = 2;
DO $$ BEGIN
  FOR i IN 1..600 LOOP
    EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);
    PERFORM pg_sleep(0.1);
  END LOOP;
END $$;
COMMIT;
SQL
until [ "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" = 1 ]; do
  sleep 0.1
done
sql >"$scratch/read" <<'SQL'
BEGIN;
SELECT head.n, ledger.n FROM head JOIN ledger USING (id) FOR UPDATE OF head;
SELECT head.n, ledger.n FROM head JOIN ledger USING (id);
COMMIT;
SQL
wait
mapfile -t read <"$scratch/read"
echo "with the lock: ${read[0]}, in the next statement: ${read[1]}"
[ "${read[*]}" = "2|1 2|2" ] || { echo "it has changed"; exit 1; }
