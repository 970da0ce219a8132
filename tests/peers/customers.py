"""DuckDB recomputes of `customers` what needs no model: revenue, fifths, classes, dormancy, concentration, moves."""

from pathlib import Path

import lines
import store
from report import Report, near
from store import Connection

# The thresholds of the specs here are the defaults; a return is a row of negative quantity.
BUYERS = """
    CREATE OR REPLACE TEMP TABLE buyers AS
    WITH known AS (SELECT * FROM lines WHERE day < CAST($cutoff AS DATE)),
    bought AS (
        SELECT
            customer_id,
            date_diff('day', max(day), CAST($cutoff AS DATE)) AS silence,
            count(DISTINCT order_id) AS orders
        FROM known
        WHERE quantity >= 0
        GROUP BY ALL
    ),
    summed AS (
        SELECT bought.*, (SELECT sum(amount) FROM known WHERE known.customer_id = bought.customer_id) AS revenue
        FROM bought
    )
    SELECT
        customer_id,
        silence AS days_since_purchase,
        orders,
        CAST(revenue AS DOUBLE) AS revenue,
        1 + 5 * (rank() OVER (ORDER BY silence DESC) - 1) // count(*) OVER () AS recency_score,
        1 + 5 * (rank() OVER (ORDER BY orders) - 1) // count(*) OVER () AS frequency_score,
        1 + 5 * (rank() OVER (ORDER BY CAST(revenue AS DOUBLE)) - 1) // count(*) OVER () AS monetary_score,
        CASE
            WHEN silence >= 240 THEN 'deep_sleep' WHEN silence >= 120 THEN 'half_asleep'
            WHEN silence >= 60 THEN 'drowsy' ELSE 'awake'
        END AS dormancy,
        coalesce(sum(revenue) OVER (ORDER BY revenue DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
            - sum(revenue) OVER (PARTITION BY revenue), 0) AS before,
        CASE
            WHEN revenue > 0 AND before < 0.8 * sum(revenue) OVER () THEN 'a'
            WHEN revenue > 0 AND before < 0.95 * sum(revenue) OVER () THEN 'b'
            ELSE 'c'
        END AS abc
    FROM summed
"""

COLUMNS = ("days_since_purchase", "orders", "revenue", "recency_score", "frequency_score", "monetary_score", "dormancy",
           "abc")


def check(warehouse: Path, report: Report) -> None:
    connection = store.open_tables(warehouse)
    made_of = lines.make(connection, warehouse, report)
    cutoffs = connection.execute("SELECT DISTINCT CAST(cutoff AS VARCHAR) FROM customers ORDER BY 1").fetchall()
    for (cutoff,) in cutoffs:
        one(connection, cutoff, made_of, report)
    moves(connection, report)


def one(connection: Connection, cutoff: str, made_of: str, report: Report) -> None:
    connection.execute(BUYERS, {"cutoff": cutoff})
    rows = store.rows(connection, f"""
        SELECT coalesce(c.customer_id, b.customer_id) AS who, {", ".join(f"c.{n}, b.{n} AS {n}_too" for n in COLUMNS)}
        FROM (SELECT * FROM customers WHERE cutoff = ? AND lifecycle <> 'prospect') AS c
        FULL JOIN buyers AS b ON b.customer_id = c.customer_id
    """, [cutoff])
    faults = [f"{row['who']} {name}: {row[name]}, duckdb {row[f'{name}_too']}"
              for row in rows for name in COLUMNS if not same(row[name], row[f"{name}_too"])]
    report.check(f"customers at {cutoff}: fifths, classes, dormancy of every buyer: duckdb, from {made_of}", faults,
                 f"{len(rows)} buyers, {len(COLUMNS)} columns")

    [found] = store.rows(connection, "SELECT max(revenue_share) AS share FROM concentration WHERE cutoff = ? "
                                     "AND percent <= 20", [cutoff])
    [expected] = store.rows(connection, """
        SELECT sum(revenue) FILTER (WHERE place <= n // 5) / sum(revenue) AS share
        FROM (SELECT revenue, row_number() OVER (ORDER BY revenue DESC) AS place, count(*) OVER () AS n FROM buyers)
    """)
    faults = [] if near(found["share"], expected["share"], 1e-9) else [f"{found['share']}, duckdb {expected['share']}"]
    report.check(f"concentration at {cutoff}: what the greatest fifth of the buyers bring: duckdb", faults,
                 f"{expected['share']:.6f}")


def same(found: object, expected: object) -> bool:
    return near(found, expected, 1e-9) if isinstance(found, float) else found == expected


def moves(connection: Connection, report: Report) -> None:
    rows = store.rows(connection, "SELECT DISTINCT cutoff, dimension FROM moves ORDER BY ALL")
    faults = []
    for row in rows:
        values = [row["cutoff"], row["dimension"]]
        into = connection.execute(f"""
            SELECT value, customers FROM segments WHERE cutoff = $1 AND dimension = $2
            EXCEPT SELECT to_value, sum(customers) FROM moves WHERE cutoff = $1 AND dimension = $2 GROUP BY ALL
        """, values).fetchall()
        faults += [f"{row['dimension']} at {row['cutoff']}: {n} in {value}, not so many came" for value, n in into]
        out = connection.execute(f"""
            SELECT {row["dimension"]}, count(*) FROM customers
            WHERE cutoff = (SELECT max(cutoff) FROM customers WHERE cutoff < $1) AND {row["dimension"]} IS NOT NULL
            GROUP BY ALL
            EXCEPT SELECT from_value, sum(customers) FROM moves WHERE cutoff = $1 AND dimension = $2 GROUP BY ALL
        """, values).fetchall()
        faults += [f"{row['dimension']} at {row['cutoff']}: {n} were in {value}, not so many left" for value, n in out]
    report.check("moves: who left a value entered another, beside customers and segments", faults, f"{len(rows)} sums")
