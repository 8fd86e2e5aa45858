#!/usr/bin/env bash
# DuckDB 2.0.1.
#
# Behaviour: sums of DECIMAL are exact, and are DECIMAL. But the average of a
# column of DECIMAL, and a DECIMAL divided by a whole number, are DOUBLE.
#
# Seen, of 12345678901234.123456789 and 12345678901234.123456787, DECIMAL(38, 9):
#   sum:     DECIMAL(38,9) 24691357802468.246913576
#   average: DOUBLE 12345678901234.123
#   sum / 2: DOUBLE 12345678901234.123
#
# Why it matters: who checks a bill by its averages compares rounded figures
# with exact ones. What is exported must not need a division.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q duckdb==2.0.1
"$scratch/venv/bin/python" - <<'PYTHON'
import duckdb

rows = "(VALUES ('12345678901234.123456789'::DECIMAL(38, 9)), ('12345678901234.123456787')) AS t(n)"
seen = {}
for name, what in [("sum", "sum(n)"), ("average", "avg(n)"), ("sum / 2", "sum(n) / 2")]:
    seen[name], value = duckdb.sql(f"SELECT typeof({what}), {what} FROM {rows}").fetchall()[0]
    print(f"{name}: {seen[name]} {value}")
assert list(seen.values()) == ["DECIMAL(38,9)", "DOUBLE", "DOUBLE"], "it has changed"
PYTHON
