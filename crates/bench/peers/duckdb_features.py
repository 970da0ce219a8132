"""DuckDB computes the features: from its own table (lines.duckdb) or from Parquet."""

from __future__ import annotations

import json

import duckdb

import duck_sql
import task


def main() -> None:
    asked = task.parse(duck_sql.FORMS)
    connection = duckdb.connect()
    connection.execute(f"SET threads = {asked.threads}")
    # Nobody asks for an order: less memory, and a little faster.
    connection.execute("SET preserve_insertion_order = false")
    if asked.lines.suffix == ".duckdb":
        connection.execute(f"ATTACH '{asked.lines}' AS shop (READ_ONLY)")
        source = "shop.lines"
    else:
        source = f"read_parquet('{asked.lines}')"
    for cutoff in asked.cutoffs:
        query = duck_sql.features(asked.grid, asked.form, source, cutoff.isoformat())
        if part := asked.part(cutoff):
            connection.execute(f"COPY ({query}) TO '{part}' ({task.PARQUET})")
        else:
            # A sum over every column makes DuckDB compute them all and keeps none.
            sums = ", ".join(f"sum({column})" for column in asked.grid.columns)
            connection.execute(f"SELECT count(*), {sums} FROM ({query})").fetchall()
    print(json.dumps({"cutoffs": len(asked.cutoffs)}))


if __name__ == "__main__":
    main()
