#!/usr/bin/env bash
# SQLite 3.53.3, as apsw 3.53.3.1 bundles it.
#
# Behaviour: two tables have the tenant as the first column of their keys, and
# are joined by it and by the number of a contract. WHERE gives the tenant and
# the owner of the contract, for which there is an index. SQLite carries the
# tenant over to the second table, takes the rows with that first column for as
# few as those of one owner, and begins there: it reads all of the tenant's rows
# and looks each contract up. That the index of the first table fits with two
# columns, and the other with one, does not decide. ANALYZE turns the order, and
# so does naming the contracts by IN (SELECT …).
#
# Seen, 10,000 contracts of one tenant, one of them asked for:
#   join: begins at line, 110019 steps
#   in a subquery: begins at contract, 41 steps
#   join, analysed: begins at contract, 44 steps
#
# Why it matters: with a tenant (or a partition) as the first column of every
# key, which is what spreading a database asks for, a join that is quick in
# PostgreSQL and in small tests takes time with the whole tenant.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q --disable-pip-version-check apsw==3.53.3.1
cat >"$scratch/probe.py" <<'PYTHON'
import apsw

db = apsw.Connection(":memory:")
db.execute("""
CREATE TABLE contract (tenant INTEGER, number TEXT, owner BLOB, starts INTEGER,
                       PRIMARY KEY (tenant, number));
CREATE INDEX contract_owner ON contract (tenant, owner, starts);
CREATE TABLE line (tenant INTEGER, contract TEXT, product TEXT,
                   PRIMARY KEY (tenant, contract, product));
""")
with db:
    for number in range(10_000):
        db.execute("INSERT INTO contract VALUES (0, ?, ?, 0)", (f"C-{number}", number))
        db.execute("INSERT INTO line VALUES (0, ?, 'SEAT')", (f"C-{number}",))

JOIN = """SELECT product FROM contract JOIN line ON line.tenant = contract.tenant
          AND line.contract = contract.number WHERE contract.tenant = 0 AND owner = 77"""
NESTED = """SELECT product FROM line WHERE tenant = 0 AND contract IN
            (SELECT number FROM contract WHERE contract.tenant = 0 AND owner = 77)"""

def steps(query):
    counted = 0
    def count():
        nonlocal counted
        counted += 1
        return False
    db.set_progress_handler(count, 1)
    rows = db.execute(query).fetchall()
    db.set_progress_handler(None)
    assert rows == [("SEAT",)]
    return counted

def first(query):
    plan = [row[3] for row in db.execute("EXPLAIN QUERY PLAN " + query)]
    whole = any(step.startswith("SEARCH line") and step.endswith("(tenant=?)") for step in plan)
    return "line" if whole else "contract"

print(apsw.sqlite_lib_version())
for name, query in (("join", JOIN), ("in a subquery", NESTED)):
    print(f"{name}: begins at {first(query)}, {steps(query)} steps")
db.execute("ANALYZE")
print(f"join, analysed: begins at {first(JOIN)}, {steps(JOIN)} steps")
PYTHON
seen=$("$scratch/venv/bin/python" "$scratch/probe.py")
echo "$seen"
grep -q '^join: begins at line,' <<<"$seen" &&
  grep -q '^join, analysed: begins at contract,' <<<"$seen" &&
  grep -q '^in a subquery: begins at contract,' <<<"$seen" || { echo "it has changed"; exit 1; }
