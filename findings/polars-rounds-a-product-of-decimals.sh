#!/usr/bin/env bash
# Polars 2.1.0.
#
# Behaviour: the product of two columns of decimals has the scale of one of
# them, and is rounded to it without a word. Exact would be the sum of both
# scales, as in SQL.
#
# Seen, quantity 1234.567890123 × price 0.012345, both Decimal(38, 9):
#   product: 15.240740604
#   exact:   15.240740603568435
#
# Why it matters: who multiplies exported quantities and prices gets other
# amounts than the invoice, though no float is involved.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q polars==2.1.0
"$scratch/venv/bin/python" - <<'PYTHON'
from decimal import Decimal

import polars

quantity, price = Decimal("1234.567890123"), Decimal("0.012345")
kind = polars.Decimal(38, 9)
frame = polars.DataFrame({"quantity": [quantity], "price": [price]}, schema={"quantity": kind, "price": kind})
product = frame.select(polars.col("quantity") * polars.col("price")).to_series()[0]
exact = quantity * price
print("product:", product)
print("exact:  ", exact)
assert product != exact and product == round(exact, 9), "it has changed"
PYTHON
