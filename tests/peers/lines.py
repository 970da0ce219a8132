"""The rows that the core features are about, made by DuckDB: views `lines` and `known`."""

import os
import re
from pathlib import Path

import store
from report import Report
from store import Connection

# The rules of pipelines/online-retail.yaml; exact duplicates count once, after the rules.
ONLINE_RETAIL = """
    CREATE TABLE lines AS
    SELECT
        CustomerID AS customer_id,
        InvoiceNo AS order_id,
        StockCode AS product_id,
        CAST(strptime(InvoiceDate, '%Y-%m-%d %H:%M:%S') AS DATE) AS day,
        CAST(Quantity AS BIGINT) AS quantity,
        CAST(Quantity AS BIGINT) * CAST(UnitPrice AS DECIMAL(18, 4)) AS amount
    FROM (
        SELECT DISTINCT *
        FROM read_csv($files, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"')
        WHERE CustomerID IS NOT NULL AND CustomerID <> '' AND CAST(UnitPrice AS DECIMAL(18, 4)) > 0
    )
"""

LAKE = """
    CREATE TABLE lines AS
    SELECT
        customer_id,
        order_id,
        product_id,
        CAST(occurred_at AT TIME ZONE $zone AS DATE) AS day,
        quantity,
        quantity * unit_price AS amount
    FROM read_parquet($files)
"""


def make(connection: Connection, warehouse: Path, report: Report) -> str:
    """Makes the views and says what of."""
    pipeline = store.pipeline(warehouse)
    real = os.environ.get("FORETELL_REAL_DATA")
    if pipeline == "online-retail" and real:
        files = str(Path(real) / "online-retail" / "by-day" / "*.csv")
        connection.execute(ONLINE_RETAIL, {"files": files})
        known = ["SELECT customer_id, day FROM lines"]
        made_of = "the raw CSVs"
    else:
        if pipeline == "online-retail":
            report.skip("core features from the raw CSVs: FORETELL_REAL_DATA is not set; made of the lake instead")
        zone = time_zone(pipeline)
        connection.execute(LAKE, {"files": store.lake(warehouse, "transactions"), "zone": zone})
        known = ["SELECT customer_id, day FROM lines"]
        for source, clock in (("events", "occurred_at"), ("customers", "known_at")):
            if files := store.lake(warehouse, source):
                listed = ", ".join(f"'{file}'" for file in files)
                day = f"CAST({clock} AT TIME ZONE '{zone}' AS DATE) AS day"
                known.append(f"SELECT customer_id, {day} FROM read_parquet([{listed}])")
        made_of = "the lake"
    union = " UNION ALL ".join(known)
    connection.execute(f"CREATE TABLE known AS SELECT customer_id, min(day) AS day FROM ({union}) GROUP BY ALL")
    return made_of


def time_zone(pipeline: str) -> str:
    spec = Path(__file__).parents[2] / "pipelines" / f"{pipeline}.yaml"
    return re.search(r"^timezone: (\S+)$", spec.read_text(), re.MULTILINE).group(1)
