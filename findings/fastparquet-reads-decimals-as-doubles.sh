#!/usr/bin/env bash
# fastparquet 2026.9.0, reading a file that pyarrow 26.0.1 wrote.
#
# Behaviour: a column of the logical type DECIMAL is read as float64, without a
# warning. pyarrow reads the same file exactly.
#
# Seen, of 12345678901234.123456789 as DECIMAL(38, 9):
#   pyarrow:     Decimal 12345678901234.123456789
#   fastparquet: float64 12345678901234.123
#
# Why it matters: a file with exact amounts is no promise that its reader sees
# them. The documentation of exports has to name readers.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q fastparquet==2026.9.0 pyarrow==26.0.1 pandas==3.1.1
cd "$scratch"
"$scratch/venv/bin/python" - <<'PYTHON'
from decimal import Decimal

import fastparquet
import pyarrow
import pyarrow.parquet

amount = Decimal("12345678901234.123456789")
table = pyarrow.table({"amount": pyarrow.array([amount], pyarrow.decimal128(38, 9))})
pyarrow.parquet.write_table(table, "amounts.parquet")
exact = pyarrow.parquet.read_table("amounts.parquet")["amount"][0].as_py()
column = fastparquet.ParquetFile("amounts.parquet").to_pandas()["amount"]
print("pyarrow:    ", type(exact).__name__, exact)
print("fastparquet:", column.dtype, column[0])
assert exact == amount and str(column.dtype) == "float64" and Decimal(float(column[0])) != amount, "it has changed"
PYTHON
