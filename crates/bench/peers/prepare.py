"""Makes what the peers read from foretell's lake: prepare.py LAKE OUT. Not measured.

OUT/lines.parquet  typed, sorted by customer and day, zstd: for Polars, and for DuckDB where loading counts
OUT/lines.duckdb   the same rows as DuckDB's own table, with enums: what DuckDB was fastest from

Amounts are whole cents: both peers sum them exactly, and faster than decimals.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

SLICED = ("category", "channel", "region")

TYPED = """
    SELECT
        customer_id, occurred_on AS day, order_id, product_id, category, channel, region,
        quantity, CAST(amount * 100 AS BIGINT) AS cents, is_return
    FROM read_parquet($lake)
    ORDER BY customer_id, day
"""


def main() -> None:
    lake, out = (Path(argument) for argument in sys.argv[1:3])
    parquet, table = out / "lines.parquet", out / "lines.duckdb"
    connection = duckdb.connect()
    connection.execute(f"CREATE TEMP TABLE typed AS {TYPED}", {"lake": str(lake / "*" / "*.parquet")})
    connection.execute(f"COPY typed TO '{parquet}' (FORMAT parquet, COMPRESSION zstd)")
    table.unlink(missing_ok=True)
    connection.execute(f"ATTACH '{table}' AS shop")
    connection.execute("USE shop")
    for column in SLICED:
        connection.execute(f"CREATE TYPE {column}_value AS ENUM (SELECT DISTINCT {column} FROM temp.typed)")
    sliced = ", ".join(f"CAST({column} AS {column}_value) AS {column}" for column in SLICED)
    narrow = "CAST(quantity AS INTEGER) AS quantity, CAST(cents AS INTEGER) AS cents"
    connection.execute(f"CREATE TABLE lines AS SELECT * REPLACE ({sliced}, {narrow}) FROM temp.typed")
    rows = connection.execute("SELECT count(*) FROM lines").fetchone()[0]
    print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()
