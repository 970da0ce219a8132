"""Holds two tables of ingested rows against each other, as bags of rows: compare_rows.py OURS THEIRS.

Both are globs of Parquet. Prints one line of JSON in the form of compare.py.
"""

from __future__ import annotations

import json
import sys

import duckdb

# Types differ in width (a decimal's precision); the values may not.
COLUMNS = {
    "customer_id": "VARCHAR",
    "occurred_on": "DATE",
    "local_time": "TIMESTAMP",
    "order_id": "VARCHAR",
    "product_id": "VARCHAR",
    "category": "VARCHAR",
    "quantity": "BIGINT",
    "unit_price": "DECIMAL(18, 2)",
    "channel": "VARCHAR",
    "region": "VARCHAR",
    "amount": "DECIMAL(18, 2)",
    "is_return": "BOOLEAN",
}


def main() -> None:
    connection = duckdb.connect()
    # Local time, as the file has it: of the hour that comes twice in October, foretell takes the first, DuckDB
    # the second.
    local = "SELECT *, timezone('Europe/Berlin', occurred_at) AS local_time FROM read_parquet($files)"
    cast = ", ".join(f"CAST({name} AS {kind})" for name, kind in COLUMNS.items())
    # Equal bags have equal counts and equal sums of row hashes; different ones have not, but by a chance of 2^-64.
    bag = f"SELECT count(*), sum(CAST(hash({cast}) AS HUGEINT)) FROM ({local})"
    sides = [connection.execute(bag, {"files": files}).fetchone() for files in sys.argv[1:3]]
    faults = []
    if sides[0][0] != sides[1][0]:
        faults.append(f"{sides[0][0]} rows here, {sides[1][0]} there")
    elif sides[0] != sides[1]:
        faults.append("as many rows, but not the same ones")
    values = sides[0][0] * len(COLUMNS)
    print(json.dumps({"rows": sides[0][0], "columns": len(COLUMNS), "values": values, "faults": faults}))


if __name__ == "__main__":
    main()
