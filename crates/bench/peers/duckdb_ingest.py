"""DuckDB reads the raw CSV into sorted Parquet: duckdb_ingest.py FILES OUT THREADS.

What is refused by the reader is kept beside it (`store_rejects`). The rules of the spec are a WHERE,
exact duplicates a DISTINCT. `quote = ''`: an unclosed quote would swallow the rows after it; what
quotes there are, are then faults, as they are to foretell in these files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

import task

QUERY = """
    SELECT
        customer_id,
        CAST(occurred_at AS DATE) AS occurred_on,
        timezone('Europe/Berlin', occurred_at) AS occurred_at,
        order_id, product_id, category, quantity, unit_price, channel, region,
        quantity * unit_price AS amount,
        quantity < 0 AS is_return
    FROM (
        SELECT DISTINCT *
        FROM read_csv(
            '{files}', header = true, delim = ',', quote = '', escape = '', auto_detect = false,
            timestampformat = '%Y-%m-%d %H:%M:%S', store_rejects = true, rejects_limit = 0,
            columns = {{
                customer_id: 'VARCHAR', order_id: 'VARCHAR', occurred_at: 'TIMESTAMP', product_id: 'VARCHAR',
                category: 'VARCHAR', quantity: 'BIGINT', unit_price: 'DECIMAL(18, 2)', list_price: 'VARCHAR',
                channel: 'VARCHAR', region: 'VARCHAR'
            }}
        )
        WHERE customer_id IS NOT NULL AND unit_price > 0 AND NOT starts_with(region, '"')
    )
    ORDER BY customer_id, occurred_at
"""


def main() -> None:
    files, out, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    connection.execute(f"SET temp_directory = '{out / 'spill'}'")
    query = QUERY.format(files=files)
    connection.execute(f"COPY ({query}) TO '{out / 'lines.parquet'}' ({task.PARQUET})")
    connection.execute(
        f"COPY (SELECT * FROM reject_errors) TO '{out / 'rejects.parquet'}' ({task.PARQUET})"
    )
    rejected = connection.execute("SELECT count(DISTINCT (file_id, line)) FROM reject_errors").fetchone()[0]
    print(json.dumps({"rejected": rejected}))


if __name__ == "__main__":
    main()
