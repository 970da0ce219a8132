"""What DuckDB takes for the core of an ingest of transactions, to hold beside `ingest` on the same files.

    duckdb_copy.py FOLDER OUT.parquet [--threads N] [--same-work]

Reads FOLDER/*.csv (the simulated shop's transactions) with every cell cast and bad rows set aside by store_rejects,
sorts by customer and instant and writes one Parquet file with Zstandard. --same-work adds what `ingest` does on top
and SQL can say as cheaply: derived columns, rules, exact duplicates dropped. Digests of the inputs, local days,
buckets by customer and quarantine with file, line and raw row stay without a counterpart.

Prints CPU seconds, wall seconds, peak memory, rows and rejects. DuckDB may give up on all that follows an open quote:
compare the rows before the seconds.
"""

import argparse
import os
import resource
import time

import duckdb

COLUMNS = {
    "customer_id": "VARCHAR",
    "order_id": "VARCHAR",
    "occurred_at": "TIMESTAMP",
    "product_id": "VARCHAR",
    "category": "VARCHAR",
    "quantity": "BIGINT",
    "unit_price": "DECIMAL(18, 2)",
    "list_price": "DECIMAL(18, 2)",
    "channel": "VARCHAR",
    "region": "VARCHAR",
}

SAME_WORK = """
SELECT DISTINCT *, quantity * unit_price AS amount, quantity * (list_price - unit_price) AS discount,
       quantity < 0 AS is_return
FROM {raw} WHERE customer_id IS NOT NULL AND unit_price > 0"""


def main():
    arguments = argparse.ArgumentParser(description="DuckDB's COPY with rejects, sorted")
    arguments.add_argument("folder")
    arguments.add_argument("out")
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--same-work", action="store_true")
    given = arguments.parse_args()

    engine = duckdb.connect(config={"threads": given.threads, "preserve_insertion_order": False})
    raw = f"""read_csv('{given.folder}/*.csv', header = true, auto_detect = false, delim = ',', quote = '"',
        escape = '"', timestampformat = '%Y-%m-%d %H:%M:%S', columns = {COLUMNS}, store_rejects = true,
        rejects_limit = 0)"""
    query = SAME_WORK.format(raw=raw) if given.same_work else f"SELECT * FROM {raw}"
    wall = time.monotonic()
    engine.execute(
        f"COPY ({query} ORDER BY customer_id, occurred_at) TO '{given.out}' (FORMAT parquet, COMPRESSION zstd)"
    )
    wall = time.monotonic() - wall
    used = resource.getrusage(resource.RUSAGE_SELF)
    rows = engine.execute(f"SELECT count(*) FROM '{given.out}'").fetchone()[0]
    rejects = engine.execute("SELECT count(DISTINCT (file_id, line)) FROM reject_errors").fetchone()[0]
    print(
        f"cpu {used.ru_utime + used.ru_stime:.2f} s (user {used.ru_utime:.2f}, sys {used.ru_stime:.2f}), "
        f"wall {wall:.2f} s, peak {used.ru_maxrss >> 10} MiB, rows {rows}, rejects {rejects}, "
        f"bytes {os.path.getsize(given.out)}"
    )


if __name__ == "__main__":
    main()
